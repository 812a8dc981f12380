"""Cells nobody asks for are cut out of a large sheet's text, so that the reader of workbooks never parses them.

Of a sheet of a hundred columns a list wants ten. Where its cells begin is plain to see (`Extent.can_be_cut`), and
every cell says its place, so those left out leave the others where they are.
"""

import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import chain

from exchange.parsers.headers import column_letters

ROW, ROW_ENDS, CELL = b"<row ", b"</row>", b"<c "
LINE_OF_CELL = re.compile(rb'<c r="[A-Z]+(\d+)"')
CHUNK = 1024**2
Cut = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is wanted of a sheet.

    :param places: of the columns
    :param is_whole: told the wanted cells of a line (the others may be blank), say whether all of it is wanted
    :param lines: numbers of lines of which all is wanted, whatever they say
    """

    places: AbstractSet[int]
    is_whole: Callable[[Sequence[object]], bool]
    lines: AbstractSet[int] = frozenset()


def cut_to(wanted: Wanted) -> Cut:
    """Return what leaves of some rows' text the wanted cells."""
    letters = "|".join(map(column_letters, sorted(wanted.places)))
    cells = re.compile(rf'<c r="(?:{letters})\d[^<]*(?:<(?!c )[^<]*)*'.encode())

    def row(text: bytes) -> bytes:
        """Leave a row's wanted cells; one that does not end stays as it is, for the reader to stumble over."""
        first, end = text.find(CELL), text.rfind(ROW_ENDS)
        if first < 0 or end < first or (wanted.lines and _number_of(text) in wanted.lines):
            return text
        return b"".join([text[:first], *cells.findall(text, first, end), text[end:]])

    def cut(text: bytes) -> bytes:
        above, *rows = text.split(ROW)
        return ROW.join([above, *map(row, rows)])

    return cut


def pieces_of_rows(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """Yield the text of a sheet in pieces that end where a row begins; the last holds what stands below the rows."""
    kept: list[bytes] = []
    with archive.open(part) as stream:
        while piece := stream.read(CHUNK):
            row = piece.rfind(ROW)
            if row < 0:
                kept.append(piece)
                continue
            yield b"".join([*kept, piece[:row]])
            kept = [piece[row:]]
    yield b"".join(kept)


def numbered_rows(pieces: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield the rows that have cells, each with its number.

    :raises OSError: if one is not below those before
    """
    before = 0
    for row in chain.from_iterable(piece.split(ROW)[1:] for piece in pieces):
        if number := _number_of(row):
            if number < before:
                raise OSError("rows out of order")
            yield number, b"".join([ROW, row[: row.rfind(ROW_ENDS)], ROW_ENDS])
            before = number


def _number_of(row: bytes) -> int:
    """Return the number of a row's line as its first cell says it; 0 = it has none."""
    found = LINE_OF_CELL.search(row)
    return int(found[1]) if found else 0
