"""Lists as people really send them."""

import datetime
import io
import zipfile
from decimal import Decimal

import pytest
import xlsxwriter

from exchange.parsers import archives, sources
from exchange.parsers.cells import CellUnreadable, as_text, clean_id, parse_date, parse_money, parse_month
from exchange.parsers.tables import Column, ListUnreadable, read_table
from exchange.parsers.writer import write_xlsx

NUMBER = "230199196503010428"
COLUMNS = (
    Column("id_number", ("身份证号", "身份证号码", "公民身份号码"), is_key=True),
    Column("name", ("姓名",)),
    Column("identity", ("医疗救助身份", "身份类别")),
    Column("town", ("镇（街）", "乡镇"), required=False),
)


def workbook(rows, *, first_row=0, hidden=None, formula=None):
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        if hidden:
            book.add_worksheet("封面")
            book.get_worksheet_by_name("封面").hide()
        sheet = book.add_worksheet("名单")
        sheet.activate()
        sheet.set_first_sheet()
        for number, row in enumerate(rows, start=first_row):
            sheet.write_row(number, 0, row)
        if formula:
            sheet.write_formula(*formula)
    return stream.getvalue()


def read(content, columns=COLUMNS):
    return read_table(content, "名单.xlsx", columns=columns)


def refusal(content, columns=COLUMNS):
    with pytest.raises(ListUnreadable) as caught:
        read(content, columns)
    return caught.value.message


def test_header_is_found_below_merged_titles_and_numbers_are_the_users():
    rows = [
        ["2025年资助参保对象全量明细"],
        ["单位：道里区民政局"],
        ["序号", " 身份证\u200b号码 ", "\ufeff姓 名", "医疗救助身份*"],
        [1, NUMBER, "王桂兰", "低保"],
        [],
        [2, "13029919530707013X", "李 四", "特困"],
    ]

    table = read(workbook(rows))

    assert [(row.number, row["id_number"], row["name"]) for row in table.rows] == [
        (4, NUMBER, "王桂兰"),
        (6, "13029919530707013X", "李 四"),
    ]
    assert table.header("id_number") == "身份证号码"
    assert table.rows[0]["town"] == ""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_text_in_every_encoding_reads_alike(encoding, separator):
    lines = [["身份证号", "姓名", "身份类别"], [NUMBER, "王桂兰", "低保、重残|脱贫"]]
    text = "\r\n".join(separator.join(line) for line in lines)

    (row,) = read(text.encode(encoding)).rows

    assert (row.number, row["name"], row["identity"]) == (2, "王桂兰", "低保、重残|脱贫")


@pytest.mark.parametrize(("separator", "inside"), [(",", ";"), (";", ","), ("\t", ",")])
def test_the_separator_is_what_the_lines_have_and_not_what_a_cell_has_most_of(separator, inside):
    lines = [
        ["姓名", "身份证号", "身份类别"],
        ["王", NUMBER, inside.join(["低保", "重残", "脱贫户", "因病致贫", "孤儿"])],
    ]

    rows = read("\n".join(separator.join(line) for line in lines).encode()).rows

    assert rows[0]["identity"] == inside.join(["低保", "重残", "脱贫户", "因病致贫", "孤儿"])


def test_rare_characters_survive():
    text = f"身份证号,姓名,身份类别\n{NUMBER},𠮷䶮,低保\n"

    assert read(text.encode("gb18030")).rows[0]["name"] == "𠮷䶮"


def test_remarks_at_the_end_are_left_out_but_a_person_without_number_is_not():
    head = ["身份证号", "姓名", "身份类别", "备注"]
    remarks = [["", "合计：2人"], ["填表人：张三", "", "审核人：李四"], ["", "注：本表一式两份"]]

    told = read(workbook([head, [NUMBER, "甲", "低保"], *remarks[1:2], *remarks[::2]])).rows
    kept = read(workbook([head, [NUMBER, "甲", "低保"], ["", "乙", "低保", "备注：无证"]])).rows
    between = read(workbook([head, ["", "合计"], [NUMBER, "甲", "低保"]])).rows

    assert [row.number for row in told] == [2]  # no number begins with 填表人
    assert [row.number for row in kept] == [2, 3]
    assert [row.number for row in between] == [3]  # a sum, wherever it stands


