"""Of a large sheet the cells nobody asks for are not read; the list is the same as read whole."""

import datetime
import io
import zipfile
from contextlib import contextmanager

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.parsers import cutting, extents, windows
from exchange.parsers.cutting import Wanted
from exchange.parsers.headers import column_letters
from exchange.parsers.refusals import ListUnreadable
from exchange.parsers.sources import sheets
from exchange.parsers.tables import Column, read_table
from tests.exchange.test_windows import SHEET, book, changed

DAY = datetime.date(2024, 3, 1)
HEAD = {"id_number": "身份证号", "name": "姓名", "since": "认定时间", "household": "户编号"}
COLUMNS = (
    Column("id_number", ("身份证号",), is_key=True),
    Column("name", ("姓名",)),
    Column("since", ("认定时间",), required=False),
    Column("household", ("户编号",), required=False, is_shared=True),
)
WIDTH = 40
NUMBERS = ("230199196503010428", "13029919530707013X", "2.30199196503043E+17", "E12345678")
ASIDES = ("合计", "合计：3人", "填表人：张三", "备注", "2024年10月31日", "3", "甲", "4=2+3", "5=100000", " ")
SAID = st.one_of(
    st.none(),
    st.sampled_from((*NUMBERS, *ASIDES, *HEAD.values())),
    st.sampled_from((DAY, True, 1, 3.5, 230199196503010428)),
    st.sampled_from((("=A1", "居民"), ("=A1", ""), ("=1/0", "#DIV/0!"), ("=1+1", 2))),
    st.sampled_from((["红", "字"], ["2301991965", "03010428"])),
    st.text(max_size=6, alphabet=st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Z"))),
)
LINES = st.lists(
    st.one_of(
        st.none(),
        st.dictionaries(st.integers(0, WIDTH - 1), SAID, max_size=12),
        st.fixed_dictionaries({"id_number": st.sampled_from(NUMBERS), "name": st.just("张三")}),
    ),
    max_size=40,
)
MERGES = st.lists(st.tuples(st.integers(1, 30), st.integers(1, 4), st.integers(0, WIDTH - 1)), max_size=3)


@contextmanager
def parted(*, large=0, window=700, batch=3):
    """Call every sheet large, let a window and a batch hold a few rows; `large` of all = read whole."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(extents, "LARGE_SHEET", large)
        patch.setattr(cutting, "CHUNK", 600)
        patch.setattr(windows, "WINDOW", window)
        patch.setattr(windows, "BATCH", batch)
        yield


def wide_book(lines, places, *, merges=(), first=0, **options):
    """Return a workbook of a header and lines: each place → cell, or wanted column → cell; null = not written."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"strings_to_formulas": False, **options}) as made:
        sheet = made.add_worksheet("甲")
        formats = made.add_format({"num_format": "yyyy-mm-dd"}), made.add_format({"bold": True})
        header = dict.fromkeys(range(WIDTH), "其他") | {places[field]: title for field, title in HEAD.items()}
        for number, line in enumerate([header, *lines], start=first):
            for place, cell in (line or {}).items():
                write(sheet, number, places.get(place, place), cell, formats)
        for number, more, place in merges:
            sheet.merge_range(first + number, place, first + number + more, place, "")
            write(sheet, first + number, place, "合并的", formats)
    return stream.getvalue()


def write(sheet, number, place, cell, formats):
    dated, bold = formats
    match cell:
        case datetime.date():
            sheet.write_datetime(number, place, cell, dated)
        case tuple():
            sheet.write_formula(number, place, cell[0], None, cell[1])
        case list():
            sheet.write_rich_string(number, place, cell[0], bold, cell[1])
        case None:
            sheet.write_blank(number, place, None, bold)
        case _:
            sheet.write(number, place, cell)


def outcome(content):
    try:
        return read_table(content, "名单.xlsx", columns=COLUMNS)
    except ListUnreadable as refused:
        return refused.message, refused.details


@settings(max_examples=150)
@given(
    lines=LINES,
    at=st.permutations(range(WIDTH)),
    merges=st.one_of(st.just([]), MERGES),
    first=st.sampled_from((0, 3)),
    in_cells=st.booleans(),
    window=st.sampled_from((300, 5000)),
)
def test_a_list_reads_the_same_with_and_without_the_cells_nobody_asks_for(
    lines, at, merges, first, in_cells, window
):
    apart = [each for place, each in enumerate(merges) if each[2] not in {one[2] for one in merges[:place]}]
    options = {"constant_memory": True} if in_cells and not apart else {}
    content = wide_book(lines, dict(zip(HEAD, at, strict=False)), merges=apart, first=first, **options)

    with parted(window=window):
        (sheet,) = sheets(content)
        assert sheet.cut is not None
        cut = outcome(content)
    with parted(large=15_000_000):
        (sheet,) = sheets(content)
        assert sheet.cut is None
        assert cut == outcome(content)


@given(
    lines=LINES,
    wanted=st.sets(st.integers(0, WIDTH - 1), min_size=1, max_size=5),
    window=st.sampled_from((300, 5000)),
)
def test_lines_are_those_read_whole_in_the_wanted_places(lines, wanted, window):
    content = wide_book(lines, {field: place * 3 for place, field in enumerate(HEAD)})

    def is_whole(line):
        return any(str(line[place]).startswith("2") for place in wanted if place < len(line))

    with parted(window=window):
        (sheet,) = sheets(content)
        whole, cut = list(sheet.lines()), list(sheet.wanted_lines(Wanted(frozenset(wanted), is_whole)))

    assert len(cut) <= len(whole)
    for number, line in enumerate(whole):
        found = cut[number] if number < len(cut) else []
        places = range(len(line)) if is_whole(line) else wanted
        assert [line[place] if place < len(line) else "" for place in places] == [
            found[place] if place < len(found) else "" for place in places
        ]


def test_cells_nobody_asks_for_are_not_given_to_the_reader(monkeypatch):
    given_to_it = []
    whole = windows._workbook_of
    monkeypatch.setattr(
        windows,
        "_workbook_of",
        lambda archive, part, sheet: given_to_it.append(sheet.count(b"<c ")) or whole(archive, part, sheet),
    )
    people = [dict.fromkeys(range(WIDTH), "某某") | {5: NUMBERS[0], 6: "张三"} for _ in range(200)]
    content = wide_book(people, {"id_number": 5, "name": 6, "since": 7, "household": 8})

    with parted(window=3000, batch=1000):
        assert len(read_table(content, "名单.xlsx", columns=COLUMNS).rows) == len(people)

    assert sum(given_to_it) < len(people) * WIDTH / 4


def test_a_remark_is_known_by_cells_nobody_asks_for():
    people = [{"id_number": NUMBERS[0], "name": "张三"} for _ in range(100)]
    sums = {39: "合计", "name": "100"}
    closing = {"household": "填表人：李四", 30: "审核：王五"}
    nobody = {"household": "01", 30: "审核：王五"}
    places = {"id_number": 5, "name": 6, "since": 7, "household": 8}

    with parted(batch=7):
        for last, more in ((sums, 0), (closing, 0), (nobody, 0), ({"household": "01", 30: NUMBERS[1]}, 1)):
            rows = read_table(wide_book([*people, last], places), "名单.xlsx", columns=COLUMNS).rows
            assert len(rows) == len(people) + more


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(b'<c r="A', b'<c  r="A'),
        lambda text: text.replace(b"<c r=", b"<c\nr="),
        lambda text: text.replace(b'<c r="D3"', b'<c t="n" r="D3"').replace(b' t="n">', b">"),
        lambda text: text.replace(b"<sheetData>", b'<!-- <c r="A1"> --><sheetData>'),
    ],
)
def test_a_sheet_written_otherwise_is_not_cut(change):
    content = changed(book([["身份证号", "姓名", "其他", 1], *[[NUMBERS[0], "张三", "", 2]] * 40]), change)

    with parted():
        (sheet,) = sheets(content)
        assert sheet.cut is None
        cells = outcome(content)
    with parted(large=15_000_000):
        assert cells == outcome(content)


