"""The sheets of a file, whatever it is: xlsx, xls, ods or text, by content and not by the name's ending.

Formulas are never evaluated: the result that was stored with them is read, as the sender saw it; a formula without
one is a fault of its cell. Hidden sheets are passed over, hidden rows and columns are read like the others. Files
made to exhaust the machine are refused (`archives.py`).
"""

import functools
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from exchange.parsers.archives import Seen, look_through
from exchange.parsers.cutting import Wanted
from exchange.parsers.extents import Extent
from exchange.parsers.faults import Faults
from exchange.parsers.merges import Merge, merges_of
from exchange.parsers.old_workbooks import old_sheets
from exchange.parsers.refusals import BROKEN, PROTECTED, ListUnreadable
from exchange.parsers.texts import text_lines
from exchange.parsers.windows import filled_lines, lines_in_windows, merged_in

LARGEST_FILE = 100 * 1024**2
PACKED, COMPOUND = b"PK", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
NO_FAULTS: Faults = {}
UNKNOWN = Extent()

Line = Sequence[object]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet that can be read any number of times, from its first line; a text file is a sheet without a name.

    :param begins_1904: numbers of days count from 1904-01-01, not from 1900
    :param cut: of a large sheet, reads its lines with the wanted cells alone
    """

    name: str
    lines: Callable[[], Iterator[Line]]
    faults: Faults = field(default_factory=lambda: NO_FAULTS)
    merges: Callable[[], Sequence[Merge]] = tuple
    begins_1904: bool = False
    cut: Callable[[Wanted], Iterator[Line]] | None = None

    def wanted_lines(self, wanted: Wanted) -> Iterator[Line]:
        """Return its lines; cells that are not wanted may be blank, and lines below the last one wanted missing."""
        return self.cut(wanted) if self.cut else self.lines()


def sheets(content: bytes) -> list[Sheet]:
    """Return the file's visible sheets in their order.

    :raises ListUnreadable: if the file is empty, broken, protected by a password or too large
    """
    if not content.strip(b"\0\r\n\t "):
        raise ListUnreadable("文件是空的，请检查后重新上传")
    if len(content) > LARGEST_FILE:
        raise ListUnreadable(f"文件超过 {LARGEST_FILE // 1024**2} MB，请分成几个文件上传")
    if content.startswith(PACKED):
        return _workbook(content, look_through(content))
    if content.startswith(COMPOUND):
        if ENCRYPTED in content:
            raise ListUnreadable(PROTECTED)
        return [
            Sheet(
                each.name,
                each.lines,
                each.faults,
                functools.partial(list, each.merges),
                each.begins_1904,
            )
            for each in old_sheets(content)
        ]
    return [Sheet("", functools.partial(text_lines, content))]


def _workbook(content: bytes, seen: Seen) -> list[Sheet]:
    with _refusing(BROKEN):
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return [
        replace(
            _sheet(content, book, meta.name, seen),
            begins_1904=seen.begins_1904,
        )
        for meta in book.sheets_metadata
        if meta.visible == SheetVisibleEnum.Visible and meta.typ == SheetTypeEnum.WorkSheet
    ]


def _sheet(content: bytes, book: CalamineWorkbook, name: str, seen: Seen) -> Sheet:
    extent = seen.extents.get(name, UNKNOWN)
    broken = f"工作表“{name}”已损坏，请用 Excel 或 WPS 打开另存后重新上传"

    @functools.cache
    def parsed() -> CalamineSheet:
        return book.get_sheet_by_name(name)

    def lines(wanted: Wanted | None = None) -> Iterator[Line]:
        with _refusing(broken):
            if extent.can_be_parted:
                yield from lines_in_windows(content, part=extent.part, name=name, wanted=wanted)
            else:
                yield from filled_lines(parsed())

    def merges() -> Sequence[Merge]:
        if name in seen.merged:
            return seen.merged[name]
        with _refusing(broken):
            if not extent.can_be_parted:
                return merges_of(parsed().merged_cell_ranges)
            return merges_of(merged_in(content, part=extent.part, name=name)) if extent.merged else []

    faults = seen.faults.get(name, extent.faults)
    return Sheet(name, lines, faults, merges, cut=lines if extent.can_be_cut else None)


@contextmanager
def _refusing(message: str) -> Iterator[None]:
    """Refuse the file with `message` where the reader gives up, or stumbles over what it did not expect."""
    try:
        yield
    except PasswordError:
        raise ListUnreadable(PROTECTED) from None
    except (CalamineError, OSError):
        raise ListUnreadable(message) from None
    except BaseException as stumbled:
        if type(stumbled).__name__ != "PanicException":  # it has no name one could import
            raise
        raise ListUnreadable(message) from None
