"""A line of a list as it is kept in its batch, so that it can be looked at again without the file."""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, TypeVar

from django.db.models import QuerySet

from exchange.models import InboundBatch, InboundRow, RowOutcome
from exchange.rules.places import row_place
from exchange.services.batches import RowResult
from hardship.parsers.listed import ListedPerson, RowError
from hardship.rules.attribute_words import values_changed
from hardship.rules.list_comparison import Change, Held
from hardship.rules.person_names import are_one_name, clearest
from hardship.rules.stated_identities import ListedIdentity, identity_kept
from hardship.selectors.resting import RESTED_ON
from registry.models.sealing import blind_index
from registry.rules.identity_numbers import masked

AT_ONCE = 5_000  # lines or rows in the memory together
T = TypeVar("T")
MOST_PLACES = 5
LEFT_OUT = 0  # the row number of somebody whom a full list does not name
IN_FORCE = (
    "in_force"  # of a row being compared anew: what it has changed already; otherwise that is its `changes`
)


@dataclass(frozen=True, slots=True)
class Line:
    """A person of a list, all rows about them put together at the first one.

    :param not_held: names of identities of which the list says that the person does not hold them
    :param elsewhere: name of an identity → row and document, where another row of the person gives it
    :param settled: contradiction → what somebody decided about it: adopt or keep
    :param in_force: the changes it has made already, where the list is in force and the rest of it waited
    """

    number: int
    key: bytes
    name: str
    id_number: str
    identities: tuple[ListedIdentity, ...]
    document: str = ""
    hearsay: tuple[str, ...] = ()
    sheet: str = ""
    not_held: tuple[str, ...] = ()
    elsewhere: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    settled: Mapping[str, str] = field(default_factory=dict)
    in_force: Sequence[Mapping[str, Any]] = ()

    def payload(self, **more: object) -> dict[str, Any]:
        """Return what the row keeps: nothing by which the full number could be read."""
        return {
            "name": self.name,
            "id_number": self.id_number,
            "document": self.document,
            "identities": [each.as_kept() for each in self.identities],
            **({"hearsay": list(self.hearsay)} if self.hearsay else {}),
            **({"not_held": list(self.not_held)} if self.not_held else {}),
            **(
                {"elsewhere": {name: list(place) for name, place in self.elsewhere.items()}}
                if self.elsewhere
                else {}
            ),
            **({"settled": dict(self.settled)} if self.settled else {}),
            **({IN_FORCE: list(self.in_force)} if self.in_force else {}),
            **more,
        }


def line_of(row: InboundRow) -> Line:
    """Return the line a row was kept of."""
    payload = row.payload
    assert row.key is not None
    return Line(
        number=row.number,
        key=bytes(row.key),
        name=payload["name"],
        id_number=payload["id_number"],
        document=payload["document"],
        hearsay=tuple(payload.get("hearsay", ())),
        sheet=row.sheet,
        not_held=tuple(payload.get("not_held", ())),
        elsewhere={
            name: (number, document) for name, (number, document) in payload.get("elsewhere", {}).items()
        },
        settled=payload.get("settled", {}),
        identities=tuple(map(identity_kept, payload["identities"])),
    )


def rows_compared(batch: InboundBatch) -> QuerySet[InboundRow]:
    """Return the rows of a batch that are held against the records: what could be read, of everybody once."""
    rows = InboundRow.objects.filter(batch=batch, payload__has_key="identities")
    return rows.exclude(code__in=["same_person", "names_differ_in_list"])


def line_in_force(row: InboundRow) -> Line:
    """Return the line a row of a list in force was kept of, with what it has changed already."""
    return replace(line_of(row), in_force=row.payload.get("changes", ()))


def put_back(row: InboundRow) -> bool:
    """Count what a row changed before it was compared anew with what it changes now; return whether there was any.

    A row that changed anything and waits for nothing is one that changed something.
    """
    before = row.payload.pop(IN_FORCE, None)
    if before is None:
        return False
    row.payload["changes"] = [*before, *row.payload.get("changes", ())]
    if row.outcome in (RowOutcome.UNCHANGED, RowOutcome.KEPT):
        row.outcome = RowOutcome.CHANGED
    return True


def set_aside(
    result: RowResult,
    line: Line,
    *,
    code: str,
    message: str,
    column: str,
    rested_on: Iterable[int] = (),
) -> RowResult:
    """Return a result turned into a contradiction that somebody has to decide about.

    :param rested_on: the lists in force that raise it
    """
    lists = {*result.payload.get(RESTED_ON, ()), *rested_on}
    aside = replace(result, payload=line.payload(**resting_on(lists)), outcome=RowOutcome.CONFLICT)
    return replace(aside, code=code, message=message, field=column)


def resting_on(lists: Collection[int]) -> dict[str, Any]:
    """Return what a row keeps of the lists in force without which it might have come out otherwise."""
    return {RESTED_ON: sorted(lists)} if lists else {}


