"""A large sheet of an xlsx file is read some rows at a time: the reader keeps every cell of a sheet it is given.

So it is given the workbook several times, each time with the next rows of that sheet only. Where the rows begin is
plain to see (`Extent.can_be_parted`); their numbers and the texts they share are those of the whole file. Cells that
nobody asks for are cut out before (`cutting.py`).
"""

import io
import zipfile
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import chain, islice

from python_calamine import CalamineSheet, CalamineWorkbook

from exchange.parsers.cutting import ROW, Cut, Wanted, cut_to, numbered_rows, pieces_of_rows

END = b"</sheetData></worksheet>"
WINDOW = (
    16 * 1024**2
)  # of a sheet's text, unpacked and cut; the first is short: who looks for the header stops
BATCH = 5_000  # lines held until those wanted whole are read
Corners = tuple[tuple[int, int], tuple[int, int]]
OF_THE_WHOLE = ("[content_types].xml", "_rels/.rels", "xl/_rels/workbook.xml.rels")


def filled_lines(sheet: CalamineSheet) -> Iterator[Sequence[object]]:
    """Yield the lines of a sheet from its first to the last one filled, each from its first cell (A) on."""
    before = [""] * sheet.start[1] if sheet.start else []
    for line in sheet.iter_rows():
        yield [*before, *line] if before else line


def lines_in_windows(
    content: bytes, *, part: str, name: str, wanted: Wanted | None = None
) -> Iterator[Sequence[object]]:
    """Yield the lines of a sheet as `filled_lines` does, a window in the memory at a time.

    :param part: what the archive calls the sheet; `name` is what the user calls it
    :param wanted: the other cells read as blank; lines below the last wanted cell are left out
    :raises CalamineError: if a window cannot be read
    :raises OSError: if its rows are not below those of the window before
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if wanted is None:
            yield from _lines(archive, part=part, name=name)
        else:
            cut = _lines(archive, part=part, name=name, cut=cut_to(wanted))
            yield from _with_whole(cut, wanted, _WholeLines(archive, part=part, name=name))


def merged_in(content: bytes, *, part: str, name: str) -> Sequence[Corners]:
    """Return the merged cells of a sheet; they stand below its rows, in the last window."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        (last,) = deque(_windows(archive, part), maxlen=1)
        return _workbook_of(archive, part, last).get_sheet_by_name(name).merged_cell_ranges or []


def _lines(archive: zipfile.ZipFile, *, part: str, name: str, cut: Cut = bytes) -> Iterator[Sequence[object]]:
    read = 0
    for window in _windows(archive, part, cut):
        sheet = _workbook_of(archive, part, window).get_sheet_by_name(name)
        if sheet.start is None:
            continue
        if sheet.start[0] < read:
            raise OSError("rows out of order")
        yield from islice(filled_lines(sheet), read, None)
        read = sheet.start[0] + sheet.height
        del window, sheet  # before the next ones come


def _with_whole(
    lines: Iterator[Sequence[object]], wanted: Wanted, whole: "_WholeLines"
) -> Iterator[Sequence[object]]:
    """Yield lines that are cut, but whole where that is wanted."""
    first = 1
    while batch := list(islice(lines, BATCH)):
        asked = {number for number, line in enumerate(batch, start=first) if wanted.is_whole(line)}
        found = whole.read(asked) if asked else {}
        yield from (found.get(number, line) for number, line in enumerate(batch, start=first))
        first += len(batch)


class _WholeLines:
    """Lines of a sheet with all their cells, asked for in their order: it is unpacked once more, as far as asked."""

    def __init__(self, archive: zipfile.ZipFile, *, part: str, name: str) -> None:
        self._archive, self._part, self._name = archive, part, name
        pieces = pieces_of_rows(archive, part)
        first = next(pieces)
        self._head = first.partition(ROW)[0]
        self._rows = numbered_rows(chain([first], pieces))
        self._next = next(self._rows, None)

    def read(self, numbers: AbstractSet[int]) -> Mapping[int, Sequence[object]]:
        """Return the lines of these numbers, which are below all those asked for before.

        :raises OSError: if one is not where it says
        """
        last = max(numbers)
        rows: dict[int, bytes] = {}
        while self._next and self._next[0] <= last:
            number, row = self._next
            if number in numbers:
                rows[number] = rows.get(number, b"") + row
            self._next = next(self._rows, None)
        if rows.keys() != numbers:
            raise OSError("row missing")
        text = b"".join([self._head, *rows.values(), END])
        sheet = _workbook_of(self._archive, self._part, text).get_sheet_by_name(self._name)
        return {number: line for number, line in enumerate(filled_lines(sheet), start=1) if number in numbers}


def _windows(archive: zipfile.ZipFile, part: str, cut: Cut = bytes) -> Iterator[bytes]:
    """Yield the text of a sheet, cut, in pieces that are sheets themselves."""
    pieces = pieces_of_rows(archive, part)
    head, row, first = next(pieces).partition(ROW)
    kept, size, most = [cut(row + first)], 0, 0
    for piece in pieces:
        if size >= most:
            yield b"".join([head, *kept, END])
            kept, size, most = [], 0, WINDOW
        kept.append(cut(piece))
        size += len(kept[-1])
    yield b"".join([head, *kept])


def _workbook_of(archive: zipfile.ZipFile, part: str, sheet: bytes) -> CalamineWorkbook:
    """Return the workbook with what all sheets share, and of its sheets just this one."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        for name in archive.namelist():
            if name.lower() in OF_THE_WHOLE or (name.startswith("xl/") and name.count("/") == 1):
                made.writestr(name, archive.read(name))
        made.writestr(part, sheet)
    stream.seek(0)
    return CalamineWorkbook.from_filelike(stream)
