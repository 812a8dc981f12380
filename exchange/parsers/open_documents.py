"""What the tables of an ods file say of themselves.

How far they reach, which of their cells are merged, and which a formula left without a result.
"""

import re
from itertools import islice
from xml.parsers import expat

from exchange.parsers.faults import FORMULA_ERROR, MOST_FAULTS, UNCALCULATED
from exchange.parsers.merges import Merge
from exchange.parsers.refusals import BROKEN, SAVE_AS, ListUnreadable

LARGEST_SHEET = 15_000_000  # cells of the rectangle around all cells of a sheet, empty ones included
MOST_MERGED = 1_000_000  # merged cells of a sheet, each some hundred bytes once read
ERROR_SHOWN = re.compile(r"#(N/A|[\w/]+[!?！？])|(Err|错误|錯誤)[:：]\s*\d+")  # also #名称? and 错误:502
LONGEST_SHOWN = 40  # of a result that may be an error


def refuse_too_many_merged(count: int) -> None:
    """Refuse a sheet of nothing but merged cells.

    :raises ListUnreadable: if there are more than anybody could have meant
    """
    if count > MOST_MERGED:
        raise ListUnreadable(f"合并的单元格超过 {MOST_MERGED:,} 个，请取消合并后重新上传")


class OpenDocument:
    """The tables of `content.xml`, looked through piece by piece, their repeated rows and cells written out.

    :ivar merged: name of a table → its cells merged over several lines
    :ivar faults: name of a table → its cells that a formula left without a result
    """

    def __init__(self) -> None:
        self.merged: dict[str, list[Merge]] = {}
        self.faults: dict[str, dict[tuple[int, int], str]] = {}
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._starts
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._of_table: list[Merge] = []
        self._faults: dict[tuple[int, int], str] = {}
        self._shown = ""
        self._row = self._rows = self._width = self._widest = self._said_up_to = 0

    def take(self, piece: bytes) -> None:
        """Look through the next piece.

        :raises ListUnreadable: if a table grows too large, too many of its cells are merged, or the file is broken
        """
        try:
            self._parser.Parse(piece, False)  # noqa: FBT003 - expat takes it by place only
        except expat.ExpatError:
            raise ListUnreadable(BROKEN) from None

    def _refuse(self, *_said: object) -> None:
        raise ListUnreadable(f"文件含有表格不应有的内容（文档类型声明），为安全起见不予读取，{SAVE_AS}")

    def _starts(self, name: str, attributes: dict[str, str]) -> None:
        match name.rpartition(":")[2]:
            case "table":
                title = attributes.get("table:name", "")
                self._of_table = self.merged.setdefault(title, [])
                self._faults = self.faults.setdefault(title, {})
                self._rows = self._widest = self._said_up_to = 0
            case "table-row":
                self._row = self._rows
                self._rows += int(attributes.get("table:number-rows-repeated", 1))
                self._width = 0
            case "annotation":
                self._parser.CharacterDataHandler = None  # a note is no part of what the cell shows
            case "table-cell" | "covered-table-cell":
                self._cell(attributes)
            case "p":
                self._said()

    def _cell(self, attributes: dict[str, str]) -> None:
        spanned = int(attributes.get("table:number-rows-spanned", 1))
        if spanned > 1:
            self._of_table.append((self._row + 1, self._row + spanned, self._width))
            refuse_too_many_merged(len(self._of_table))
        first = self._width
        self._width += int(attributes.get("table:number-columns-repeated", 1))
        if "office:value-type" in attributes:
            self._said()
        if attributes.get("calcext:value-type") == "error":
            self._note(first, FORMULA_ERROR)
        elif "table:formula" in attributes:
            self._look_at_result(first, is_stored="office:value-type" in attributes)

    def _look_at_result(self, first: int, *, is_stored: bool) -> None:
        """Have the text of a cell with a formula looked at, once it is over: some writers call an error a text."""
        if not is_stored:
            self._note(first, UNCALCULATED)
            return
        self._shown = ""
        self._parser.CharacterDataHandler = self._shows

        def ends(name: str) -> None:
            if name.endswith("annotation"):
                self._parser.CharacterDataHandler = self._shows
            if name.endswith("table-cell"):
                self._parser.CharacterDataHandler = self._parser.EndElementHandler = None
                if ERROR_SHOWN.fullmatch(self._shown.strip()):
                    self._note(first, FORMULA_ERROR)

        self._parser.EndElementHandler = ends

    def _shows(self, text: str) -> None:
        self._shown = (self._shown + text)[:LONGEST_SHOWN]

    def _note(self, first: int, reason: str) -> None:
        """Note the cell at hand, in all its repeated lines and columns."""
        lines, places = range(self._row + 1, self._rows + 1), range(first, self._width)
        cells = ((line, place) for line in lines for place in places)
        self._faults |= dict.fromkeys(islice(cells, MOST_FAULTS - len(self._faults)), reason)

    def _said(self) -> None:
        self._widest = max(self._widest, self._width)
        self._said_up_to = self._rows
        if self._said_up_to * self._widest > LARGEST_SHEET:
            raise ListUnreadable("表格范围过大：有内容的行或列重复过多，请删除后重新上传")
