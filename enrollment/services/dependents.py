"""What of enrollment stands on identities: payments booked since they were recorded."""

import datetime
from collections.abc import Collection

from django.db.models import Exists, OuterRef

from enrollment.models import Payment, PaymentKind, PaymentState
from hardship.services.dependents import depends_on_identities


@depends_on_identities("缴费已入账")
def paid_since(resident_ids: Collection[int], since: datetime.datetime) -> set[int]:
    """Return those of the residents who paid, by the day the payment was booked; a reversed payment stands no more."""
    reversal = Payment.objects.filter(reverses=OuterRef("pk"), kind=PaymentKind.REVERSAL)
    payments = Payment.objects.filter(
        ~Exists(reversal),
        resident__in=resident_ids,
        recorded_at__gte=since,
        kind=PaymentKind.PAYMENT,
        state=PaymentState.BOOKED,
    )
    return set(payments.exclude(resident=None).values_list("resident_id", flat=True))
