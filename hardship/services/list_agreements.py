"""Hold what agencies send against what they agreed to send: month by month, late lists open a case.

`follow_agreements` may run at any time and any number of times: the same lists give the same rows and cases. A case is
closed by itself once the list is there; the row then says how late it was. A list that came late before anybody looked
gets its case all the same, closed at once: what was late is on record whenever the look fell.
"""

import datetime
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from casework.services import NewCase, open_cases
from casework.services.answered import close_answered
from exchange.models import (
    BatchMode,
    BatchStatus,
    ExpectedList,
    ExpectedState,
    InboundBatch,
    ListAgreement,
)
from hardship.rules.list_due_days import last_day_of_grace, list_due_on, month_after
from registry.batch.copying import copy_rows
from registry.batch.rewriting import rewrite_rows

MONTHS_LOOKED_BACK = 12  # a list that is missing longer stays as it was found
OUTCOME_FIELDS = ("due_on", "last_on", "state", "batch", "received_on", "days_late")


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A batch that came for a month: `agency_id` null = uploaded without saying whose it is."""

    pk: int
    agency_id: int | None
    status: str
    received_on: datetime.date


_Key = tuple[str, int, str, datetime.date]  # kind, area, mode, month
_Arrivals = dict[_Key, list[_Arrival]]


@transaction.atomic
def follow_agreements(*, today: datetime.date) -> Counter[str]:
    """Bring the expected lists up to date, open a case for each that is or came late, close those that came.

    Return how many there are in each state.

    The days a month's list was due by are kept as they were agreed once that day is over.

    :param today: months up to the one it lies in are looked at, from 12 months back
    """
    earliest = month_after(today, -MONTHS_LOOKED_BACK)
    agreements = list(
        ListAgreement.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gt=earliest))
        .select_related("agency", "area")
        .select_for_update(of=("self",))
        .order_by("pk")
    )
    rows = _expected(agreements, earliest=earliest, today=today)
    arrivals, undone = _arrivals(agreements, rows)
    before = {row.pk: row.state for row in rows}
    for row in rows:
        _put(row, arrivals, today=today)
    rewrite_rows(rows, fields=list(OUTCOME_FIELDS))
    open_cases(cases=[_question(row, _asked(row, undone)) for row in rows if row.days_late])
    arrived = [
        row
        for row in rows
        if row.received_on is not None and (row.days_late or before[row.pk] == ExpectedState.MISSING)
    ]
    close_answered(answers={_asked(row, undone): _answer(row) for row in arrived})
    return Counter(row.state for row in rows)


def _expected(
    agreements: Sequence[ListAgreement], *, earliest: datetime.date, today: datetime.date
) -> list[ExpectedList]:
    """Return the row of every month that is due, or becomes due in this month; those not there yet are made."""
    kept = ExpectedList.objects.filter(agreement__in=agreements, month__gte=earliest).order_by("pk")
    known = {(row.agreement_id, row.month): row for row in kept.select_for_update(of=("self",))}
    new = []
    for agreement in agreements:
        for month in _months(agreement, earliest=earliest, today=today):
            due_on, last_on = _days(agreement, month)
            row = known.get((agreement.pk, month))
            if row is None:
                new.append(ExpectedList(agreement=agreement, month=month, due_on=due_on, last_on=last_on))
            elif row.due_on >= today:
                row.due_on, row.last_on = due_on, last_on
    by_key = {agreement.pk: agreement for agreement in agreements}
    for row in known.values():
        row.agreement = by_key[row.agreement_id]
    return [*known.values(), *copy_rows(new)]


def _months(
    agreement: ListAgreement, *, earliest: datetime.date, today: datetime.date
) -> Iterator[datetime.date]:
    month = max(earliest, month_after(agreement.starts_on, 0))
    until = agreement.ends_on or datetime.date.max
    while month < until and month_after(month, agreement.due_month) <= today:
        yield month
        month = month_after(month, 1)


def _days(agreement: ListAgreement, month: datetime.date) -> tuple[datetime.date, datetime.date]:
    due_on = list_due_on(
        month, rule=agreement.due_rule, number=agreement.due_number, months_after=agreement.due_month
    )
    return due_on, last_day_of_grace(due_on, working_days=agreement.grace_working_days)


def _arrivals(
    agreements: Sequence[ListAgreement], rows: Sequence[ExpectedList]
) -> tuple[_Arrivals, Counter[_Key]]:
    """Return what came for each month, and how many lists of it were taken back again."""
    found: defaultdict[_Key, list[_Arrival]] = defaultdict(list)
    undone: Counter[_Key] = Counter()
    if not rows:
        return found, undone
    batches = InboundBatch.objects.filter(
        kind__in={each.kind for each in agreements},
        area__in={each.area_id for each in agreements},
        as_of__gte=min(row.month for row in rows),
    ).exclude(status=BatchStatus.REFUSED)
    values = batches.order_by("created_at", "pk").values_list(
        "pk", "agency_id", "status", "created_at", "kind", "area_id", "mode", "as_of"
    )
    for pk, agency_id, status, created_at, kind, area_id, mode, as_of in values:
        key = (kind, area_id, mode, as_of.replace(day=1))
        if status == BatchStatus.UNDONE:
            undone[key] += 1
        else:
            found[key].append(_Arrival(pk, agency_id, status, timezone.localdate(created_at)))
    return found, undone


def _put(row: ExpectedList, arrivals: _Arrivals, *, today: datetime.date) -> None:
    came = [each for each in arrivals.get(_key(row), []) if each.agency_id in (None, row.agreement.agency_id)]
    row.batch_id = row.received_on = None
    row.days_late = 0
    if came:
        applied = [each for each in came if each.status == BatchStatus.APPLIED]
        row.state = ExpectedState.IN_FORCE if applied else ExpectedState.RECEIVED
        row.batch_id = (applied or came)[-1].pk
        row.received_on = came[0].received_on
        if row.received_on > row.last_on:
            row.days_late = (row.received_on - row.due_on).days
    elif today > row.last_on:
        row.state = ExpectedState.MISSING
        row.days_late = (today - row.due_on).days
    else:
        row.state = ExpectedState.AWAITED


def _key(row: ExpectedList) -> _Key:
    return row.agreement.kind, row.agreement.area_id, row.agreement.mode, row.month


def _asked(row: ExpectedList, undone: Counter[_Key]) -> str:
    """Return the question's own key; a list taken back is asked for again."""
    again = undone[_key(row)]
    return f"late_list:{row.agreement_id}:{row.month:%Y-%m}" + (f":{again}" if again else "")


def _question(row: ExpectedList, asked: str) -> NewCase:
    agreement = row.agreement
    mode = BatchMode(agreement.mode).label
    grace = f"（宽限至 {row.last_on}）" if row.last_on > row.due_on else ""
    became = (
        "至今没有收到，或收到后已退回。请催报；名单收到后本工单自动办结。"
        if row.received_on is None
        else f"{row.received_on} 才收到（批次{row.batch_id}）。"
    )
    return NewCase(
        kind="late_list",
        title=f"{agreement.agency.name} {row.month:%Y年%m月} {mode}名单逾期未报",
        area_id=agreement.area_id,
        reason=f"约定{agreement.due_text}报送，即 {row.due_on}{grace}，{became}",
        clause=agreement.clause,
        subject_ref=f"agreement:{agreement.pk}",
        detail={
            "agency": agreement.agency.name,
            "month": f"{row.month:%Y-%m}",
            "list_due_on": row.due_on,
        },
        dedupe_key=asked,
    )


def _answer(row: ExpectedList) -> str:
    late = f"迟 {row.days_late} 天" if row.days_late else "未逾期"
    return f"名单已于 {row.received_on} 收到（批次{row.batch_id}），{late}，自动办结"
