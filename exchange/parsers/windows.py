"""A large sheet of an xlsx file is read some rows at a time: the reader keeps every cell of a sheet it is given.

So it is given the workbook several times, each time with the next rows of that sheet only. Where the rows begin is
plain to see (`Extent.can_be_parted`); their numbers and the texts they share are those of the whole file.
"""

import io
import zipfile
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice

from python_calamine import CalamineSheet, CalamineWorkbook

ROW, END = b"<row ", b"</sheetData></worksheet>"
CHUNK = 1024**2
WINDOW = 16 * CHUNK  # of a sheet's text, unpacked; the first is short, for whoever only looks for the header
Corners = tuple[tuple[int, int], tuple[int, int]]
OF_THE_WHOLE = ("[content_types].xml", "_rels/.rels", "xl/_rels/workbook.xml.rels")


def filled_lines(sheet: CalamineSheet) -> Iterator[Sequence[object]]:
    """Yield the lines of a sheet from its first to the last one filled, each from its first cell (A) on."""
    before = [""] * sheet.start[1] if sheet.start else []
    for line in sheet.iter_rows():
        yield [*before, *line] if before else line


def lines_in_windows(content: bytes, *, part: str, name: str) -> Iterator[Sequence[object]]:
    """Yield the lines of a sheet as `filled_lines` does, a window in the memory at a time.

    :param part: what the archive calls the sheet; `name` is what the user calls it
    :raises CalamineError: if a window cannot be read
    :raises OSError: if its rows are not below those of the window before
    """
    read = 0
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for window in _windows(archive, part):
            sheet = _workbook_of(archive, part, window).get_sheet_by_name(name)
            if sheet.start is None:
                continue
            if sheet.start[0] < read:
                raise OSError("rows out of order")
            yield from islice(filled_lines(sheet), read, None)
            read = sheet.start[0] + sheet.height
            del window, sheet  # before the next ones come


def merged_in(content: bytes, *, part: str, name: str) -> Sequence[Corners]:
    """Return the merged cells of a sheet; they stand below its rows, in the last window."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        (last,) = deque(_windows(archive, part), maxlen=1)
        return _workbook_of(archive, part, last).get_sheet_by_name(name).merged_cell_ranges or []


def _windows(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """Yield the text of a sheet in pieces that are sheets themselves."""
    with archive.open(part) as stream:
        head, row, text = stream.read(CHUNK).partition(ROW)
        if not row:
            yield head + stream.read()
            return
        text, wanted = row + text, 0
        while piece := stream.read(wanted or CHUNK):
            text += piece
            if (cut := text.rfind(ROW)) > 0:
                yield b"".join([head, text[:cut], END])
                text, wanted = text[cut:], WINDOW
        yield head + text


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
