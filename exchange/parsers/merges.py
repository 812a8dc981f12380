"""Cells merged over several lines: the file keeps the text on the first one, and a person sees it beside them all."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from exchange.parsers.cells import as_text
from exchange.parsers.headers import column_letters

Merge = tuple[int, int, int]
"""First line, last line (both from 1) and place (from 0) of a merged cell; of several columns it is in the first."""


@dataclass(frozen=True, slots=True)
class Covering:
    """A merged cell as a line below its first sees it."""

    text: str
    first: int
    last: int
    place: int

    @property
    def reason(self) -> str:
        """Why it cannot be read for each of its lines."""
        letters = column_letters(self.place)
        return f"单元格 {letters}{self.first}:{letters}{self.last} 合并为一格，请取消合并、逐行填写后重新上传"


class MergedCells:
    """The merged cells of a sheet, asked line by line in order; only those that reach the line are remembered."""

    def __init__(self, merges: Iterable[Merge], *, below: int) -> None:
        """Take in those that begin below a line, the header's, and cover more than one."""
        self._coming = deque(sorted(each for each in merges if below < each[0] < each[1]))
        self._open: dict[int, Covering] = {}

    def over(self, number: int, line: Sequence[object]) -> dict[int, Covering]:
        """Return place → the cell that covers it from a line above; none where that is blank."""
        if not self._open and (not self._coming or number < self._coming[0][0]):
            return {}
        over = {place: cell for place, cell in self._open.items() if number <= cell.last}
        self._open = dict(over)
        while self._coming and self._coming[0][0] <= number:
            first, last, place = self._coming.popleft()
            text = as_text(line[place]) if first == number and place < len(line) else ""
            if text:
                self._open[place] = Covering(text, first, last, place)
        return over


def merges_of(ranges: Iterable[tuple[tuple[int, int], tuple[int, int]]] | None) -> list[Merge]:
    """Return the merged cells of more than one line, given as (line, place) of their corners, both from 0."""
    return [(top + 1, bottom + 1, place) for (top, place), (bottom, _) in ranges or () if top < bottom]
