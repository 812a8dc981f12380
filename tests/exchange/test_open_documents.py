"""A formula of an ods file that has no result, or an error for one, is a fault of its cell as in any other file."""

import io
import zipfile

import pytest

from exchange.parsers.archives import look_through
from exchange.parsers.open_documents import MOST_FAULTS
from tests.exchange.test_merges import household, ods, rows

CALC = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"
FORMULA = 'table:formula="of:=VLOOKUP([.A3];[名册.A:B];2;0)"'
SAVED_BY_LIBREOFFICE = (
    f'<table:table-cell {FORMULA} office:value-type="string" office:string-value="" '
    f'xmlns:calcext="{CALC}" calcext:value-type="error"><text:p>#N/A</text:p></table:table-cell>'
)
ERROR_AS_TEXT = (
    f'<table:table-cell {FORMULA} office:value-type="string"><text:p>#REF!</text:p></table:table-cell>'
)
UNCALCULATED = f"<table:table-cell {FORMULA}/>"
NOTE = (
    "<office:annotation><dc:creator>张会计</dc:creator><text:p>请核对</text:p>"
    "<text:p>对应行：孤儿</text:p></office:annotation>"
)


def showing(text, *, note="", value_type="string"):
    """Return a cell with a formula of which a program kept what it shows."""
    return (
        f'<table:table-cell {FORMULA} office:value-type="{value_type}" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/">{note}<text:p>{text}</text:p></table:table-cell>'
    )


def with_cell(cell, *, instead_of="孤儿"):
    """Return the table of a household, the second person's identity the cell as a program wrote it."""
    text = f'<table:table-cell office:value-type="string"><text:p>{instead_of}</text:p></table:table-cell>'
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(ods(household("低保", "孤儿", "特困")))) as old,
        zipfile.ZipFile(stream, "w") as new,
    ):
        for name in old.namelist():
            new.writestr(name, old.read(name).decode().replace(text, cell, 1))
    return stream.getvalue()


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        (SAVED_BY_LIBREOFFICE, "公式结果是错误值"),
        (ERROR_AS_TEXT, "公式结果是错误值"),
        (UNCALCULATED, "公式没有保存计算结果"),
    ],
)
def test_a_formula_without_a_result_is_a_fault_of_its_line_alone(cell, reason):
    first, second, third = rows(with_cell(cell))

    assert first.fault is third.fault is None
    assert second.fault is not None
    assert (second.fault.field, second.fault.reason) == (
        "identity",
        f"单元格 C3 的{reason}，请改成文字后重新上传",
    )


@pytest.mark.parametrize(
    "shown",
    [
        "#名称?",
        "#引用！",
        "#值!",
        "#除以零!",
        "#N/A",
        "#无效!",
        "错误:502",
        "错误：522",
        "錯誤: 508",
        "Err:504",
    ],
)
@pytest.mark.parametrize("note", ["", NOTE])
def test_an_error_in_the_words_of_any_program_is_a_fault_with_or_without_a_note(shown, note):
    first, second, third = rows(with_cell(showing(shown, note=note)))

    assert first.fault is third.fault is None
    assert second.fault is not None
    assert second.fault.reason == "单元格 C3 的公式结果是错误值，请改成文字后重新上传"


@pytest.mark.parametrize("text", ["低保", "#7019低保", "特困!", "错误登记"])
def test_a_result_with_a_note_is_read_without_the_note(text):
    found = rows(with_cell(showing(text, note=NOTE)))

    assert [row["identity"] for row in found] == ["低保", text, "特困"]
    assert [row.fault for row in found] == [None, None, None]


def test_a_note_in_a_blank_cell_says_nothing_of_a_person():
    cell = f'<table:table-cell xmlns:dc="http://purl.org/dc/elements/1.1/">{NOTE}</table:table-cell>'

    found = rows(with_cell(cell))

    assert [row["identity"] for row in found] == ["低保", "", "特困"]


@pytest.mark.parametrize(
    ("result", "read"),
    [
        ('office:value-type="string"><text:p>低保</text:p>', "低保"),
        ('office:value-type="string" office:string-value=""><text:p/>', ""),
        ('office:value-type="float" office:value="7019"><text:p>7019</text:p>', "7019"),
    ],
)
def test_a_formula_with_a_result_is_read_as_the_sender_saw_it(result, read):
    found = rows(with_cell(f"<table:table-cell {FORMULA} {result}</table:table-cell>"))

    assert [row["identity"] for row in found] == ["低保", read, "特困"]
    assert [row.fault for row in found] == [None, None, None]


def test_an_error_written_by_hand_is_a_text_like_others():
    found = rows(
        with_cell("<table:table-cell office:value-type='string'><text:p>#N/A</text:p></table:table-cell>")
    )

    assert [(row["identity"], row.fault) for row in found] == [("低保", None), ("#N/A", None), ("特困", None)]


def test_a_formula_repeated_far_on_is_noted_no_more_often_than_anybody_reads():
    cell = UNCALCULATED.replace("/>", ' table:number-columns-repeated="200000"/>')

    (found,) = look_through(with_cell(cell)).faults.values()

    assert len(found) == MOST_FAULTS
    assert {line for line, _ in found} == {3}
