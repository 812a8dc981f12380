"""The records of an old workbook (xls) that its reader keeps to itself: formulas without a result, and its first day.

An xls file is a file system of sectors (MS-CFB); its stream `Workbook` is a row of records (MS-XLS), each with its
kind and length. A formula's record holds its result; an empty text there is what a program leaves that did not
calculate, and what `=""` gives: which of the two, nobody can tell.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

FREE = 0xFFFFFFFA  # sectors from here on are marks: end of a chain, free
DIRECTORY_ENTRY = 128
IN_HEADER = 109  # places of the table's own sectors that the header holds
BEGINS, ENDS, SHEET, FORMULA, DATEMODE = 0x0809, 0x000A, 0x0085, 0x0006, 0x0022
EMPTY_TEXT = 3
NO_NUMBER = b"\xff\xff"
NO_SHEET = -1


@dataclass(slots=True)
class OldRecords:
    """What was found: whether days count from 1904, and formulas by place of their sheet, as (line from 1, place)."""

    begins_1904: bool = False
    without_result: dict[int, list[tuple[int, int]]] = field(default_factory=dict)


def old_records(content: bytes) -> OldRecords:
    """Return what the records say.

    :raises struct.error: if the file is cut off
    :raises ValueError: if it has no workbook in it, or its chains run in circles
    """
    found = OldRecords()
    begins: list[int] = []
    sheet = NO_SHEET
    depth = 0
    for at, kind, body in _records(_Compound(content).stream(("Workbook", "Book"))):
        if kind == BEGINS:
            depth += 1
            sheet = begins.index(at) if at in begins else sheet  # a chart inside a sheet begins too
        elif kind == ENDS:
            depth -= 1
        elif kind == SHEET:
            begins += struct.unpack_from("<I", body)
        elif kind == DATEMODE:
            found.begins_1904 = body[:1] == b"\1"
        elif kind == FORMULA and depth == 1 and body[6] == EMPTY_TEXT and body[12:14] == NO_NUMBER:
            row, place = struct.unpack_from("<HH", body)
            found.without_result.setdefault(sheet, []).append((row + 1, place))
    return found


def _records(stream: bytes) -> Iterator[tuple[int, int, bytes]]:
    at = 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        if kind == 0 and length == 0:
            return
        yield at, kind, stream[at + 4 : at + 4 + length]
        at += 4 + length


class _Compound:
    """The file system inside the file."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        shift, mini_shift = struct.unpack_from("<HH", content, 30)
        self._size, self._mini_size = 1 << min(shift, 20), 1 << min(mini_shift, 20)
        (directory,) = struct.unpack_from("<I", content, 48)
        self._cutoff, mini_table = struct.unpack_from("<II", content, 56)
        self._next = self._table()
        self._entries = self._chain(directory)
        self._mini_next = _numbers(self._chain(mini_table))

    def stream(self, names: tuple[str, ...]) -> bytes:
        """Return the first stream that has one of the names."""
        root = b""
        for at in range(0, len(self._entries), DIRECTORY_ENTRY):
            entry = self._entries[at : at + DIRECTORY_ENTRY]
            (length,) = struct.unpack_from("<H", entry, 64)
            start, size = struct.unpack_from("<II", entry, 116)
            if at == 0:
                root = self._chain(start)
            elif entry[: max(length - 2, 0)].decode("utf-16-le", "replace") in names:
                return self._chain(start)[:size] if size >= self._cutoff else self._mini(root, start)[:size]
        raise ValueError("no workbook")

    def _table(self) -> list[int]:
        """Return the table of sectors: what follows each."""
        places = list(struct.unpack_from(f"<{IN_HEADER}I", self._content, 76))
        (more,) = struct.unpack_from("<I", self._content, 68)
        each = self._size // 4
        while (
            more < FREE and len(places) * each * self._size <= len(self._content) + self._size * each * each
        ):
            further = _numbers(self._sector(more))
            places += further[:-1]
            more = further[-1]
        return [number for place in places if place < FREE for number in _numbers(self._sector(place))]

    def _sector(self, number: int) -> bytes:
        at = (number + 1) * self._size
        return self._content[at : at + self._size]

    def _chain(self, number: int) -> bytes:
        return b"".join(self._sector(each) for each in _following(self._next, number))

    def _mini(self, root: bytes, number: int) -> bytes:
        size = self._mini_size
        return b"".join(root[each * size : (each + 1) * size] for each in _following(self._mini_next, number))


def _following(table: list[int], number: int) -> Iterator[int]:
    for _ in range(len(table)):
        if number >= min(len(table), FREE):
            return
        yield number
        number = table[number]
    if number < FREE:
        raise ValueError("a chain without end")


def _numbers(data: bytes) -> list[int]:
    return list(struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4]))
