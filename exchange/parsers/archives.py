"""What xlsx and ods files are made of is looked through before a reader unpacks them.

The reader allocates the rectangle around all cells and keeps every text, so that a small file could fill the memory
or end the process: a zip bomb, a stray cell in the far corner, a million repeated rows. Such files are refused here,
as are document types and entities (no spreadsheet has them). On the way, cells are noted whose formula has no stored
result: they would read as blank.
"""

import html
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from exchange.parsers.faults import FORMULA_ERROR, MOST_FAULTS, UNCALCULATED, Faults
from exchange.parsers.merges import Merge
from exchange.parsers.open_documents import LARGEST_SHEET, OpenDocument, refuse_too_many_merged
from exchange.parsers.refusals import BROKEN, PROTECTED, SAVE_AS, ListUnreadable

LARGEST_UNPACKED = 1024**3
LARGEST_STRINGS = 200 * 1024**2
LARGE_SHEET = 2_000_000  # from here on a sheet is read some rows at a time
MOST_PARTS = 10_000
UNPACKING_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    RuntimeError,  # a packing or version it does not know
    LookupError,
    ArithmeticError,
    EOFError,
    OSError,
    ValueError,
)
PACKINGS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
CHUNK = 1024**2
LONGEST_KEPT = 64 * 1024

BEGINS_1904 = re.compile(rb'<(?:\w+:)?workbookPr\s[^>]*\bdate1904="(1|true|on)"')
WORKBOOK, RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
STRINGS = re.compile(r"xl/sharedstrings[^/]*\.xml$", re.IGNORECASE)
DOCUMENT_TYPE = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
CELL = re.compile(rb"<(?:[\w.-]+:)?c[\s/>]")
CELL_AT = re.compile(rb"\sr\s*=\s*[\"']([A-Za-z]+)(\d+)[\"']")
USUAL_CELL = re.compile(rb'<c r="([A-Z]{1,3}\d{1,7})"')
OTHER_CELL = re.compile(rb'<c(?! r="[A-Z]{1,3}\d{1,7}")[\s/>]|<[\w.-]+:c[\s/>]')
LETTERS, DIGITS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", b"0123456789"
FAILED = re.compile(rb'<(?:\w+:)?c (?=[^>]*\bt="e")[^>]*?\br="([A-Z]+)(\d+)"')
WITHOUT_RESULT = re.compile(
    rb'<(?:\w+:)?c (?![^>]*\bt="(?:str|e)")[^>]*?\br="([A-Z]+)(\d+)"[^>]*>\s*'
    rb"<(?:\w+:)?f\b[^>]*?(?:/>|>[^<]*</(?:\w+:)?f>)\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</"
)
SHEET_SAID = re.compile(rb"<(?:\w+:)?sheet\s[^>]*>")
RELATION_SAID = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*>")
NAME, IDENTIFIER = re.compile(rb'\bname="([^"]*)"'), re.compile(rb'\b(?:\w+:)?id="([^"]*)"')
TARGET, RELATION_ID = re.compile(rb'\bTarget="([^"]*)"'), re.compile(rb'\bId="([^"]*)"')


@dataclass(slots=True)
class Extent:
    """How far a sheet reaches, and what its formulas left undone.

    :ivar part: what the archive calls it
    :ivar merged: how many of its cells are merged ones
    :ivar is_plain: nothing but tags and texts: where `<row ` stands, a row begins
    """

    part: str = ""
    rows: int = 0
    columns: int = 0
    merged: int = 0
    is_sheet: bool = False
    is_plain: bool = True
    faults: dict[tuple[int, int], str] = field(default_factory=dict)

    @property
    def can_be_parted(self) -> bool:
        """Whether the sheet is large, and so written that its rows can be told apart."""
        return self.rows * self.columns > LARGE_SHEET and self.is_plain

    def take(self, text: bytes) -> None:
        """Look through a piece that ends between two tags.

        :raises ListUnreadable: if the rectangle around all cells grows too large, or cells do not say where they are,
            or too many are merged
        """
        self.merged += text.count(b"mergeCell ")
        refuse_too_many_merged(self.merged)
        self.is_sheet = self.is_sheet or b"sheetData" in text
        self.is_plain = self.is_plain and b"<!" not in text
        if b"<c" not in text and b":c" not in text:
            return
        self._reach(text)
        if self.rows * self.columns > LARGEST_SHEET:
            raise ListUnreadable("表格范围过大：远处有零散的单元格，请删除空白的行和列后重新上传")
        if b't="e"' in text:
            self._note(FAILED, text, FORMULA_ERROR)
        if b"<f" in text or b":f" in text:
            self._note(WITHOUT_RESULT, text, UNCALCULATED)

    def _reach(self, text: bytes) -> None:
        """Take in the cells of a piece; where all are written as spreadsheets write them, it is ten times faster."""
        if OTHER_CELL.search(text):
            found = CELL_AT.findall(text)
            if self.is_sheet and len(CELL.findall(text)) > len(found):
                raise ListUnreadable(f"表格中有单元格没有标明位置，{SAVE_AS}")
            columns, rows = {letters for letters, _ in found}, {digits[:9] for _, digits in found}
        else:
            cells = b" ".join(USUAL_CELL.findall(text))
            columns, rows = (
                set(cells.translate(None, DIGITS).split()),
                set(cells.translate(None, LETTERS).split()),
            )
        self.columns = max(self.columns, *(_place(letters) + 1 for letters in columns), 0)
        self.rows = max(self.rows, *map(int, rows), 0)

    def _note(self, pattern: re.Pattern[bytes], text: bytes, reason: str) -> None:
        for letters, digits in pattern.findall(text):
            if len(self.faults) < MOST_FAULTS:
                self.faults[int(digits), _place(letters)] = reason


