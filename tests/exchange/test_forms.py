"""Forms, and the workbooks written of them."""

import io
import zipfile

from exchange.parsers.forms import Form
from exchange.parsers.tables import Column, read_table
from exchange.parsers.templates import sample_of, template_of

COLORS = tuple(f"颜色之{number}号" for number in range(60))
FORM = Form(
    title="名单",
    columns=(
        "序号",
        Column("id_number", ("身份证号", "身份证号码"), is_key=True, note="18位，勿用数字格式"),
        Column("name", ("姓名",)),
        Column("sex", ("性别",), required=False, choices=("男", "女")),
        Column("color", ("颜色",), required=False, choices=COLORS),
    ),
    notes=("全量名单须包含全部人员。",),
    people=({"序号": "1", "身份证号": "230199196503010428", "姓名": "=王桂兰", "颜色": "颜色之1号"},),
)


def parts(content):
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return {name: book.read(name).decode() for name in book.namelist()}


def test_a_template_reads_as_an_empty_list_of_its_own_columns():
    table = read_table(template_of(FORM), "表样.xlsx", columns=FORM.read)

    assert table.rows == ()
    assert set(table.headers) == {"id_number", "name", "sex", "color"}


def test_a_sample_reads_back_as_it_was_said_and_holds_no_formula():
    content = sample_of(FORM)

    (row,) = read_table(content, "样例.xlsx", columns=FORM.read).rows

    assert (row["id_number"], row["name"], row["sex"]) == ("230199196503010428", "=王桂兰", "")
    assert "<f>" not in parts(content)["xl/worksheets/sheet1.xml"]


def test_a_template_offers_choices_and_hints_and_keeps_text_as_text():
    said = parts(template_of(FORM))
    sheet, book, strings = (
        said["xl/worksheets/sheet1.xml"],
        said["xl/workbook.xml"],
        said["xl/sharedStrings.xml"],
    )

    assert '<formula1>"男,女"</formula1>' in sheet
    assert "<formula1>可选内容!$A$1:$A$60</formula1>" in sheet
    assert 'prompt="18位，勿用数字格式"' in sheet
    assert 'formatCode="@"' in said["xl/styles.xml"] or 'numFmtId="49"' in said["xl/styles.xml"]
    assert '<sheet name="可选内容" sheetId="3" state="hidden"' in book
    assert all(word in strings for word in ("怎样填", "全量名单须包含全部人员。"))
    assert "其余栏目（序号）不读取" in strings
