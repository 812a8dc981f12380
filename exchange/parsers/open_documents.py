"""What the tables of an ods file say of themselves: how far they reach, and which of their cells are merged."""

from xml.parsers import expat

from exchange.parsers.merges import Merge
from exchange.parsers.refusals import BROKEN, SAVE_AS, ListUnreadable

LARGEST_SHEET = 15_000_000  # cells of the rectangle around all cells of a sheet, empty ones included
MOST_MERGED = 1_000_000  # merged cells of a sheet, each some hundred bytes once read


def refuse_too_many_merged(count: int) -> None:
    """Refuse a sheet of nothing but merged cells.

    :raises ListUnreadable: if there are more than anybody could have meant
    """
    if count > MOST_MERGED:
        raise ListUnreadable(f"合并的单元格超过 {MOST_MERGED:,} 个，请取消合并后重新上传")


class OpenDocument:
    """The tables of `content.xml`, looked through piece by piece, their repeated rows and cells written out.

    :ivar merged: name of a table → its cells merged over several lines
    """

    def __init__(self) -> None:
        self.merged: dict[str, list[Merge]] = {}
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._starts
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._of_table: list[Merge] = []
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
                self._of_table = self.merged.setdefault(attributes.get("table:name", ""), [])
                self._rows = self._widest = self._said_up_to = 0
            case "table-row":
                self._row = self._rows
                self._rows += int(attributes.get("table:number-rows-repeated", 1))
                self._width = 0
            case "table-cell" | "covered-table-cell":
                self._cell(attributes)
            case "p":
                self._said()

    def _cell(self, attributes: dict[str, str]) -> None:
        spanned = int(attributes.get("table:number-rows-spanned", 1))
        if spanned > 1:
            self._of_table.append((self._row + 1, self._row + spanned, self._width))
            refuse_too_many_merged(len(self._of_table))
        self._width += int(attributes.get("table:number-columns-repeated", 1))
        if "office:value-type" in attributes:
            self._said()

    def _said(self) -> None:
        self._widest = max(self._widest, self._width)
        self._said_up_to = self._rows
        if self._said_up_to * self._widest > LARGEST_SHEET:
            raise ListUnreadable("表格范围过大：有内容的行或列重复过多，请删除后重新上传")
