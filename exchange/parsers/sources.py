"""The lines of a file, whatever it is: xlsx, xls, ods or text, by content and not by the name's ending.

Formulas are never evaluated: their stored result is read. Files made to exhaust the machine are refused.
"""

import csv
import functools
import io
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from policy.errors import DomainError

LARGEST_FILE = 100 * 1024**2
LARGEST_UNPACKED = 1024**3
LARGEST_SHEET = 25_000_000  # cells between the first and the last, empty ones included
LONGEST_CELL = 32_767  # signs, as in spreadsheets
PACKED, COMPOUND = b"PK", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
SHEET_PARTS = re.compile(r"xl/worksheets/[^/]+\.xml$")
CELL_AT = re.compile(rb'<c [^>]*?r="([A-Z]{1,3})(\d{1,7})"')
CHUNK = 1024**2
OVERLAP = 200
BYTE_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))

Line = Sequence[object]
Sheet = Callable[[], Iterator[Line]]


class ListUnreadable(DomainError):
    """A file cannot be taken as a list at all; the message says why and what to do."""

    code = "list_unreadable"


def sheets(content: bytes) -> list[Sheet]:
    """Return the file's visible sheets; each gives its lines from the first, and may be read again.

    :raises ListUnreadable: if the file is empty, broken, protected by a password or too large
    """
    if not content.strip(b"\0\r\n\t "):
        raise ListUnreadable("文件是空的，请检查后重新上传")
    if len(content) > LARGEST_FILE:
        raise ListUnreadable(f"文件超过 {LARGEST_FILE // 1024**2} MB，请分成几个文件上传")
    if content.startswith(COMPOUND) and ENCRYPTED in content:
        raise ListUnreadable("文件设有打开密码，请取消密码后重新上传")
    if content.startswith(PACKED):
        _refuse_oversized(content)
    if content.startswith((PACKED, COMPOUND)):
        return _workbook(content)
    return [_text(content)]


def _workbook(content: bytes) -> list[Sheet]:
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    except PasswordError:
        raise ListUnreadable("文件设有打开密码，请取消密码后重新上传") from None
    except (CalamineError, OSError):
        raise ListUnreadable("文件已损坏或不是表格，请用 Excel 或 WPS 打开另存后重新上传") from None
    return [
        _sheet(book, meta.name)
        for meta in book.sheets_metadata
        if meta.visible == SheetVisibleEnum.Visible and meta.typ == SheetTypeEnum.WorkSheet
    ]


def _sheet(book: CalamineWorkbook, name: str) -> Sheet:
    @functools.cache
    def parsed() -> CalamineSheet:
        return book.get_sheet_by_name(name)

    def lines() -> Iterator[Line]:
        try:
            yield from parsed().iter_rows()
        except PasswordError:
            raise ListUnreadable("文件设有打开密码，请取消密码后重新上传") from None
        except (CalamineError, OSError):
            raise ListUnreadable(f"工作表“{name}”已损坏，请用 Excel 或 WPS 打开另存后重新上传") from None

    return lines


def _text(content: bytes) -> Sheet:
    text = _decoded(content)
    delimiter = _delimiter(text)

    def lines() -> Iterator[Line]:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        while True:
            try:
                line = next(reader)
            except StopIteration:
                return
            except csv.Error:
                raise ListUnreadable(
                    f"第{reader.line_num}行附近的引号不配对，或某一格过长，请用 Excel 或 WPS 另存为 xlsx 后重新上传"
                ) from None
            if any(len(cell) > LONGEST_CELL for cell in line):
                raise ListUnreadable(f"第{reader.line_num}行附近某一格过长，多半是引号不配对，请检查")
            yield line

    return lines


def _decoded(content: bytes) -> str:
    """Return the text: by its byte order mark, else UTF-8 where that fits, else GB18030 (GBK is part of it)."""
    marked = [encoding for mark, encoding in BYTE_MARKS if content.startswith(mark)]
    for encoding in marked or ["utf-8", "gb18030"]:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise ListUnreadable("文件不是表格，也不是 UTF-8 或 GBK 编码的文本，请用 Excel 或 WPS 另存为 xlsx 后上传")


def _delimiter(text: str) -> str:
    """Return the separator that the first lines have most of; a list of identities may use the others in a cell."""
    first = text[:20_000].splitlines()[:10]
    return max(",\t;", key=lambda mark: max((line.count(mark) for line in first), default=0))


def _refuse_oversized(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            if sum(part.file_size for part in parts) > LARGEST_UNPACKED:
                raise ListUnreadable("文件解压后过大，请删除多余的工作表和图片后重新上传")
            if any(part.flag_bits & 1 for part in parts):
                raise ListUnreadable("文件设有打开密码，请取消密码后重新上传")
            for part in parts:
                if SHEET_PARTS.match(part.filename):
                    with archive.open(part) as stream:
                        _refuse_sprawling(iter(lambda: stream.read(CHUNK), b""))
    except (zipfile.BadZipFile, RuntimeError, EOFError, OSError):  # RuntimeError: a method it lacks
        raise ListUnreadable("文件已损坏，请用 Excel 或 WPS 打开另存后重新上传") from None


def _refuse_sprawling(chunks: Iterator[bytes]) -> None:
    """Refuse a sheet with a stray cell so far out that the rectangle around all cells would fill the memory."""
    rows = columns = 0
    kept = b""
    for chunk in chunks:
        text = kept + chunk
        for letters, digits in {(found[1], found[2]) for found in CELL_AT.finditer(text)}:
            rows = max(rows, int(digits))
            columns = max(columns, _column_number(letters))
        if rows * columns > LARGEST_SHEET:
            raise ListUnreadable("表格范围过大：远处有零散的单元格，请删除空白的行和列后重新上传")
        kept = text[-OVERLAP:]


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
