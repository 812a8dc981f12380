"""Past years from the national platform: resident years as paid contributions, employee years as insured spells."""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import BigIntegerField, QuerySet
from django.db.models.functions import Cast

from enrollment.batch.past_years import write_past_years
from enrollment.models import ContributionPeriod, EnrollmentStatus
from enrollment.parsers.history import EMPLOYEE, FORM, PastYear, read_history
from enrollment.parsers.reading import Parsed
from enrollment.services.lists.flow import FileSource, ListKind
from enrollment.services.lists.misfits import OnRecord, misfit, on_record
from enrollment.services.lists.places import Places, places_of
from exchange.models import InboundBatch, InboundRow, RowOutcome
from exchange.services.batches import RowResult
from registry.batch.history import write_with_history
from registry.models import Area, InsuredSpell, Scheme
from registry.models.sealing import blind_index
from registry.rules.identity_numbers import masked
from registry.selectors import pools_of, resident_ids_by_index
from registry.services import lock_residents

SLICE = 5_000
ONE_DAY = datetime.timedelta(days=1)
COLUMNS = {"outside_area": "证件号码", "name_differs": "姓名"}
Found = tuple[RowOutcome, str, str, str]  # outcome, code, message, column
Spell = tuple[datetime.date, datetime.date | None]  # [from, to)


@dataclass(slots=True)
class _Kept:
    """What stands on record of the people of a slice, and what earlier rows of the file add."""

    years: dict[tuple[int, int], tuple[Decimal, datetime.date | None, str]] = field(default_factory=dict)
    spells: defaultdict[int, list[Spell]] = field(default_factory=lambda: defaultdict(list))
    lines: dict[tuple[int, int, str], PastYear] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _View:
    """Whose list it is, the places it names, and the pooling areas it may speak of."""

    area: Area
    places: Places
    pools: frozenset[int]


def _read(source: FileSource) -> Parsed[PastYear]:
    return read_history(source.content, source.file_name)


def _plan(batch: InboundBatch, lines: Sequence[PastYear]) -> Iterable[RowResult]:
    view = _View(batch.area, places_of(line.pooling_area for line in lines), pools_of(batch.area))
    kept = _Kept()
    for start in range(0, len(lines), SLICE):
        part = [(line, blind_index(line.id_number)) for line in lines[start : start + SLICE]]
        residents = resident_ids_by_index({key for _, key in part})
        people = on_record(list(residents.values()))
        _look_up(kept, residents.values())
        for line, key in part:
            resident = residents.get(key)
            found, known = _unfit(line, people.get(resident or 0), view), {}
            if found is None and resident is not None:
                found = (*_against(kept, line, resident), "")
                known = {"resident": resident, "area": view.places.pooling[line.pooling_area]}
            assert found is not None
            yield _result(line, key, found, payload=_payload(line) | known)


def _unfit(line: PastYear, person: OnRecord | None, view: _View) -> Found | None:
    """Return outcome, code, message and column where the list may not say the line; null = it may."""
    if person is None:
        return RowOutcome.REFUSED, "unknown_person", "查无此人，请先登记", "证件号码"
    if (objection := misfit(person, said=line.name, area=view.area)) is not None:
        return RowOutcome.CONFLICT, objection.code, objection.message, COLUMNS[objection.code]
    pool = view.places.pooling.get(line.pooling_area)
    if pool is None:
        message = f"没有代码为“{line.pooling_area}”的统筹地区"
        return RowOutcome.REFUSED, "area_unknown", message, "统筹区"
    if line.insurance != EMPLOYEE and pool not in view.pools:
        message = f"统筹区“{line.pooling_area}”不在{view.area.name}；外地的参保年度由管辖该地的部门导入"
        return RowOutcome.CONFLICT, "outside_area", message, "统筹区"
    return None


def _result(line: PastYear, key: bytes, found: Found, *, payload: dict[str, Any]) -> RowResult:
    outcome, code, message, column = found
    return RowResult(
        number=line.number,
        outcome=outcome,
        key=key,
        payload=payload,
        code=code,
        message=message,
        field=column,
    )


