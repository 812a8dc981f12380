"""Files no reader of lists takes: archives made to exhaust or mislead, other files, broken texts; and heavy ones."""

import io
import random
import zipfile
from collections.abc import Iterator

from exchange.parsers.writer import write_xlsx
from tests.hardship.damaged import SEED, Damaged
from tests.registry.factories import identity_number

MILLION = 1_000_000
SMALL_UNPACKED, SMALL_STRINGS = 16 * 1024**2, 8 * 1024**2
NOISE = random.Random(SEED).randbytes(4096)  # noqa: S311 - the same files each time
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PACKAGE = {
    "[Content_Types].xml": (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/xl/workbook.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
    ),
    "_rels/.rels": (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/_rels/workbook.xml.rels": (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" '
        'Target="worksheets/sheet1.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
        'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
        '<sheets><sheet name="名单" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ),
}


def of_any_kind() -> Iterator[Damaged]:
    """Yield files no reader takes."""
    found = (*archives(unpacked=SMALL_UNPACKED, strings=SMALL_STRINGS), *other_files(), *broken_texts())
    for damage, content in found:
        yield Damaged(damage, "civil_affairs", f"{damage}.xlsx", content, "file")


def package(
    sheet: str | bytes, *, without: str = "", packing: int = zipfile.ZIP_DEFLATED, **more: str | bytes
) -> bytes:
    """Return an xlsx with the sheet's XML as given; `more` parts are named with `__` for a slash, `_` for a dot."""
    parts: dict[str, str | bytes] = {**PACKAGE, "xl/worksheets/sheet1.xml": sheet}
    parts |= {name.replace("__", "/").replace("_xml", ".xml"): said for name, said in more.items()}
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", packing) as archive:
        for name, said in parts.items():
            if name != without:
                archive.writestr(name, said)
    return stream.getvalue()


def sheet(*lines: str, prolog: str = "") -> str:
    body = "".join(lines)
    start = f'<?xml version="1.0" encoding="UTF-8"?>{prolog}<worksheet xmlns="{MAIN}"><sheetData>'
    return f"{start}{body}</sheetData></worksheet>"


def line(number: int, *cells: str) -> str:
    said = "".join(
        f'<c r="{chr(65 + place)}{number}" t="inlineStr"><is><t>{cell}</t></is></c>'
        for place, cell in enumerate(cells)
    )
    return f'<row r="{number}">{said}</row>'


HEAD = line(1, "身份证号", "姓名", "医疗救助身份")
ONE = line(2, identity_number(0), "人0", "低保对象")


def archives(*, unpacked: int, strings: int) -> Iterator[tuple[str, bytes]]:
    """Yield xlsx and ods files made to exhaust or mislead; the bombs are one byte over these limits."""
    laughs = '<!DOCTYPE x [<!ENTITY a "哈哈哈哈"><!ENTITY b "&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'
    outside = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    yield "billion laughs", package(sheet(HEAD, line(2, identity_number(0), "&c;", "低保"), prolog=laughs))
    yield "external entity", package(sheet(HEAD, line(2, identity_number(0), "&a;", "低保"), prolog=outside))
    yield "laughs in strings", package(sheet(HEAD, ONE), xl__sharedStrings_xml=f"{laughs}<sst>&c;</sst>")
    yield "zip bomb", package(sheet(HEAD, ONE), xl__media_xml=b"0" * (unpacked + 1))
    yield "bomb of strings", package(sheet(HEAD, ONE), xl__sharedStrings_xml=b"0" * (strings + 1))
    for quote in (
        'r="XFD1048576"',
        "r='XFD1048576'",
        'r = "XFD1048576"',
        'r="xfd1048576"',
        'r="A99999999999"',
    ):
        yield f"far cell {quote[:4]}", package(sheet(HEAD, ONE, f"<row><c {quote}><v>1</v></c></row>"))
    yield "cells without places", package(sheet("<row><c><v>1</v></c></row>" * 5))
    yield "no sheet part", package(sheet(HEAD), without="xl/worksheets/sheet1.xml")
    yield "no workbook part", package(sheet(HEAD), without="xl/workbook.xml")
    yield "no relations", package(sheet(HEAD, ONE), without="xl/_rels/workbook.xml.rels")
    yield "unclosed tags", package(sheet(HEAD, ONE)[:-60])
    yield "string that is not there", package(sheet(HEAD, '<row r="2"><c r="A2" t="s"><v>99</v></c></row>'))
    yield "strange packing", package(sheet(HEAD, ONE), packing=zipfile.ZIP_LZMA)
    yield "nested zip", zipped({"名单.xlsx": write_xlsx(["身份证号", "姓名", "医疗救助身份"], [])})
    yield "document", zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"})
    yield "binary workbook", zipped({"xl/workbook.bin": b"\0" * 50, "xl/worksheets/sheet1.bin": b"\0" * 50})
    yield "sizes that lie", lying(package(sheet(HEAD, ONE)))
    yield "password", sealed(package(sheet(HEAD, ONE)))
    yield "repeated ods rows", ods('<table:table-row table:number-rows-repeated="1048576">', repeats=1024)
    yield "ods with entities", ods("<table:table-row>", prolog='<!DOCTYPE x [<!ENTITY a "哈">]>')
    yield (
        "heading twice",
        write_xlsx(["身份证号", "姓名", "姓名", "医疗救助身份"], [[identity_number(0), "甲", "乙", "低保"]]),
    )
    yield "half a sheet", half_a_sheet()
    yield (
        "no heading",
        write_xlsx([identity_number(0), "人0", "低保对象"], [[identity_number(1), "人1", "低保对象"]]),
    )
    yield (
        "heading too low",
        package(sheet(*(line(number, "说明") for number in range(1, 12)), line(12, "身份证号", "姓名"))),
    )


def zipped(parts: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, said in parts.items():
            archive.writestr(name, said)
    return stream.getvalue()


def lying(content: bytes) -> bytes:
    """Return the archive with the sheet's size in the directory made small."""
    at = content.rindex(b"xl/worksheets/sheet1.xml") - 46
    return content[: at + 24] + (10).to_bytes(4, "little") + content[at + 28 :]


def sealed(content: bytes) -> bytes:
    """Return the archive with every part marked as encrypted."""
    changed = bytearray(content)
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = changed.find(mark)
        while at >= 0:
            changed[at + flags] |= 1
            at = changed.find(mark, at + 4)
    return bytes(changed)


def ods(row: str, *, repeats: int = 1, prolog: str = "") -> bytes:
    office = "urn:oasis:names:tc:opendocument:xmlns:"
    cells = "".join(
        f'<table:table-cell table:number-columns-repeated="{repeats}" office:value-type="string">'
        f"<text:p>{text}</text:p></table:table-cell>"
        for text in ("身份证号", "姓名", "医疗救助身份")
    )
    content = (
        f'<?xml version="1.0"?>{prolog}<office:document-content xmlns:office="{office}office:1.0" '
        f'xmlns:table="{office}table:1.0" xmlns:text="{office}text:1.0"><office:body><office:spreadsheet>'
        f'<table:table table:name="名单">{row}{cells}</table:table-row></table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    return zipped(
        {"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": content.encode()}
    )


def half_a_sheet() -> bytes:
    """Return a workbook whose second sheet lists people without saying what they are."""
    second = '<sheet name="乡镇二" sheetId="2" r:id="rId2"/></sheets>'
    relation = PACKAGE["xl/_rels/workbook.xml.rels"].partition("<Relationship Id")[2]
    relation = "<Relationship Id" + relation.replace("</Relationships>", "").replace("rId1", "rId2")
    parts = {
        **{name: said.encode() for name, said in PACKAGE.items()},
        "xl/workbook.xml": PACKAGE["xl/workbook.xml"].replace("</sheets>", second).encode(),
        "xl/_rels/workbook.xml.rels": PACKAGE["xl/_rels/workbook.xml.rels"]
        .replace("</Relationships>", relation.replace("sheet1", "sheet2") + "</Relationships>")
        .encode(),
        "xl/worksheets/sheet1.xml": sheet(HEAD, ONE).encode(),
        "xl/worksheets/sheet2.xml": sheet(
            line(1, "身份证号", "姓名"), line(2, identity_number(1), "人1")
        ).encode(),
    }
    return zipped(parts)


def other_files() -> Iterator[tuple[str, bytes]]:
    """Yield what is no list at all, whatever its name says."""
    yield "empty", b""
    yield "blank", b" \r\n\t\r\n"
    yield "zeros", b"\0" * 4096
    yield (
        "web page",
        "<html><body><table><tr><td>身份证号</td><td>姓名</td></tr></table></body></html>".encode(),
    )
    yield "web page with mark", b"\xef\xbb\xbf" + "<table><tr><td>身份证号</td></tr></table>".encode()
    yield (
        "xml workbook",
        b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>',
    )
    yield "pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj"
    yield "picture", b"\x89PNG\r\n\x1a\n" + b"\0" * 100
    yield "photograph", b"\xff\xd8\xff\xe0" + b"\x10" * 100
    yield "rar", b"Rar!\x1a\x07\x01\x00" + b"\x33" * 100
    yield "7z", b"7z\xbc\xaf\x27\x1c" + b"\x01" * 100
    yield "gzip", b"\x1f\x8b\x08" + b"\x01" * 100
    yield "program", b"MZ\x90\x00" + b"\x01" * 100
    yield "old workbook of noise", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + NOISE
    yield "old workbook cut", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
    yield (
        "encrypted workbook",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le") * 40,
    )
    yield "noise", b"\x81" + NOISE


def broken_texts() -> Iterator[tuple[str, bytes]]:
    """Yield text files whose shape is broken."""
    head, row = "身份证号,姓名,医疗救助身份\r\n", f"{identity_number(0)},人0,低保对象\r\n"
    yield "unclosed quote", (head + f'{identity_number(1)},"人1,低保对象\r\n' + row * 3000).encode()
    yield "zero inside", (head + row + "\0" + row).encode()
    yield "huge cell", (head + f"{identity_number(1)},{'人' * 40_000},低保对象\r\n").encode()
    yield "too many columns", (head + "," * 16_385 + "\r\n").encode()
    yield "one column", "身份证号 姓名 医疗救助身份\r\n".encode()
    yield "other language", b"id,name,status\r\n1,2,3\r\n"
    yield "heading twice in text", ("身份证号,身份证号,姓名,医疗救助身份\r\n" + row).encode()


def heavy() -> Iterator[tuple[str, bytes, bool]]:
    """Yield files that must not cost memory: name, bytes, whether they can be read."""
    head = "身份证号,姓名,医疗救助身份\r\n" + f"{identity_number(0)},人0,低保对象\r\n"
    yield "a million blank lines of text", (head + ",,\r\n" * MILLION).encode(), True
    rows = "".join(f'<row r="{number}"><c r="A{number}" s="0"/></row>' for number in range(3, MILLION))
    yield "a million blank rows", package(sheet(HEAD, ONE, rows)), True
    texts = "".join(
        f'<row r="{number}"><c r="A{number}" t="inlineStr"><is><t> </t></is></c></row>'
        for number in range(3, MILLION)
    )
    yield "a million rows of spaces", package(sheet(HEAD, ONE, texts)), True
    wide = "".join(f'<c r="{_letters(place)}3"><v>1</v></c>' for place in range(3, 16_384))
    yield "16,384 columns", package(sheet(HEAD, ONE, f'<row r="3">{wide}</row>')), True
    lie = '<worksheet xmlns="' + MAIN + '"><dimension ref="A1:XFD1048576"/><sheetData>'
    yield "a dimension that lies", package(lie + HEAD + ONE + "</sheetData></worksheet>"), True
    for name, content in archives(unpacked=256 * 1024**2, strings=200 * 1024**2):
        if name.startswith(("zip bomb", "bomb", "far", "repeated", "billion")):
            yield name, content, False


def _letters(place: int) -> str:
    letters, rest = "", place + 1
    while rest:
        rest, letter = divmod(rest - 1, 26)
        letters = chr(65 + letter) + letters
    return letters
