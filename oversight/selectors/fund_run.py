"""What came into the residents' fund and went out of it, month by month (基金收支运行), by what is on record."""

import datetime
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from benefits.models import Claim, ClaimState, PaidLayer, PayoutAdjustment
from enrollment.models import FundTransfer, Payment, PaymentState, SettlementPayment
from oversight.selectors.moments import midnight_after
from policy.dates import last_day_of_month
from policy.money import ZERO
from registry.models import Area
from registry.selectors import pools_of

COLUMNS = {layer: layer.value for layer in PaidLayer} | {PaidLayer.ASSISTANCE: "medical_assistance"}


@dataclass(frozen=True, slots=True)
class FundMonth:
    """Yuan of one month; reversals and refunds count with their sign in the month they were made.

    So does what a reversal, a correction or a later decision adds to a settled claim or recovers of it.

    :ivar premiums: booked payments of residents and who pays for them
    :ivar subsidies: received from governments; :ivar assistance: received for those who are aided
    :ivar basic: paid by the basic fund for care; the layers after it pay out of their own
    """

    premiums: Decimal = ZERO
    subsidies: Decimal = ZERO
    assistance: Decimal = ZERO
    basic: Decimal = ZERO
    critical_illness: Decimal = ZERO
    supplement: Decimal = ZERO
    medical_assistance: Decimal = ZERO

    @property
    def income(self) -> Decimal:
        """What came in."""
        return self.premiums + self.subsidies + self.assistance

    @property
    def balance(self) -> Decimal:
        """What came into the basic fund less what it paid."""
        return self.income - self.basic

    def __add__(self, other: "FundMonth") -> "FundMonth":
        return FundMonth(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))


@dataclass(frozen=True, slots=True)
class _Asked:
    """Which months of which funds; `moment` = by the records up to it, null = all."""

    pools: frozenset[int]
    first: datetime.date
    last: datetime.date
    moment: datetime.datetime | None

    @property
    def days(self) -> tuple[datetime.date, datetime.date]:
        return self.first, self.last

    @property
    def recorded(self) -> Q:
        """The condition that a row which is never changed was on record."""
        return Q() if self.moment is None else ~Q(recorded_at__gte=self.moment)


def fund_months(
    *, area: Area, first: datetime.date, last: datetime.date, known_on: datetime.date | None = None
) -> list[tuple[str, FundMonth]]:
    """Return the months from `first` to `last` with what the funds of an area took in and paid; a few queries.

    Of a county the fund of its pooling area is meant: it has none of its own.

    :param known_on: by the records as they stood at the end of that day; null = as they stand now
    """
    moment = None if known_on is None else midnight_after(known_on)
    asked = _Asked(pools_of(area), first.replace(day=1), last_day_of_month(last), moment)
    found: defaultdict[str, dict[str, Decimal]] = defaultdict(dict)
    for month, name, amount in [*_taken_in(asked), *_paid_out(asked)]:
        found[month][name] = found[month].get(name, ZERO) + amount
    return [(month, FundMonth(**found[month])) for month in sorted(found)]


_Amounts = Iterator[tuple[str, str, Decimal]]


def _taken_in(asked: _Asked) -> _Amounts:
    payments = Payment.objects.all() if asked.moment is None else Payment.history.as_of(asked.moment)
    booked = payments.filter(
        contribution__enrollment__pooling_area__in=asked.pools,
        state=PaymentState.BOOKED,
        paid_on__range=asked.days,
    )
    yield from _monthly(booked, "paid_on", premiums="amount")
    paths = list(Area.objects.filter(pk__in=asked.pools).values_list("path", flat=True))
    received = FundTransfer.objects.filter(
        _below("area", paths), asked.recorded, received_on__range=asked.days
    )
    yield from _monthly(received, "received_on", subsidies="amount")
    aided = SettlementPayment.objects.filter(
        _below("settlement__area", paths), asked.recorded, paid_on__range=asked.days
    )
    yield from _monthly(aided, "paid_on", assistance="amount")


def _paid_out(asked: _Asked) -> _Amounts:
    """Yield what claims paid at first in the month of settlement, and what was adjusted in the month of its record.

    At first was paid what stands less all adjustments since.
    """
    claims = Claim.objects.filter(asked.recorded, pooling_area__in=asked.pools, settled_on__range=asked.days)
    paid = {name: f"{layer.value}_paid" for layer, name in COLUMNS.items()}
    yield from _monthly(claims.filter(state=ClaimState.SETTLED), "settled_on", **paid)
    of_these = PayoutAdjustment.objects.filter(claim__in=claims.values("pk"))
    for month, name, amount in _adjusted(of_these, "claim__settled_on"):
        yield month, name, -amount
    made = PayoutAdjustment.objects.filter(
        asked.recorded,
        claim__pooling_area__in=asked.pools,
        recorded_at__date__range=asked.days,
    )
    yield from _adjusted(made, "recorded_at")


def _adjusted(rows: QuerySet[PayoutAdjustment], day: str) -> _Amounts:
    """Yield month, name and sum of adjustments, one query."""
    by_month = rows.annotate(month_of=TruncMonth(day)).order_by("month_of", "layer")
    for row in by_month.values("month_of", "layer").annotate(sum=Sum("amount")):
        yield f"{row['month_of']:%Y-%m}", COLUMNS[PaidLayer(row["layer"])], row["sum"]


def _monthly(rows: QuerySet[Any], day: str, **columns: str) -> _Amounts:
    """Yield month, name and sum of columns, one query."""
    sums = {f"sum_{name}": Sum(column) for name, column in columns.items()}
    by_month = (
        rows.annotate(month_of=TruncMonth(day)).order_by("month_of").values("month_of").annotate(**sums)
    )
    for row in by_month:
        for name in columns:
            yield f"{row['month_of']:%Y-%m}", name, row[f"sum_{name}"]


def _below(area: str, paths: list[str]) -> Q:
    """Return the condition that the area named lies at or below one of the paths."""
    inside = Q(pk__in=())
    for path in paths:
        inside |= Q(**{f"{area}__path__startswith": path})
    return inside