def _against(kept: _Kept, line: PastYear, resident: int) -> tuple[RowOutcome, str, str]:
    """Return what a line becomes beside what stands on record and what the file has said before."""
    before = kept.lines.setdefault((resident, line.coverage_year, line.insurance), line)
    if before is not line:
        same = (before.amount, before.paid_on) == (line.amount, line.paid_on)
        return (
            (RowOutcome.DUPLICATE, "repeated", "清单内重复")
            if same
            else (RowOutcome.CONFLICT, "year_conflict", f"与第{before.number}行同一年度内容不同")
        )
    if line.insurance == EMPLOYEE:
        first, end = _spell(line)
        covered = any(
            starts < end and (ends is None or ends > first) for starts, ends in kept.spells[resident]
        )
        if not covered:
            kept.spells[resident].append((first, end))
        return (RowOutcome.UNCHANGED if covered else RowOutcome.NEW), "", ""
    standing = kept.years.get((resident, line.coverage_year))
    if standing is None:
        return RowOutcome.NEW, "", ""
    paid, paid_on, policy_key = standing
    if not policy_key and (paid, paid_on) == (line.amount, line.paid_on):
        return RowOutcome.UNCHANGED, "", ""
    return (
        RowOutcome.CONFLICT,
        "year_conflict",
        f"已有 {line.coverage_year} 年度参保记录，内容不同，以本系统记录为准",
    )


def _look_up(kept: _Kept, residents: Iterable[int]) -> None:
    ids = set(residents) - kept.spells.keys()
    rows = ContributionPeriod.objects.filter(
        resident__in=ids, enrollment__status=EnrollmentStatus.ACTIVE
    ).values_list("resident", "coverage_year", "paid", "paid_on", "policy_key")
    kept.years.update({(resident, year): (paid, paid_on, key) for resident, year, paid, paid_on, key in rows})
    spells = InsuredSpell.objects.filter(resident__in=ids, scheme=Scheme.EMPLOYEE)
    for resident in ids:
        kept.spells[resident] = []
    for resident, starts_on, ends_on in spells.values_list("resident", "starts_on", "ends_on"):
        kept.spells[resident].append((starts_on, ends_on))


def _payload(line: PastYear) -> dict[str, Any]:
    starts_on, ends_on = _benefits(line)
    return {
        "id_number": masked(line.id_number)[:30],
        "insurance": line.insurance,
        "year": line.coverage_year,
        "pooling_area": line.pooling_area,
        "paid_on": line.paid_on.isoformat() if line.paid_on else None,
        "amount": str(line.amount),
        "starts_on": starts_on.isoformat(),
        "ends_on": ends_on.isoformat(),
        "trace": _trace(line),
    }


def _benefits(line: PastYear) -> tuple[datetime.date, datetime.date]:
    """Return the first and last benefit day: as exported, else the year, from the pay day if that came later."""
    first, last = datetime.date(line.coverage_year, 1, 1), datetime.date(line.coverage_year, 12, 31)
    starts_on = line.starts_on or min(max(first, line.paid_on or first), last)
    return starts_on, max(line.ends_on or last, starts_on)


def _trace(line: PastYear) -> list[dict[str, str]]:
    steps = [{"label": "国家平台历年参保记录", "figure": str(line.coverage_year)}]
    if line.starts_on is None:
        reading = "导出未载待遇起止日期，按参保年度记，年度内缴费的自缴费日起"
        steps.append({"label": "待遇起止", "status": "assumed", "reading": reading})
    return steps


def _spell(line: PastYear) -> tuple[datetime.date, datetime.date]:
    """Return `[from, to)` of employee cover: as exported, else the whole year."""
    first = line.starts_on or datetime.date(line.coverage_year, 1, 1)
    last = line.ends_on or datetime.date(line.coverage_year, 12, 31)
    return first, max(last, first) + ONE_DAY


def _apply(
    batch: InboundBatch, planned: QuerySet[InboundRow], user: AbstractBaseUser | None
) -> list[InboundRow]:
    reason = f"list {batch.pk}"
    lock_residents(planned.values(person=Cast("payload__resident", BigIntegerField())))
    write_past_years(batch=batch, reason=reason, user=user)
    write_with_history(
        (
            InsuredSpell(
                resident_id=row.payload["resident"],
                scheme=Scheme.EMPLOYEE,
                area_code=row.payload["pooling_area"],
                starts_on=datetime.date.fromisoformat(row.payload["starts_on"]),
                ends_on=datetime.date.fromisoformat(row.payload["ends_on"]) + ONE_DAY,
                source="国家平台历年参保记录",
            )
            for row in planned.filter(payload__insurance=EMPLOYEE)
        ),
        reason=reason,
        user=user,
    )
    return []


HISTORY = ListKind(
    name="insured_history",
    label="历年参保信息",
    about="国家平台导出的往年参保，一人一年一行：连续参保年限、断保和等待期由此推算。",
    form=FORM,
    read=_read,
    plan=_plan,
    apply=_apply,
)
