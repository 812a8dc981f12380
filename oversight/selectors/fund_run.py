"""What came into the residents' fund and went out of it, month by month (基金收支运行), by what is on record."""

import datetime
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from benefits.models import Claim, ClaimState
from enrollment.models import FundTransfer, Payment, PaymentState, SettlementPayment
from policy.dates import last_day_of_month
from policy.money import ZERO
from registry.models import Area
from registry.selectors import pools_of


@dataclass(frozen=True, slots=True)
class FundMonth:
    """Yuan of one month; reversals and refunds count with their sign in the month they were made.

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


def fund_months(*, area: Area, first: datetime.date, last: datetime.date) -> list[tuple[str, FundMonth]]:
    """Return the months from `first` to `last` with what the funds of an area took in and paid; a few queries.

    Of a county the fund of its pooling area is meant: it has none of its own.
    """
    found: defaultdict[str, dict[str, Decimal]] = defaultdict(dict)
    for month, name, amount in _amounts(pools_of(area), first.replace(day=1), last_day_of_month(last)):
        found[month][name] = found[month].get(name, ZERO) + amount
    return [(month, FundMonth(**found[month])) for month in sorted(found)]


def _amounts(
    pools: frozenset[int], first: datetime.date, last: datetime.date
) -> Iterator[tuple[str, str, Decimal]]:
    span = (first, last)
    payments = Payment.objects.filter(
        contribution__enrollment__pooling_area__in=pools, state=PaymentState.BOOKED, paid_on__range=span
    )
    yield from _monthly(payments, "paid_on", premiums="amount")
    paths = list(Area.objects.filter(pk__in=pools).values_list("path", flat=True))
    yield from _monthly(
        FundTransfer.objects.filter(_below("area", paths), received_on__range=span),
        "received_on",
        subsidies="amount",
    )
    aided = SettlementPayment.objects.filter(_below("settlement__area", paths), paid_on__range=span)
    yield from _monthly(aided, "paid_on", assistance="amount")
    claims = Claim.objects.filter(pooling_area__in=pools, state=ClaimState.SETTLED, settled_on__range=span)
    yield from _monthly(
        claims,
        "settled_on",
        basic="basic_paid",
        critical_illness="critical_illness_paid",
        supplement="supplement_paid",
        medical_assistance="assistance_paid",
    )


def _monthly(rows: QuerySet[Any], day: str, **columns: str) -> Iterator[tuple[str, str, Decimal]]:
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
