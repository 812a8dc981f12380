"""Whether somebody is covered on a day, since when, and if not, why and what to do (待遇享受资格)."""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from enrollment.models import ContributionPeriod, ContributionState, Enrollment, EnrollmentStatus
from registry.batch.chronicles import standing
from registry.models import Resident

Moment = tuple[int, datetime.date]  # resident, day

PAY = "请缴清{year}年度保费，到账后按规定的日期开始享受待遇。"
WHY = {
    "covered": ("待遇享受期内。", ""),
    "resident_unknown": ("没有登记的人员。", "请先办理人员登记。"),
    "dead": ("已于 {died_on} 死亡。", ""),
    "not_enrolled": ("没有 {year} 年度参保登记。", "请办理参保登记并缴费。"),
    "not_paid": ("已登记，{year} 年度尚未缴费。", PAY),
    "partly_paid": ("{year} 年度已缴 {paid} 元，尚欠 {left} 元。", PAY),
    "nothing_due": (
        "已登记，{year} 年度个人无须缴费，参保待办结。",
        "系统每晚办结；次日仍未办结的，请经办人员核对身份、扶持后在“缴费核定”页重新核定。",
    ),
    "reversed": ("{year} 年度缴费已冲正或退回。", PAY),
    "no_benefit_day": ("等待期满已过 {year} 年度末，本年度没有待遇日。", "请参加下一年度居民医保。"),
    "waiting": ("已缴费，待遇自 {since} 起。", "在此之前发生的费用不予支付。"),
    "ended": ("待遇已于 {until} 结束。", "请参加下一年度居民医保。"),
}
UNPAID = {
    ContributionState.QUOTED: "not_paid",
    ContributionState.PARTLY_PAID: "partly_paid",
    ContributionState.REVERSED: "reversed",
}


@dataclass(frozen=True, slots=True)
class Entitlement:
    """The answer for one person and day.

    :param since: first and `until` last benefit day of the contribution that decides; null = none has any
    :param code: "covered", or why not
    :param why: the same as a Chinese sentence; `what_to_do` the next step, empty if there is none
    """

    covered: bool
    since: datetime.date | None
    until: datetime.date | None
    code: str
    why: str
    what_to_do: str
    coverage_year: int | None = None
    contribution_id: int | None = None


def entitlement_on(
    *, resident_id: int, day: datetime.date, known_at: datetime.datetime | None = None
) -> Entitlement:
    """Return whether the resident is covered on `day`, and if not why, and what to do.

    :param known_at: as the records stood at that moment; null = as they stand now
    """
    return entitlements_on([(resident_id, day)], known_at=known_at)[resident_id, day]


def entitlements_on(
    moments: Iterable[Moment], *, known_at: datetime.datetime | None = None
) -> dict[Moment, Entitlement]:
    """Return the answers for many people, each on a day of their own, in two queries.

    :param known_at: as the records stood at that moment, in three queries; null = as they stand now
    """
    wanted = set(moments)
    ids = {resident for resident, _ in wanted}
    years = {day.year + step for _, day in wanted for step in (0, 1)}
    records = _records_now(ids, years) if known_at is None else _records_then(ids, known_at)
    return {
        (resident, day): (
            _answer(records.years[resident], day, died_on=records.deaths[resident])
            if resident in records.deaths
            else _said("resident_unknown")
        )
        for resident, day in wanted
    }


@dataclass(frozen=True, slots=True)
class _Records:
    """What answers rest on: day of death by resident, null = alive, and the years of each in order."""

    deaths: Mapping[int, datetime.date | None]
    years: defaultdict[int, list[ContributionPeriod]]


def _records_now(ids: Collection[int], years: Collection[int]) -> _Records:
    rows = ContributionPeriod.objects.filter(
        resident__in=ids, coverage_year__in=years, enrollment__status=EnrollmentStatus.ACTIVE
    )
    records = _Records(
        dict(Resident.objects.filter(pk__in=ids).values_list("pk", "died_on")), defaultdict(list)
    )
    for row in rows.only(*_COLUMNS).order_by("coverage_year"):
        records.years[row.resident_id].append(row)
    return records


def _records_then(ids: Collection[int], moment: datetime.datetime) -> _Records:
    """Return the records as they stood at a moment."""
    people = standing(Resident, ["died_on"], owners=ids, owner="id", moment=moment)
    active = {
        key
        for (key, status), _ in standing(Enrollment, ["id", "status"], owners=ids, moment=moment)
        if status == EnrollmentStatus.ACTIVE
    }
    records = _Records({pk: died_on for (died_on,), about in people for pk in about}, defaultdict(list))
    columns = ("id", "enrollment_id", *(name for name in _COLUMNS if name != "resident_id"))
    for values, about in standing(ContributionPeriod, columns, owners=ids, moment=moment):
        row = ContributionPeriod(**dict(zip(columns, values, strict=True)))
        if row.enrollment_id in active:
            records.years[about[0]].append(row)  # a row is one person's
    for rows in records.years.values():
        rows.sort(key=lambda row: row.coverage_year)
    return records


_COLUMNS = (
    "resident_id",
    "coverage_year",
    "state",
    "paid",
    "payable",
    "benefit_start",
    "benefit_end",
)


def _answer(
    rows: list[ContributionPeriod], day: datetime.date, *, died_on: datetime.date | None
) -> Entitlement:
    if died_on is not None and day > died_on:
        return _said("dead", died_on=died_on)
    covering = [row for row in rows if _covers(row, day)]
    if covering:
        return _said("covered", min(covering, key=lambda row: row.benefit_start or day))
    this_year = next((row for row in rows if row.coverage_year == day.year), None)
    if this_year is None:
        return _said("not_enrolled", year=day.year)
    return _said(_why_not(this_year, day), this_year)


def _covers(row: ContributionPeriod, day: datetime.date) -> bool:
    return (
        row.state == ContributionState.PAID
        and row.benefit_start is not None
        and row.benefit_start <= day
        and (row.benefit_end is None or day <= row.benefit_end)
    )


def _why_not(row: ContributionPeriod, day: datetime.date) -> str:
    owes = row.state in UNPAID and row.paid < row.payable
    if owes:
        return UNPAID[ContributionState(row.state)]
    if row.benefit_start is None:
        return "no_benefit_day"
    if row.state in UNPAID:
        return "nothing_due"
    return "waiting" if day < row.benefit_start else "ended"


def _said(code: str, row: ContributionPeriod | None = None, **facts: object) -> Entitlement:
    paid = row is not None and row.state == ContributionState.PAID
    since = row.benefit_start if row is not None and paid else None
    until = row.benefit_end if row is not None and paid else None
    if row is not None:
        facts |= {
            "year": row.coverage_year,
            "paid": row.paid,
            "left": row.payable - row.paid,
            "since": since,
            "until": until,
        }
    why, cure = WHY[code]
    return Entitlement(
        covered=code == "covered",
        since=since,
        until=until,
        code=code,
        why=why.format(**facts),
        what_to_do=cure.format(**facts),
        coverage_year=row.coverage_year if row is not None else None,
        contribution_id=row.pk if row is not None else None,
    )