@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 800), st.integers(1, 1200)), min_size=1, max_size=6),
        min_size=1,
        max_size=6,
    ),
    st.booleans(),
)
def test_how_far_a_sheet_reaches_is_told_piece_by_piece(pieces, in_order):
    extent = extents.Extent()
    for piece in pieces:
        cells = sorted(piece, key=lambda cell: cell[1]) if in_order else piece
        extent.take(
            b"".join(b'<c r="%b%d"/>' % (column_letters(place).encode(), row) for place, row in cells)
        )

    assert extent.columns == max(place for piece in pieces for place, _ in piece) + 1
    assert extent.rows == max(row for piece in pieces for _, row in piece)


def test_a_place_with_zeros_before_it_hides_no_line():
    extent = extents.Extent()
    extent.take(b'<c r="A1"/><c r="B1"/>')
    extent.take(b'<c r="A999"/><c r="B0012"/>')

    assert extent.rows == 999


def test_a_row_that_does_not_end_is_refused():
    lines = [["身份证号", "姓名", "其他"], *[[NUMBERS[0], "张三", 2]] * 40]

    def unclosed(text):
        return text[: text.rindex(b"<v>") + 4]

    with parted(), pytest.raises(ListUnreadable, match="工作表“甲”已损坏"):
        read_table(changed(book(lines), unclosed), "名单.xlsx", columns=COLUMNS)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(b'"A41"', b'"A2"').replace(b'"B41"', b'"B3"'),
        lambda text: text.replace(b'<row r="42" spans="1:3">', b"<row>"),
        lambda text: text.replace(b'"A42"', b'"A43"'),
    ],
    ids=["order", "tag", "place"],
)
def test_a_line_wanted_whole_that_is_not_where_it_should_be_is_refused(change):
    people = [[NUMBERS[0], "张三", 2]] * 40
    content = book([["身份证号", "姓名", "其他"], *people, ["备注", "合计", 1]])

    with parted(window=100_000, batch=50):
        assert len(outcome(content).rows) == len(people)
        assert outcome(changed(content, change)) != outcome(content)
        with pytest.raises(ListUnreadable, match="工作表“甲”已损坏"):
            read_table(changed(content, change), "名单.xlsx", columns=COLUMNS)


@pytest.mark.parametrize("chunk", [1, 5, 7, 600])
def test_pieces_of_a_sheet_are_the_sheet_and_begin_with_rows(monkeypatch, chunk):
    monkeypatch.setattr(cutting, "CHUNK", chunk)
    with zipfile.ZipFile(io.BytesIO(book([[f"居民{place}"] for place in range(30)]))) as archive:
        head, *pieces = cutting.pieces_of_rows(archive, SHEET)

        assert b"".join([head, *pieces]) == archive.read(SHEET)
        assert all(piece.startswith(cutting.ROW) for piece in pieces)
