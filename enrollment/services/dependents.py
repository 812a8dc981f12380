"""What of enrollment stands on identities: payments booked, and grants given by cases, since they were recorded."""

import datetime
from collections.abc import Collection

from django.db.models import Exists, OuterRef

from enrollment.models import Payment, PaymentKind, PaymentState
from hardship.models import AssistanceGrant
from hardship.services.dependents import depends_on_identities


@depends_on_identities("缴费已入账")
def paid_since(resident_ids: Collection[int], since: datetime.datetime) -> set[int]:
    """Return those of the residents who paid, by the day the payment was booked; a reversed payment stands no more."""
    reversal = Payment.objects.filter(reverses=OuterRef("pk"), kind=PaymentKind.REVERSAL)
    payments = Payment.objects.filter(
        ~Exists(reversal),
        resident__among=resident_ids,
        recorded_at__gte=since,
        kind=PaymentKind.PAYMENT,
        state=PaymentState.BOOKED,
    )
    return set(payments.exclude(resident=None).values_list("resident_id", flat=True))


@depends_on_identities("缴费后已按身份调整资助")
def regranted_since(resident_ids: Collection[int], since: datetime.datetime) -> set[int]:
    """Return those of the residents whose paid year was given another grant that stands."""
    grants = AssistanceGrant.objects.filter(
        resident__among=resident_ids, case__isnull=False, frozen_at__gte=since, reversed_at=None
    )
    return set(grants.values_list("resident_id", flat=True))
