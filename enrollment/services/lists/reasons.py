"""The towns' sheet of why people are not insured: each line judged as a reason typed by hand would be."""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import QuerySet
from django.utils import timezone

from enrollment.parsers.reading import Parsed
from enrollment.parsers.reasons import FORM, ReasonLine, read_reasons
from enrollment.selectors.standings import Task, task_of
from enrollment.services.lists.flow import FileSource, ListKind
from enrollment.services.lists.misfits import OnRecord, misfit, on_record
from enrollment.services.outreach import Objection, ReasonSaid, Recorded, judged_reasons, record_reasons
from exchange.models import InboundBatch, InboundRow, RowOutcome
from exchange.services.batches import RowResult
from policy.errors import DomainError
from registry.models import Area
from registry.models.sealing import blind_index
from registry.rules.identity_numbers import masked
from registry.selectors import resident_ids_by_index

REFUSING = frozenset({"not_asked", "day_ahead", "no_document"})
COLUMNS = {"no_document": "凭据", "day_ahead": "核实日期", "later_reason": "核实日期"}
SLICE = 5_000


def _read(source: FileSource) -> Parsed[ReasonLine]:
    return read_reasons(source.content, source.file_name, on=source.as_of)


def _plan(batch: InboundBatch, lines: Sequence[ReasonLine]) -> Iterator[RowResult]:
    tasks = _tasks(batch.area, {line.coverage_year for line in lines})
    seen: dict[tuple[bytes, int], ReasonLine] = {}
    for start in range(0, len(lines), SLICE):
        yield from _planned(batch, lines[start : start + SLICE], tasks, seen)


def _planned(
    batch: InboundBatch,
    lines: Sequence[ReasonLine],
    tasks: Mapping[int, Task | Objection],
    seen: dict[tuple[bytes, int], ReasonLine],
) -> Iterator[RowResult]:
    keys = [blind_index(line.id_number) for line in lines]
    known = resident_ids_by_index(keys)
    people = on_record(list(known.values()))
    told: dict[int, Objection] = {}
    open_lines: dict[int, list[tuple[int, ReasonLine]]] = defaultdict(list)
    for place, (line, key) in enumerate(zip(lines, keys, strict=True)):
        resident = known.get(key)
        repeated = seen.setdefault((key, line.coverage_year), line)
        objection = _unfit(line, people.get(resident or 0), batch.area)
        if repeated is not line:
            objection = _repeated(line, repeated)
        if objection is None and isinstance(task := tasks[line.coverage_year], Objection):
            objection = task
        if objection is not None:
            told[place] = objection
        else:
            assert resident is not None
            open_lines[line.coverage_year].append((resident, line))
    judged = {
        year: judged_reasons(_task(tasks, year), [_said(line, resident) for resident, line in part])
        for year, part in open_lines.items()
    }
    for place, (line, key) in enumerate(zip(lines, keys, strict=True)):
        if place in told:
            yield _result(line, key, None, *_against(told[place]))
        else:
            yield _result(line, key, known[key], *_outcome(judged[line.coverage_year], known[key]))


def _unfit(line: ReasonLine, person: OnRecord | None, area: Area) -> Objection | None:
    if person is None:
        return Objection("unknown_person", "查无此人，请先登记")
    return misfit(person, said=line.name, area=area)


def _repeated(line: ReasonLine, before: ReasonLine) -> Objection:
    same = (line.reason, line.stated_on) == (before.reason, before.stated_on)
    if same:
        return Objection("repeated", "清单内重复")
    return Objection("contradictory", f"与第{before.number}行为同一人，原因或日期不同，请核对")


def _tasks(area: Area, years: Iterable[int]) -> dict[int, Task | Objection]:
    """Return the task of each year, or why there is none."""
    found: dict[int, Task | Objection] = {}
    for year in sorted(years):
        try:
            found[year] = task_of(area=area, coverage_year=year, today=timezone.localdate())
        except DomainError as refused:
            found[year] = Objection(refused.code, refused.message)
    return found


def _task(tasks: Mapping[int, Task | Objection], year: int) -> Task:
    task = tasks[year]
    assert isinstance(task, Task)
    return task


def _against(objection: Objection) -> tuple[str, Objection | None]:
    outcomes = {"repeated": RowOutcome.DUPLICATE, "unknown_person": RowOutcome.REFUSED}
    refused = objection.code in REFUSING or objection.code.startswith(("policy_", "rule_"))
    return outcomes.get(objection.code, RowOutcome.REFUSED if refused else RowOutcome.CONFLICT), objection


def _outcome(judged: Recorded, resident: int) -> tuple[str, Objection | None]:
    if resident in judged.refused:
        return _against(judged.refused[resident])
    if resident in judged.unchanged:
        return RowOutcome.UNCHANGED, None
    return (RowOutcome.CHANGED if resident in judged.changed else RowOutcome.NEW), None


def _result(
    line: ReasonLine, key: bytes, resident: int | None, outcome: str, objection: Objection | None
) -> RowResult:
    return RowResult(
        number=line.number,
        sheet=line.sheet,
        outcome=outcome,
        key=key,
        payload=_payload(line, resident),
        code=objection.code if objection else "",
        message=objection.message if objection else "",
        field=COLUMNS.get(objection.code, "") if objection else "",
    )


def _payload(line: ReasonLine, resident: int | None) -> dict[str, Any]:
    known = {} if resident is None else {"resident": resident}
    return {
        "name": line.name,
        "id_number": masked(line.id_number)[:30],
        "coverage_year": line.coverage_year,
        "reason": line.reason,
        "stated_on": line.stated_on.isoformat(),
        "source": line.source,
        "document": line.document,
        "note": line.note,
        **known,
    }


def _said(line: ReasonLine, resident: int) -> ReasonSaid:
    return ReasonSaid(
        resident_id=resident,
        reason=line.reason,
        stated_on=line.stated_on,
        source=line.source,
        document=line.document,
        note=line.note,
        row_number=line.number,
    )


def _kept(row: InboundRow) -> ReasonSaid:
    told = row.payload
    return ReasonSaid(
        resident_id=told["resident"],
        reason=told["reason"],
        stated_on=datetime.date.fromisoformat(told["stated_on"]),
        source=told["source"],
        document=told["document"],
        note=told["note"],
        row_number=row.number,
    )


def _apply(
    batch: InboundBatch, planned: QuerySet[InboundRow], user: AbstractBaseUser | None
) -> list[InboundRow]:
    by_year: defaultdict[int, list[InboundRow]] = defaultdict(list)
    for row in planned:
        by_year[row.payload["coverage_year"]].append(row)
    moved = []
    for year, rows in sorted(by_year.items()):
        task = task_of(area=batch.area, coverage_year=year, today=timezone.localdate())
        done = record_reasons(task=task, rows=[_kept(row) for row in rows], batch=batch, user=user)
        for row in rows:
            outcome, objection = _outcome(done, row.payload["resident"])
            if outcome != row.outcome:
                row.outcome = outcome
                row.code, row.message = (objection.code, objection.message) if objection else ("", "")
                moved.append(row)
    return moved


REASONS = ListKind(
    name="uninsured_reasons",
    label="未参保人员核实表",
    about="乡镇、村核实的未参保原因（在外参保、参军、服刑、死亡、失联、自愿放弃等），一人一行；"
    "与登记、缴费、他处参保记录不一致的列为冲突。",
    form=FORM,
    read=_read,
    plan=_plan,
    apply=_apply,
)
