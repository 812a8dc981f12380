"""Hold the dead of a list against the register, and say of each what would become of it."""

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from exchange.models import InboundBatch, InboundRow, RowOutcome
from exchange.rules.places import row_place
from exchange.services.batches import RowResult
from hardship.parsers.deaths import ListedDeath
from hardship.rules.person_names import are_one_name, clearest, is_same_name
from hardship.selectors.listed import OnRecord, people_by_key
from registry.models import Resident
from registry.models.sealing import blind_index
from registry.rules.identity_numbers import masked

PLACES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class DeathLine:
    """A death as the list says it; `place` is where in the file."""

    number: int
    sheet: str
    key: bytes
    name: str
    died_on: datetime.date
    payload: Mapping[str, Any]

    @property
    def place(self) -> str:
        """Where in the file it stands."""
        return row_place(self.number, self.sheet)


def line_of_dead(dead: ListedDeath) -> DeathLine:
    """Return a row of the file as it is kept and compared."""
    payload = {
        "name": dead.name,
        "id_number": masked(dead.id_number),
        "died_on": dead.died_on.isoformat(),
        "town": dead.town,
        "note": dead.note,
    }
    return DeathLine(dead.number, dead.sheet, blind_index(dead.id_number), dead.name, dead.died_on, payload)


def line_of(row: InboundRow) -> DeathLine:
    """Return the line a row was kept of."""
    assert row.key is not None
    payload = {name: value for name, value in row.payload.items() if name != "resident"}
    day = datetime.date.fromisoformat(payload["died_on"])
    return DeathLine(row.number, row.sheet, bytes(row.key), payload["name"], day, payload)


def put_together(lines: Iterable[DeathLine]) -> tuple[list[DeathLine], list[RowResult]]:
    """Return one line a person, and results for lines that repeat or contradict one another."""
    by_key: dict[bytes, list[DeathLine]] = {}
    for line in lines:
        by_key.setdefault(line.key, []).append(line)
    single: list[DeathLine] = []
    told: list[RowResult] = []
    for same in by_key.values():
        if len({line.died_on for line in same}) > 1 or not are_one_name(line.name for line in same):
            places = "、".join(line.place for line in same[:PLACES_SHOWN])
            message = f"{places}为同一证件号码，姓名或死亡时间不同，请核对"
            told += [_aside(line, RowOutcome.CONFLICT, "contradictory", message, "死亡时间") for line in same]
            continue
        name = clearest(line.name for line in same)
        first = next(line for line in same if line.name == name)
        single.append(first)
        message = f"与{first.place}为同一人，合并办理"
        told += [
            _aside(line, RowOutcome.DUPLICATE, "same_person", message) for line in same if line is not first
        ]
    return single, told


def results_of(lines: Sequence[DeathLine], batch: InboundBatch) -> list[RowResult]:
    """Return each line's result, in order; a constant number of queries."""
    people = people_by_key({line.key for line in lines})
    born = dict(
        Resident.objects.filter(pk__in=[each.resident_id for each in people.values()]).values_list(
            "pk", "born_on"
        )
    )
    return [_result(line, people.get(line.key), born, batch) for line in lines]


def _result(
    line: DeathLine, person: OnRecord | None, born: Mapping[int, datetime.date], batch: InboundBatch
) -> RowResult:
    if person is None:
        return _aside(
            line, RowOutcome.HELD, "unknown_person", "登记簿中没有此证件号码，登记后可再次处理", "证件号码"
        )
    refusal = next(_refusals(line, person, born[person.resident_id], batch), None)
    if refusal is not None:
        return _aside(line, RowOutcome.CONFLICT, *refusal)
    is_known = person.died_on is not None
    return RowResult(
        number=line.number,
        sheet=line.sheet,
        key=person.key,
        payload={**line.payload, "resident": person.resident_id},
        outcome=RowOutcome.UNCHANGED if is_known else RowOutcome.NEW,
        message="已登记同一死亡日期" if is_known else f"登记死亡日期 {line.died_on}",
    )


def _refusals(
    line: DeathLine, person: OnRecord, born_on: datetime.date, batch: InboundBatch
) -> Iterator[tuple[str, str, str]]:
    """Yield why a death is not simply recorded: code, message, column."""
    if not is_same_name(line.name, person.name):
        yield "name_differs", f"登记姓名为“{person.name}”，与清单不符", "姓名"
    if not any(path.startswith(batch.area.path) for path in person.paths):
        yield "outside_area", f"户籍地和居住地都不在{batch.area.name}", "地区"
    if line.died_on > batch.as_of:
        yield "died_later", f"死亡时间 {line.died_on} 晚于数据日期 {batch.as_of}", "死亡时间"
    if line.died_on < born_on:
        yield "died_before_birth", f"死亡时间早于出生日期 {born_on}", "死亡时间"
    if person.died_on is not None and person.died_on != line.died_on:
        yield "other_day", f"已登记的死亡日期是 {person.died_on}，与清单不符", "死亡时间"


def _aside(line: DeathLine, outcome: str, code: str, message: str, column: str = "") -> RowResult:
    return RowResult(
        number=line.number,
        sheet=line.sheet,
        key=line.key,
        payload=line.payload,
        outcome=outcome,
        code=code,
        message=message,
        field=column,
    )
