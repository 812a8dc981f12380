"""Past years from the national platform: resident years of our own funds as paid contributions, all others as spells.

Employee years, and resident years of another pooling area, are cover elsewhere (他处参保): they count as years
insured, and nobody here owes or settles anything for them.
"""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import BigIntegerField, QuerySet
from django.db.models.functions import Cast
from django.utils import timezone

from enrollment.batch.past_years import write_past_years
from enrollment.models import ContributionPeriod, EnrollmentStatus
from enrollment.parsers.history import EMPLOYEE, FORM, PastYear, read_history
from enrollment.parsers.reading import Parsed
from enrollment.rules.missing_cover import Days, Known, missing_parts, parts_text
from enrollment.services.follow_changes import requote_open
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
PLANNED = ("resident", "area", "scheme", "parts")  # what the plan took of the records
ELSEWHERE = "外地居民医保，记入“他处参保”"
CHANGED_SINCE = "预览以后档案或参保记录有变动，请重新导入核对"
Found = tuple[RowOutcome, str, str, str]  # outcome, code, message, column


@dataclass(slots=True)
class _Kept:
    """What stands on record of the people of a slice, and what earlier rows of the file add."""

    years: dict[tuple[int, int], tuple[Decimal, datetime.date | None, str]] = field(default_factory=dict)
    spells: defaultdict[tuple[int, str], list[Known]] = field(default_factory=lambda: defaultdict(list))
    people: set[int] = field(default_factory=set)
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
    kept, pools = _Kept(), pools_of(batch.area)
    for start in range(0, len(lines), SLICE):
        part = [(line, blind_index(line.id_number)) for line in lines[start : start + SLICE]]
        became = _beside_records(part, batch.area, pools=pools, kept=kept)
        for (line, key), (found, known) in zip(part, became, strict=True):
            yield _result(line, key, found, payload=_payload(line) | known)


def _beside_records(
    part: Sequence[tuple[PastYear, bytes]], area: Area, *, pools: frozenset[int], kept: _Kept
) -> Iterator[tuple[Found, dict[str, Any]]]:
    """Yield what each line becomes, and whom, where and as what it would be written; queries by the slice."""
    view = _View(area, places_of(line.pooling_area for line, _ in part), pools)
    residents = resident_ids_by_index({key for _, key in part})
    people = on_record(list(residents.values()))
    _look_up(kept, residents.values())
    for line, key in part:
        resident = residents.get(key)
        unfit = _unfit(line, people.get(resident or 0), view)
        if unfit is not None or resident is None:
            assert unfit is not None
            yield unfit, {}
            continue
        pool = view.places.pooling[line.pooling_area]
        scheme = _scheme(line, is_own=pool in view.pools)
        known: dict[str, Any] = {"resident": resident, "area": pool}
        if scheme:
            parts = missing_parts(_spell(line), kept.spells[resident, scheme])
            known |= {"scheme": scheme, "parts": [[day.isoformat() for day in part] for part in parts]}
        yield (*_against(kept, line, resident, scheme=scheme), ""), known


def _scheme(line: PastYear, *, is_own: bool) -> str:
    """Return under which scheme elsewhere the year was; "" = under the resident scheme of our own funds."""
    if line.insurance == EMPLOYEE:
        return Scheme.EMPLOYEE.value
    return "" if is_own else Scheme.RESIDENT_ELSEWHERE.value


def _unfit(line: PastYear, person: OnRecord | None, view: _View) -> Found | None:
    """Return outcome, code, message and column where the list may not say the line; null = it may."""
    if person is None:
        return RowOutcome.REFUSED, "unknown_person", "查无此人，请先登记", "证件号码"
    if (objection := misfit(person, said=line.name, area=view.area)) is not None:
        return RowOutcome.CONFLICT, objection.code, objection.message, COLUMNS[objection.code]
    if line.pooling_area not in view.places.pooling:
        message = f"没有代码为“{line.pooling_area}”的统筹地区"
        return RowOutcome.REFUSED, "area_unknown", message, "统筹区"
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


def _against(kept: _Kept, line: PastYear, resident: int, *, scheme: str) -> tuple[RowOutcome, str, str]:
    """Return what a line becomes beside what stands on record and what the file has said before."""
    before = kept.lines.setdefault((resident, line.coverage_year, line.insurance), line)
    if before is not line:
        said = [(each.amount, each.paid_on, each.pooling_area) for each in (before, line)]
        same = said[0] == said[1]
        return (
            (RowOutcome.DUPLICATE, "repeated", "清单内重复")
            if same
            else (RowOutcome.CONFLICT, "year_conflict", f"与第{before.number}行同一年度内容不同")
        )
    standing = kept.years.get((resident, line.coverage_year))
    if standing is not None and line.insurance != EMPLOYEE:
        return _beside_year(line, *standing)
    if not scheme:
        return RowOutcome.NEW, "", ""
    told, known = _spell(line), kept.spells[resident, scheme]
    parts = missing_parts(told, known)
    known += parts
    return (RowOutcome.NEW if parts else RowOutcome.UNCHANGED), "", _added(told, parts, scheme)