def test_a_missing_column_is_named():
    message = refusal(workbook([["身份证号", "名字"], [NUMBER, "甲"]]))

    assert "“姓名、医疗救助身份”" in message
    assert message.startswith("无法读取“名单.xlsx”")


def test_header_below_the_tenth_line_is_not_looked_for():
    head = ["身份证号", "姓名", "身份类别"]

    assert read(workbook([head, [NUMBER, "甲", "低保"]], first_row=9)).rows[0].number == 11
    assert "没有找到表头" in refusal(workbook([head, [NUMBER, "甲", "低保"]], first_row=10))


def test_hidden_sheets_do_not_count():
    rows = [["身份证号", "姓名", "身份类别"], [NUMBER, "甲", "低保"]]

    assert len(read(workbook(rows, hidden=True)).rows) == 1


def test_formulas_give_their_stored_text():
    content = workbook(
        [["身份证号", "姓名", "身份类别"], [NUMBER, "甲"]], formula=(1, 2, '="低"&"保"', None, "特困")
    )

    assert read(content).rows[0]["identity"] == "特困"


@pytest.mark.parametrize("content", [b"", b"  \r\n", b"\0\0"])
def test_an_empty_file_is_said_so(content):
    assert "文件是空的" in refusal(content)


def test_broken_and_protected_files_are_refused():
    whole = workbook([["身份证号", "姓名", "身份类别"]])
    protected = sources.COMPOUND + b"\0" * 600 + sources.ENCRYPTED

    assert "已损坏" in refusal(whole[: len(whole) // 2])
    assert "已损坏" in refusal(sources.COMPOUND + b"\0" * 600)
    assert "密码" in refusal(protected)
    assert "不是表格" in refusal(b"\x89\xff\xfe\x81" * 50)


def test_an_unclosed_quote_does_not_swallow_the_list():
    lines = "".join(f"{NUMBER},某某某,低保\n" for _ in range(5000))

    assert "引号不配对" in refusal(f'身份证号,姓名,身份类别\n{NUMBER},"甲,低保\n{lines}'.encode())


def test_a_zip_bomb_is_refused_before_it_is_unpacked(monkeypatch):
    monkeypatch.setattr(archives, "LARGEST_UNPACKED", 10 * 1024**2)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 11 * 1024**2)

    assert "解压后过大" in refusal(stream.getvalue())


def test_a_stray_cell_far_out_is_refused_not_allocated():
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["身份证号", "姓名", "身份类别"])
        sheet.write(1_048_575, 16_383, " ")

    assert "范围过大" in refusal(stream.getvalue())


def test_a_million_formatted_blank_lines_cost_nothing():
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"constant_memory": True}) as book:
        sheet, bold = book.add_worksheet(), book.add_format({"bold": True})
        sheet.write_row(0, 0, ["身份证号", "姓名", "身份类别"])
        sheet.write_row(1, 0, [NUMBER, "甲", "低保"])
        for line in range(2, 100_000):
            sheet.write_blank(line, 0, None, bold)

    assert len(read(stream.getvalue()).rows) == 1


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-1-5", datetime.date(2024, 1, 5)),
        ("2024/1/5", datetime.date(2024, 1, 5)),
        ("2024.01.05", datetime.date(2024, 1, 5)),
        ("2024年1月5日", datetime.date(2024, 1, 5)),
        ("２０２４－１－５", datetime.date(2024, 1, 5)),
        ("20240105", datetime.date(2024, 1, 5)),
        ("2024-01-05 00:00:00", datetime.date(2024, 1, 5)),
        ("2024-01-05T08:30", datetime.date(2024, 1, 5)),
        ("45296", datetime.date(2024, 1, 5)),
        ("2024-02-29", datetime.date(2024, 2, 29)),
        ("2024/1", datetime.date(2024, 1, 1)),
        ("202401", datetime.date(2024, 1, 1)),
        ("2024年1月", datetime.date(2024, 1, 1)),
    ],
)
def test_days_in_every_form(text, day):
    assert parse_date(text) == day
    assert parse_month(text) == day.replace(day=1)


