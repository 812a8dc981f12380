"""Lines of a text file: csv in the encodings and with the separators people use, a line at a time."""

import codecs
import csv
import io
from collections.abc import Iterator, Sequence

from exchange.parsers.refusals import SAVE_AS, ListUnreadable

LONGEST_CELL = 32_767  # signs, as in spreadsheets
MOST_CELLS = 16_384  # in a line, as in spreadsheets
BYTE_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
LOOKED_AT = 20_000
CHUNK = 1024**2
OTHER_FILES = (
    (b"%PDF", " PDF 文件"),
    (b"{\\rtf", "文字处理文档"),
    (b"Rar!", "压缩包"),
    (b"7z\xbc\xaf", "压缩包"),
    (b"\x1f\x8b", "压缩包"),
    (b"\xff\xd8\xff", "图片"),
    (b"\x89PNG", "图片"),
    (b"GIF8", "图片"),
    (b"MZ", "程序文件"),
)
WEB_PAGES = ("<!doctype", "<html", "<?xml", "<table", "<head", "<meta", "<style", "<div", "mime-version:")


def text_lines(content: bytes) -> Iterator[Sequence[str]]:
    """Yield the lines; memory does not grow with the file.

    :raises ListUnreadable: if it is no text, no table, or its quotes do not match
    """
    encoding = _encoding(content)
    first = io.TextIOWrapper(io.BytesIO(content), encoding=encoding, newline="").read(LOOKED_AT)
    if first.lstrip().lower().startswith(WEB_PAGES):
        raise ListUnreadable(f"文件虽然可能以 xls 结尾，其实是网页，不是表格，{SAVE_AS}")
    reader = csv.reader(
        io.TextIOWrapper(io.BytesIO(content), encoding=encoding, newline=""), delimiter=_delimiter(first)
    )
    widest = 0
    while True:
        begins = reader.line_num + 1
        try:
            line = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise ListUnreadable(
                f"第{reader.line_num}行附近的引号不配对，或某一格过长，请用 Excel 或 WPS 另存为 xlsx 后重新上传"
            ) from None
        if len(line) > MOST_CELLS:
            raise ListUnreadable(f"第{reader.line_num}行超过 {MOST_CELLS:,} 栏，不是名单，请检查")
        if any(len(cell) > LONGEST_CELL for cell in line):
            raise ListUnreadable(f"第{reader.line_num}行附近某一格过长，多半是引号不配对，请检查")
        if reader.line_num > begins and _swallows(line, reader.dialect.delimiter, widest=widest):
            raise ListUnreadable(
                f"第{begins}行到第{reader.line_num}行连成了一行，多半是引号不配对，请改正后重新上传"
            )
        widest = max(widest, len(line))
        yield line


def _swallows(line: Sequence[str], delimiter: str, *, widest: int) -> bool:
    """Return whether a cell over several lines holds what are lines of the table, by an opening quote too many.

    Closed in its own column or a later one it holds the separators of as many lines as it spans; closed in an earlier
    one it leaves a line with more cells than any before.
    """
    for cell in line:
        more_lines = sum(bool(each.strip()) for each in cell.splitlines()) - 1
        if more_lines > 0 and cell.count(delimiter) >= max(1, more_lines * (len(line) - 1)):
            return True
    return 1 < widest < len(line)


def _encoding(content: bytes) -> str:
    """Return the encoding: by the byte order mark, else UTF-8 where that fits, else GB18030 (GBK is part of it)."""
    for mark, kind in OTHER_FILES:
        if content.startswith(mark):
            raise ListUnreadable(f"文件是{kind}，不是表格；请上传 xlsx、xls、ods 或 csv 格式的表格")
    marked = [encoding for mark, encoding in BYTE_MARKS if content.startswith(mark)]
    for encoding in marked or ["utf-8", "gb18030"]:
        if _fits(content, encoding):
            return encoding
    raise ListUnreadable(f"文件不是表格，也不是 UTF-8 或 GBK 编码的文本，{SAVE_AS}")


def _fits(content: bytes, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for start in range(0, len(content), CHUNK):
            if "\0" in decoder.decode(content[start : start + CHUNK]):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _delimiter(first: str) -> str:
    """Return the separator that most of the first lines have, of equals the one a line has most of.

    A list of identities may use the others in a cell, more often than the lines have columns.
    """
    lines = first.splitlines()[:10]
    counts = {mark: [line.count(mark) for line in lines] for mark in ",\t;"}
    return max(counts, key=lambda mark: (sum(map(bool, counts[mark])), max(counts[mark], default=0)))
