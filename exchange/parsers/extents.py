"""How far a sheet of an xlsx file reaches, and which of its cells a formula left undone; told from its text."""

import re
from dataclasses import dataclass, field

from exchange.parsers.faults import FORMULA_ERROR, MOST_FAULTS, UNCALCULATED
from exchange.parsers.headers import column_letters
from exchange.parsers.open_documents import LARGEST_SHEET, refuse_too_many_merged
from exchange.parsers.refusals import SAVE_AS, ListUnreadable

LARGE_SHEET = 2_000_000  # from here on a sheet is read some rows at a time
CELL = re.compile(rb"<(?:[\w.-]+:)?c[\s/>]")
CELL_AT = re.compile(rb"\sr\s*=\s*[\"']([A-Za-z]+)(\d+)[\"']")
USUAL_CELL = re.compile(rb'<c r="([A-Z]{1,3})(\d{1,7})"')
OTHER_CELL = re.compile(rb'<c(?! r="[A-Z]{1,3}\d{1,7}")[\s/>]|<[\w.-]+:c[\s/>]')
PREFIXED_CELL = re.compile(rb":c[\s/>]")
FAILED = re.compile(rb'<(?:\w+:)?c (?=[^>]*\bt="e")[^>]*?\br="([A-Z]+)(\d+)"')
WITHOUT_RESULT = re.compile(
    rb'<(?:\w+:)?c (?![^>]*\bt="(?:str|e)")[^>]*?\br="([A-Z]+)(\d+)"[^>]*>\s*'
    rb"<(?:\w+:)?f\b[^>]*?(?:/>|>[^<]*</(?:\w+:)?f>)\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</"
)


@dataclass(slots=True)
class Extent:
    """How far a sheet reaches, and what its formulas left undone.

    :ivar part: what the archive calls it
    :ivar merged: how many of its cells are merged ones
    :ivar is_plain: nothing but tags and texts: where `<row ` stands, a row begins
    :ivar is_usual: its cells are written as spreadsheets write them, their place first
    """

    part: str = ""
    rows: int = 0
    columns: int = 0
    merged: int = 0
    is_sheet: bool = False
    is_plain: bool = True
    is_usual: bool = True
    faults: dict[tuple[int, int], str] = field(default_factory=dict)

    @property
    def can_be_parted(self) -> bool:
        """Whether the sheet is large, and so written that its rows can be told apart."""
        return self.rows * self.columns > LARGE_SHEET and self.is_plain

    @property
    def can_be_cut(self) -> bool:
        """Whether also its cells can be told apart, and those nobody asks for be left out."""
        return self.can_be_parted and self.is_usual

    def take(self, text: bytes) -> None:
        """Look through a piece that ends between two tags.

        :raises ListUnreadable: if the rectangle around all cells grows too large, or cells do not say where they are,
            or too many are merged
        """
        self.merged += text.count(b"mergeCell ")
        refuse_too_many_merged(self.merged)
        self.is_sheet = self.is_sheet or b"sheetData" in text
        self.is_plain = self.is_plain and not has_mark(text, b"<!")
        if b"<c" not in text and b":c" not in text:
            return
        self._reach(text)
        if self.rows * self.columns > LARGEST_SHEET:
            raise ListUnreadable("表格范围过大：远处有零散的单元格，请删除空白的行和列后重新上传")
        if b't="e"' in text:
            self._note(FAILED, text, FORMULA_ERROR)
        if has_mark(text, b"<f") or has_mark(text, b":f"):
            self._note(WITHOUT_RESULT, text, UNCALCULATED)

    def _reach(self, text: bytes) -> None:
        """Take in the cells of a piece."""
        if self._goes_on(text):
            return
        if OTHER_CELL.search(text):
            self.is_usual = False
            found = CELL_AT.findall(text)
            if self.is_sheet and len(CELL.findall(text)) > len(found):
                raise ListUnreadable(f"表格中有单元格没有标明位置，{SAVE_AS}")
        else:
            found = USUAL_CELL.findall(text)
        columns, rows = {letters for letters, _ in found}, {digits[:9] for _, digits in found}
        self.columns = max(self.columns, *(_place(letters) + 1 for letters in columns), 0)
        self.rows = max(self.rows, *map(int, rows), 0)

    def _goes_on(self, text: bytes) -> bool:
        """Take in a piece as nearly all are, and ten times faster; return whether it is such a one.

        Its cells are written as spreadsheets write them, none in a column further than those before it or in a line
        further than its last cell.
        """
        last = USUAL_CELL.match(text, max(text.rfind(b"<c "), 0))
        if last is None or not self.columns or PREFIXED_CELL.search(text):
            return False
        columns, rows = (
            _up_to(column_letters(self.columns - 1), "A", "Z"),
            _up_to(str(int(last[2])), "0", "9"),
        )
        if re.search(rf'<c(?! r="{columns}{rows}")[\s/>]'.encode(), text):
            return False
        self.rows = max(self.rows, int(last[2]))
        return True

    def _note(self, pattern: re.Pattern[bytes], text: bytes, reason: str) -> None:
        for letters, digits in pattern.findall(text):
            if len(self.faults) < MOST_FAULTS:
                self.faults[int(digits), _place(letters)] = reason


def has_mark(text: bytes, mark: bytes) -> bool:
    """Return whether a mark occurs; its last sign is looked for first, as that alone is found ten times faster."""
    return mark[-1:] in text and mark in text


def _up_to(last: str, zero: str, nine: str) -> str:
    """Return a pattern of all numbers up to one: of lines in digits from 0 to 9, of columns in letters from A to Z."""
    ways = [last]
    for at in range(len(last) - 1, -1, -1):
        if last[at] > zero:
            below = f"[{zero}-{chr(ord(last[at]) - 1)}]"
            ways.append(f"{last[:at]}{below}[{zero}-{nine}]{{{len(last) - at - 1}}}")
    if len(last) > 1:
        ways.append(f"[{zero}-{nine}]{{1,{len(last) - 1}}}")
    return f"(?:{'|'.join(ways)})"


def _place(letters: bytes) -> int:
    number = 0
    for letter in letters.upper()[:7]:
        number = number * 26 + letter - 64
    return number - 1
