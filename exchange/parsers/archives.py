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
from dataclasses import dataclass

from exchange.parsers.extents import Extent, has_mark
from exchange.parsers.faults import Faults
from exchange.parsers.merges import Merge
from exchange.parsers.open_documents import OpenDocument
from exchange.parsers.refusals import BROKEN, PROTECTED, SAVE_AS, ListUnreadable

LARGEST_UNPACKED = 1024**3
LARGEST_STRINGS = 200 * 1024**2
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
SHEET_SAID = re.compile(rb"<(?:\w+:)?sheet\s[^>]*>")
RELATION_SAID = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*>")
NAME, IDENTIFIER = re.compile(rb'\bname="([^"]*)"'), re.compile(rb'\b(?:\w+:)?id="([^"]*)"')
TARGET, RELATION_ID = re.compile(rb'\bTarget="([^"]*)"'), re.compile(rb'\bId="([^"]*)"')


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
            if has_mark(text, b"<!") and DOCUMENT_TYPE.search(text):
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
