"""Where a sheet's header is: one line, or several where headings are merged over two or three."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from exchange.parsers.cells import as_text, normalized_spaces
from exchange.parsers.refusals import ListUnreadable

HEADER_WITHIN = 10
DEEPEST = 3  # lines of one header
BRACKETS = str.maketrans("（）【】［］〔〕", "()[][][]")
HINT = re.compile(  # how to fill a column in: (必填), (18位), (低保、特困等); never whose it is, or in 万元
    r"\((?![^()]*(户主|夫|妻|配偶|监护|代办|联系|父|母|万|千|角|分))"
    r"(\d+位[^()]*|[^()]*[、/,，][^()]*|[^()]*等|[如例按请见选必][^()]*|须?[填写][^()]*|应填[^()]*|格式[^()]*|文本[^()]*"
    r"|元|%|单位:元|y{2,4}[-.md]*|年-?月(-?日)?|精确到.|单选|多选|本人)\)$"
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column wanted of a list.

    :param aliases: the headers it is known by, the most telling first; the first one names it in messages and forms
    :param is_key: holds what identifies a row; a line at the end without it may be a remark
    :param is_shared: a cell merged over several lines says so of each of them, as of the members of a household
    :param is_code: a number of something, as of a payment or a document: kept as a number, it loses its last digits
    :param note: what to write in it, on the form (表样)
    :param choices: what a form offers to choose from
    """

    field: str
    aliases: tuple[str, ...]
    required: bool = True
    is_key: bool = False
    note: str = ""
    choices: tuple[str, ...] = ()
    is_shared: bool = False
    is_code: bool = False

    @property
    def says_days(self) -> bool:
        """Return whether it is headed as a column of days."""
        return any(word in alias for alias in self.aliases for word in ("日期", "时间", "有效期"))


@dataclass(frozen=True, slots=True)
class Header:
    """The header of a sheet: `number` of its last line, and for each column found its place and what it is called."""

    number: int
    places: Mapping[str, int]
    titles: Mapping[str, str]
    twice: Mapping[str, tuple[int, int]]

    def missing(self, columns: Sequence[Column]) -> list[Column]:
        """Return the required columns it lacks."""
        return [column for column in columns if column.required and column.field not in self.places]

    def refuse_doubtful(self, sheet: str) -> None:
        """Refuse a header that names a wanted column twice.

        :raises ListUnreadable: naming both places
        """
        for name, (first, second) in self.twice.items():
            raise ListUnreadable(
                f"{sheet_shown(sheet)}表头中“{self.titles[name]}”出现两次（{column_letters(first)}列、"
                f"{column_letters(second)}列），不知以哪一栏为准，请将不需要的一栏改名或删除后重新上传"
            )


@dataclass(frozen=True, slots=True)
class _Found:
    """A cell that names a column; of two for one column the lower rank wins."""

    field: str
    rank: int
    place: int
    title: str


def find_header(lines: Sequence[Sequence[object]], columns: Sequence[Column]) -> Header:
    """Return the line that names most of the columns, the first of equals, with its neighbours that name others."""
    ranks = {
        plain_title(alias): (column.field, rank)
        for column in columns
        for rank, alias in reversed(list(enumerate(column.aliases)))
    }
    named = [_named(line, ranks) for line in lines]
    counts = [len({found.field for found in line}) for line in named]
    if not any(counts):
        return Header(0, {}, {}, {})
    best = counts.index(max(counts))
    first = last = best
    found = list(named[best])
    while last + 1 < len(named) and last + 1 - first < DEEPEST and (more := _added(named[last + 1], found)):
        last += 1
        found += more
    while first and last - first + 1 < DEEPEST and (more := _added(named[first - 1], found)):
        first -= 1
        found += more
    return _header(last + 1, found)


def plain_title(title: str) -> str:
    """Return a header as headers are compared: without spaces, marks of obligation and hints in brackets."""
    text = normalized_spaces(title).translate(BRACKETS).replace(" ", "").strip("*:").lower()
    while (shorter := HINT.sub("", text).strip("*:")) != text:
        text = shorter
    return text


def sheet_shown(sheet: str) -> str:
    """Return a sheet as messages name it; nothing for a file without sheets."""
    return f"工作表“{sheet}”" if sheet else ""


def column_letters(place: int) -> str:
    """Return a place from 0 as spreadsheets call it: A, B … Z, AA."""
    letters, rest = "", place + 1
    while rest:
        rest, letter = divmod(rest - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return letters


def _named(line: Sequence[object], ranks: Mapping[str, tuple[str, int]]) -> list[_Found]:
    found = []
    for place, cell in enumerate(line):
        title = as_text(cell)
        field, rank = ranks.get(plain_title(title), ("", 0)) if title else ("", 0)
        if field:
            found.append(_Found(field, rank, place, " ".join(title.split())))
    return found


def _added(line: Sequence[_Found], known: Sequence[_Found]) -> list[_Found]:
    """Return the columns a neighbouring line names that are not named yet, in places not taken yet."""
    fields, places = {found.field for found in known}, {found.place for found in known}
    return [found for found in line if found.field not in fields and found.place not in places]


def _header(number: int, found: Sequence[_Found]) -> Header:
    chosen: dict[str, _Found] = {}
    twice: dict[str, tuple[int, int]] = {}
    for each in sorted(found, key=lambda one: (one.rank, one.place)):
        first = chosen.setdefault(each.field, each)
        if first.rank == each.rank and first.place != each.place:
            twice.setdefault(each.field, (first.place, each.place))
    return Header(
        number,
        {name: each.place for name, each in chosen.items()},
        {name: each.title for name, each in chosen.items()},
        twice,
    )