def _added(told: Days, parts: Sequence[Days], scheme: str) -> str:
    """Return what is said of the parts of a spell that are not on record yet."""
    said = [ELSEWHERE] if parts and scheme == Scheme.RESIDENT_ELSEWHERE else []
    if parts and list(parts) != [told]:
        said.append(f"其余日子已有记录，只补记 {parts_text(parts)}")
    return "；".join(said)


def _beside_year(
    line: PastYear, paid: Decimal, paid_on: datetime.date | None, policy_key: str
) -> tuple[RowOutcome, str, str]:
    if not policy_key and (paid, paid_on) == (line.amount, line.paid_on):
        return RowOutcome.UNCHANGED, "", ""
    return (
        RowOutcome.CONFLICT,
        "year_conflict",
        f"已有 {line.coverage_year} 年度参保记录，内容不同，以本系统记录为准",
    )


def _look_up(kept: _Kept, residents: Iterable[int]) -> None:
    """Read years and spells of people not read yet; what earlier rows add to them stays."""
    ids = set(residents) - kept.people
    kept.people |= ids
    rows = ContributionPeriod.objects.filter(
        resident__in=ids, enrollment__status=EnrollmentStatus.ACTIVE
    ).values_list("resident", "coverage_year", "paid", "paid_on", "policy_key")
    kept.years.update({(resident, year): (paid, paid_on, key) for resident, year, paid, paid_on, key in rows})
    spells = InsuredSpell.objects.filter(resident__in=ids)
    for resident, scheme, starts_on, ends_on in spells.values_list(
        "resident", "scheme", "starts_on", "ends_on"
    ):
        kept.spells[resident, scheme].append((starts_on, ends_on))


def _payload(line: PastYear) -> dict[str, Any]:
    starts_on, ends_on = _benefits(line)
    return {
        "id_number": masked(line.id_number)[:30],
        "name": line.name,
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


def _spell(line: PastYear) -> Days:
    """Return `[from, to)` of employee cover: as exported, else the whole year."""
    first = line.starts_on or datetime.date(line.coverage_year, 1, 1)
    last = line.ends_on or datetime.date(line.coverage_year, 12, 31)
    return first, max(last, first) + ONE_DAY


def _apply(
    batch: InboundBatch, planned: QuerySet[InboundRow], user: AbstractBaseUser | None
) -> list[InboundRow]:
    reason = f"list {batch.pk}"
    lock_residents(planned.values(person=Cast("payload__resident", BigIntegerField())))
    moved = list(_moved_since(batch, planned))
    left_out = [row.pk for row in moved]
    write_past_years(batch=batch, left_out=left_out, reason=reason, user=user)
    spells = planned.filter(payload__has_key="scheme").exclude(pk__in=left_out)
    write_with_history((each for row in spells for each in _new(row.payload)), reason=reason, user=user)
    people = set(planned.exclude(pk__in=left_out).values_list("payload__resident", flat=True))
    requote_open(resident_ids=people, day=timezone.localdate(), user=user)
    return moved


def _moved_since(batch: InboundBatch, planned: QuerySet[InboundRow]) -> Iterator[InboundRow]:
    """Yield rows that would be written otherwise by now: people renamed, moved, merged, years told meanwhile."""
    kept, pools = _Kept(), pools_of(batch.area)
    rows = planned.order_by("number").iterator(chunk_size=SLICE)
    while part := list(islice(rows, SLICE)):
        lines = [(_line_of(row), bytes(row.key or b"")) for row in part]
        became = _beside_records(lines, batch.area, pools=pools, kept=kept)
        for row, (found, known) in zip(part, became, strict=True):
            is_new = found[0] == RowOutcome.NEW
            if is_new and known == {name: row.payload[name] for name in PLANNED if name in row.payload}:
                continue
            conflict = (RowOutcome.CONFLICT, "changed_since", CHANGED_SINCE, "证件号码")
            row.outcome, row.code, row.message, row.field = conflict if is_new else found
            yield row


def _line_of(row: InboundRow) -> PastYear:
    """Return the line a planned row was made of, with the days it was planned with."""
    said = row.payload
    return PastYear(
        number=row.number,
        name=said["name"],
        id_number=said["id_number"],
        coverage_year=said["year"],
        pooling_area=said["pooling_area"],
        insurance=said["insurance"],
        paid_on=datetime.date.fromisoformat(said["paid_on"]) if said["paid_on"] else None,
        amount=Decimal(said["amount"]),
        starts_on=datetime.date.fromisoformat(said["starts_on"]),
        ends_on=datetime.date.fromisoformat(said["ends_on"]),
    )


def _new(said: dict[str, Any]) -> Iterator[InsuredSpell]:
    for first, end in said["parts"]:
        yield InsuredSpell(
            resident_id=said["resident"],
            scheme=said["scheme"],
            area_code=said["pooling_area"],
            starts_on=datetime.date.fromisoformat(first),
            ends_on=datetime.date.fromisoformat(end),
            source="国家平台历年参保记录",
        )


HISTORY = ListKind(
    name="insured_history",
    label="历年参保信息",
    about="国家平台导出的往年参保，一人一年一行：连续参保年限、断保和等待期由此推算。",
    form=FORM,
    read=_read,
    plan=_plan,
    apply=_apply,
)