@pytest.mark.parametrize(
    "text", ["", "2023-02-29", "24-1-5", "2024-13-1", "1/5/2024", "长期", "0204-01-01", "123"]
)
def test_what_is_no_day_is_refused(text):
    with pytest.raises(CellUnreadable):
        parse_date(text)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("¥1,234.5", "1234.50"),
        ("￥400", "400"),
        ("４００元", "400"),
        ("-400.00", "-400"),
        ("1，070", "1070"),
        ("0", "0"),
    ],
)
def test_money_in_every_form(text, amount):
    assert parse_money(text) == Decimal(amount)


@pytest.mark.parametrize("text", ["", "四百", "400.005", "1e3", "NaN", "Infinity", "1_000", "--1"])
def test_what_is_no_money_is_refused(text):
    with pytest.raises(CellUnreadable):
        parse_money(text)


def test_numbers_kept_as_numbers_lose_nothing_unsaid():
    table = read(workbook([["身份证号", "姓名", "身份类别"], [float(NUMBER), 12, 1234.56]]))

    assert table.rows[0]["name"] == "12"
    assert parse_money(table.rows[0]["identity"]) == Decimal("1234.56")
    with pytest.raises(CellUnreadable, match="末几位已丢失"):
        clean_id(table.rows[0]["id_number"])


def test_a_code_kept_as_a_number_of_more_digits_than_are_kept_is_a_fault():
    columns = (*COLUMNS, Column("serial", ("流水号",), required=False, is_code=True))
    head = ["身份证号", "姓名", "身份类别", "流水号"]
    codes = [323106241100012345, "323106241100012345", 123456789012345, "3.23106E+17", ""]

    table = read(workbook([head, *[[NUMBER, "王桂兰", "低保", code] for code in codes]]), columns)

    faults = [row.fault and (row.fault.field, row.fault.code) for row in table.rows]
    assert faults == [("serial", "digits_lost"), None, None, ("serial", "digits_lost"), None]
    assert table.rows[0].fault.reason == (
        "“流水号”在表格中存成了数字，末几位已丢失；请将该列设为文本格式后重新填写"
    )
    assert [row["serial"] for row in table.rows[1:3]] == ["323106241100012345", "123456789012345"]


def test_cells_come_out_as_people_see_them():
    assert as_text(0.1 + 0.2) == "0.3"
    assert as_text(True) == "是"  # noqa: FBT003
    assert as_text(datetime.datetime.fromisoformat("2024-01-05")) == "2024-01-05"
    assert as_text(None) == ""
    assert clean_id('="13029919530707013x"') == "13029919530707013X"
    assert clean_id("'230199 19650301 0428") == NUMBER
    assert clean_id("") == ""


def test_what_is_written_reads_back_and_is_never_a_formula():
    rows = [
        [NUMBER, "=1+1", datetime.date(2024, 1, 5), Decimal("400.50")],
        ["00012", "+cmd|' /C calc'!A0", None, 3],
    ]
    columns = [Column(name, (name,), required=False) for name in ("证件号码", "姓名", "日期", "金额")]

    content = write_xlsx(["证件号码", "姓名", "日期", "金额"], rows)
    table = read_table(content, "出.xlsx", columns=columns)

    assert [row.cells for row in table.rows] == [
        {"证件号码": NUMBER, "姓名": "=1+1", "日期": "2024-01-05", "金额": "400.5"},
        {"证件号码": "00012", "姓名": "+cmd|' /C calc'!A0", "日期": "", "金额": "3"},
    ]
    sheet = zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in sheet


def test_ods_is_read_and_its_repeated_blank_lines_are_not_unfolded():
    def line(*cells, repeated=1):
        inside = "".join(
            f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>'
            for cell in cells
        )
        inside = inside or "<table:table-cell/>"
        return f'<table:table-row table:number-rows-repeated="{repeated}">{inside}</table:table-row>'

    office = "urn:oasis:names:tc:opendocument:xmlns:"
    body = line("身份证号", "姓名", "身份类别") + line(NUMBER, "甲", "低保") + line(repeated=1_048_574)
    content = (
        f'<office:document-content xmlns:office="{office}office:1.0" xmlns:table="{office}table:1.0" '
        f'xmlns:text="{office}text:1.0"><office:body><office:spreadsheet><table:table table:name="名单">{body}'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "META-INF/manifest.xml", f'<manifest:manifest xmlns:manifest="{office}manifest:1.0"/>'
        )
        archive.writestr("content.xml", content)

    (row,) = read(stream.getvalue()).rows

    assert (row.number, row["id_number"]) == (2, NUMBER)