def names_of(item: Line | RowResult) -> set[str]:
    """Return the names of identities that a line, or a row kept without comparison, uses."""
    if isinstance(item, Line):
        return {each.name for each in item.identities}
    return {each["name"] for each in item.payload.get("identities", ())}


def put_together(people: Iterable[ListedPerson]) -> Iterator[Line | RowResult]:
    """Yield one line a person, and results for rows that only repeat one or contradict one another."""
    by_number: defaultdict[str, list[ListedPerson]] = defaultdict(list)
    for person in people:
        by_number[person.id_number].append(person)
    for id_number, rows in by_number.items():
        key, shown = blind_index(id_number), masked(id_number)
        lines = [
            Line(
                number=row.number,
                key=key,
                name=row.name,
                id_number=shown,
                identities=row.identities,
                document=row.document,
                hearsay=row.hearsay,
                sheet=row.sheet,
                not_held=row.not_held,
            )
            for row in rows
        ]
        if not are_one_name(row.name for row in rows):
            yield from _contradicting(lines)
            continue
        first = lines[0]
        yield _as_one(lines) if len(lines) > 1 else first
        for line in lines[1:]:
            yield RowResult(
                number=line.number,
                key=key,
                payload=line.payload(),
                outcome=RowOutcome.DUPLICATE,
                code="same_person",
                message=f"与{row_place(first.number, first.sheet)}为同一人，合并办理",
                sheet=line.sheet,
            )


def _as_one(lines: Sequence[Line]) -> Line:
    """Return the lines about one person as one; what only a later one gives keeps its row and document."""
    first = lines[0]
    identities = list(first.identities)
    elsewhere: dict[str, tuple[int, str]] = {}
    for line in lines[1:]:
        for each in line.identities:
            if each.name not in {known.name for known in identities}:
                elsewhere[each.name] = (line.number, line.document)
            if each not in identities:
                identities.append(each)
    return replace(
        first,
        name=clearest(line.name for line in lines),
        identities=tuple(identities),
        hearsay=tuple(dict.fromkeys(name for line in lines for name in line.hearsay)),
        not_held=tuple(dict.fromkeys(name for line in lines for name in line.not_held)),
        elsewhere=elsewhere,
    )


def unreadable(error: RowError) -> RowResult:
    """Return the result of a row that could not be read."""
    return RowResult(
        number=error.number,
        outcome=RowOutcome.REFUSED,
        code=error.code,
        message=error.reason,
        field=error.column,
        sheet=error.sheet,
        key=blind_index(error.id_number) if error.id_number else None,
        payload={"name": error.name, "id_number": masked(error.id_number)},
    )


def change_as_json(change: Change, held: Sequence[Held]) -> dict[str, Any]:
    """Return a change as it is kept until it is applied, with the record as it was seen."""
    seen = next((each for each in held if each.key == change.recognition), None)
    return {
        "do": change.do.value,
        "category": change.category,
        "on": change.on.isoformat(),
        "until": _text(change.until),
        "attributes": dict(change.attributes),
        "recognition": change.recognition,
        "again": change.again,
        "sooner": change.sooner,
        "seen": None if seen is None else seen_as_json(seen.valid_from, seen.valid_to, seen.attributes),
    }


def seen_as_json(
    valid_from: datetime.date, valid_to: datetime.date | None, attributes: Mapping[str, Any]
) -> list[Any]:
    """Return the state of a record by which a later one is told apart."""
    return [valid_from.isoformat(), _text(valid_to), dict(attributes)]


def amended_values(change: Mapping[str, Any]) -> dict[str, tuple[object, object]]:
    """Return what a kept change makes otherwise of a record: attribute, or valid_to → old and new value."""
    if change["seen"] is None:
        return {}
    _, until, attributes = change["seen"]
    before, after = {**attributes, "valid_to": until}, {**change["attributes"], "valid_to": change["until"]}
    return values_changed(before, after)


def chunks(items: Iterable[T]) -> Iterator[list[T]]:
    """Yield the items in lists of `AT_ONCE`, the last one shorter."""
    stream = iter(items)
    while part := list(islice(stream, AT_ONCE)):
        yield part


def _contradicting(lines: Sequence[Line]) -> Iterator[RowResult]:
    places = "、".join(row_place(line.number, line.sheet) for line in lines[:MOST_PLACES])
    others = "等" if len(lines) > MOST_PLACES else ""
    for line in lines:
        yield RowResult(
            number=line.number,
            key=line.key,
            payload=line.payload(),
            outcome=RowOutcome.CONFLICT,
            code="names_differ_in_list",
            message=f"{places}{others}证件号码相同而姓名不同，请核对",
            field="姓名",
            sheet=line.sheet,
        )


def _text(day: datetime.date | None) -> str | None:
    return None if day is None else day.isoformat()
