"""Workbooks of the old format (xls), read in a process of their own with a bounded memory.

What a damaged one says of its size cannot be checked beforehand as with xlsx (`archives.py`), and the reader may
allocate until its process is ended: then it is this one's, not the server's. It prints each sheet packed, behind its
length: JSON, a line of what is said of the sheet, then a line a row. So it is kept, and unpacked a row at a time.
"""

import contextlib
import gzip
import io
import json
import resource
import struct
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from python_calamine import CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from exchange.parsers.cells import as_text
from exchange.parsers.faults import EMPTY_RESULT, Faults
from exchange.parsers.merges import Merge, merges_of
from exchange.parsers.old_records import OldRecords, old_records
from exchange.parsers.refusals import BROKEN, PROTECTED, ListUnreadable

MOST_MEMORY = 1024**3
MOST_SECONDS = 120
PROTECTED_CODE = 3
LENGTH = struct.Struct(">Q")
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class OldSheet:
    """A visible sheet, cells as people see them.

    :param packed: as the process printed it
    """

    name: str
    begins_1904: bool
    faults: Faults
    merges: list[Merge]
    packed: bytes

    def lines(self) -> Iterator[Sequence[str]]:
        """Yield its rows, one in the memory at a time."""
        with gzip.open(io.BytesIO(self.packed)) as printed:
            yield from map(json.loads, islice(printed, 1, None))


def old_sheets(content: bytes) -> list[OldSheet]:
    """Return the visible sheets with their lines.

    :raises ListUnreadable: if the file is broken, protected, or needs more than it may
    """
    try:
        done = subprocess.run(
            [sys.executable, "-m", "exchange.parsers.old_workbooks"],
            input=content,
            capture_output=True,
            cwd=ROOT,
            timeout=MOST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ListUnreadable(BROKEN) from None
    if done.returncode:
        raise ListUnreadable(PROTECTED if done.returncode == PROTECTED_CODE else BROKEN)
    return [_sheet(packed) for packed in _blocks(done.stdout)]


def _blocks(printed: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(printed):
        (size,) = LENGTH.unpack_from(printed, at)
        at += LENGTH.size + size
        yield printed[at - size : at]


def _sheet(packed: bytes) -> OldSheet:
    with gzip.open(io.BytesIO(packed)) as printed:
        said = json.loads(next(printed))
    faults = dict.fromkeys(map(tuple, said["without_result"]), EMPTY_RESULT)
    merges = [(first, last, place) for first, last, place in said["merges"]]
    return OldSheet(said["name"], said["begins_1904"], faults, merges, packed)


def _packed(content: bytes) -> Iterator[bytes]:
    """Yield each visible sheet: a line of what is said of it, then a line a row."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    records = OldRecords()
    with contextlib.suppress(struct.error, ValueError, IndexError):  # damaged where the reader need not look
        records = old_records(content)
    for number, meta in enumerate(book.sheets_metadata):
        if meta.visible == SheetVisibleEnum.Visible and meta.typ == SheetTypeEnum.WorkSheet:
            sheet = book.get_sheet_by_name(meta.name)
            said = {
                "name": meta.name,
                "begins_1904": records.begins_1904,
                "without_result": records.without_result.get(number, []),
                "merges": merges_of(sheet.merged_cell_ranges),
            }
            block = io.BytesIO()
            with gzip.open(block, "wt", compresslevel=1, encoding="utf-8") as printed:
                printed.write(f"{json.dumps(said)}\n")
                for row in sheet.iter_rows():
                    printed.write(f"{json.dumps([as_text(cell) for cell in row], ensure_ascii=False)}\n")
            yield block.getvalue()


def main() -> int:
    """Print the workbook on standard input; return 0, or why not."""
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    try:
        for packed in _packed(sys.stdin.buffer.read()):
            sys.stdout.buffer.write(LENGTH.pack(len(packed)) + packed)
    except PasswordError:
        return PROTECTED_CODE
    return 0


if __name__ == "__main__":
    sys.exit(main())