@dataclass(frozen=True, slots=True)
class Seen:
    """What the reader does not tell: how far the sheets reach, by their names, and the first day of the workbook.

    :param merged: of an ods file, name of a sheet → its cells merged over several lines
    :param faults: of an ods file, name of a sheet → its cells that a formula left without a result
    """

    extents: Mapping[str, Extent]
    begins_1904: bool
    merged: Mapping[str, Sequence[Merge]]
    faults: Mapping[str, Faults]


def look_through(content: bytes) -> Seen:
    """Return what is seen of a workbook on the way through it.

    :raises ListUnreadable: if the archive is broken, protected, no spreadsheet, or made to exhaust the machine
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _refuse_other(archive)
            tables = OpenDocument()
            extents = _looked_through(archive, tables)
            named = {name: extents[part] for name, part in _sheets(archive).items() if part in extents}
            begins_1904 = WORKBOOK in archive.namelist() and BEGINS_1904.search(archive.read(WORKBOOK))
            return Seen(named, bool(begins_1904), tables.merged, tables.faults)
    except UNPACKING_ERRORS:
        raise ListUnreadable(BROKEN) from None


def _refuse_other(archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    names = {part.filename.lower() for part in parts}
    if any(part.flag_bits & 1 for part in parts):
        raise ListUnreadable(PROTECTED)
    if len(parts) > MOST_PARTS or any(part.compress_type not in PACKINGS for part in parts):
        raise ListUnreadable(BROKEN)
    if WORKBOOK not in names and "content.xml" not in names:
        if any(name.startswith("xl/") for name in names):
            raise ListUnreadable(f"文件缺少工作簿部分，已损坏或不是 xlsx，{SAVE_AS}")
        raise ListUnreadable("文件是压缩包或其他文档，不是表格；压缩包请先解压，再上传其中的表格")


def _looked_through(archive: zipfile.ZipFile, tables: OpenDocument) -> dict[str, Extent]:
    """Unpack every part once, a piece at a time, believing no size that the archive states of itself."""
    extents: dict[str, Extent] = {}
    unpacked = 0
    for part in archive.infolist():
        name = part.filename
        of_this = 0
        for piece in _pieces(archive, part, extents, tables):
            unpacked += len(piece)
            of_this += len(piece)
            if unpacked > LARGEST_UNPACKED or (STRINGS.match(name) and of_this > LARGEST_STRINGS):
                raise ListUnreadable("文件解压后过大，请删除多余的工作表和图片后重新上传")
    return extents


def _pieces(
    archive: zipfile.ZipFile, part: zipfile.ZipInfo, extents: dict[str, Extent], tables: OpenDocument
) -> Iterator[bytes]:
    extent = Extent(part.filename)
    kept = b""
    with archive.open(part) as stream:
        while piece := stream.read(CHUNK):
            yield piece
            if part.filename == "content.xml":
                tables.take(piece)
                continue
            text = kept + piece
            if DOCUMENT_TYPE.search(text):
                raise ListUnreadable(
                    f"文件含有表格不应有的内容（文档类型声明），为安全起见不予读取，{SAVE_AS}"
                )
            cut = _between_tags(text)
            extent.take(text[:cut])
            kept = text[cut:]
    extent.take(kept)
    if extent.is_sheet:
        extents[part.filename] = extent


def _between_tags(text: bytes) -> int:
    """Return where a piece may be cut: before the last cell, or where none is near, before the last tag."""
    cell = text.rfind(b"<c ")
    if cell >= 0 and len(text) - cell < LONGEST_KEPT:
        return cell
    tag = text.rfind(b"<")
    return tag if tag >= 0 and len(text) - tag < LONGEST_KEPT else len(text)


def _sheets(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return the sheets' names → the parts they are in; nothing where the workbook does not say."""
    names = set(archive.namelist())
    if not {WORKBOOK, RELATIONS} <= names:
        return {}
    targets = {
        _said(RELATION_ID, found): _said(TARGET, found)
        for found in RELATION_SAID.findall(archive.read(RELATIONS))
    }
    return {
        html.unescape(_said(NAME, found)): _part(targets.get(_said(IDENTIFIER, found), ""))
        for found in SHEET_SAID.findall(archive.read(WORKBOOK))
    }


def _part(target: str) -> str:
    return target.lstrip("/") if target.startswith(("/", "xl/")) else f"xl/{target}"


def _said(pattern: re.Pattern[bytes], tag: bytes) -> str:
    found = pattern.search(tag)
    return found[1].decode("utf-8", "replace") if found else ""


def _place(letters: bytes) -> int:
    number = 0
    for letter in letters.upper()[:7]:
        number = number * 26 + letter - 64
    return number - 1
