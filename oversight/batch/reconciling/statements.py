"""Running statements over the tables the house has, by their models' names."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils import timezone

from enrollment.models import (
    Balance,
    BalanceKind,
    BalanceState,
    ContributionPeriod,
    ContributionState,
    Enrollment,
    EnrollmentStatus,
    Payment,
    PaymentKind,
    PaymentState,
)
from enrollment.selectors.money_places import MOVED
from enrollment.services.booking.clashes import CLASH
from enrollment.services.booking.rows import CORRECTED_ROW, TAKEN_BACK
from enrollment.services.lists import PAYMENTS
from exchange.models import BatchStatus, InboundBatch, InboundRow, RowOutcome
from hardship.models import AssistanceGrant
from oversight.models import (
    Difference,
    DifferenceState,
    Reconciliation,
    ReconciliationLine,
    ReconciliationState,
    TaxTotal,
)
from policy.dates import months_after
from registry.models import Area, Resident

TABLES = {
    model.__name__.lower(): model._meta.db_table
    for model in (
        Area, AssistanceGrant, Balance, ContributionPeriod, Difference, Enrollment, InboundBatch, InboundRow,
        Payment, Payment.history.model, Reconciliation, ReconciliationLine, Resident, TaxTotal,
    )
} | {"moved": MOVED}  # fmt: skip
CODES = {
    "active": EnrollmentStatus.ACTIVE.value,
    "booked": PaymentState.BOOKED.value,
    "cancelled": BalanceState.CANCELLED.value,
    "closed": ReconciliationState.CLOSED.value,
    "explained": DifferenceState.EXPLAINED.value,
    "held": PaymentState.HELD.value,
    "open": DifferenceState.OPEN.value,
    "paid": ContributionState.PAID.value,
    "payment": PaymentKind.PAYMENT.value,
    "refund": BalanceKind.REFUND.value,
    "resolved": DifferenceState.RESOLVED.value,
    "applied": BatchStatus.APPLIED.value,
    "lost": [RowOutcome.REFUSED.value, RowOutcome.CONFLICT.value],
    "clash": CLASH,
    "corrected": CORRECTED_ROW,
    "taken_back": TAKEN_BACK,
    "payments": PAYMENTS.name,
    "taken": [RowOutcome.NEW.value, RowOutcome.HELD.value],
}


@dataclass(frozen=True, slots=True)
class Month:
    """What is compared: an area with all below it, and the days `[first, end)`."""

    reconciliation: Reconciliation

    @property
    def params(self) -> dict[str, Any]:
        """What statements may name."""
        first: datetime.date = self.reconciliation.month
        return CODES | {
            "reconciliation": self.reconciliation.pk,
            "area": self.reconciliation.area_id,
            "path": self.reconciliation.area.path,
            "first": first,
            "end": months_after(first, 1),
            "since": timezone.make_aware(datetime.datetime.combine(first, datetime.time.min)),
        }


def run(statement: str, params: Mapping[str, Any]) -> list[Any]:
    """Run a statement and return the first column of what it returns, if it returns anything."""
    with connection.cursor() as cursor:
        cursor.execute(statement.format(**TABLES), params)
        return [row[0] for row in cursor.fetchall()] if cursor.description else []
