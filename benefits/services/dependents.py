"""What of benefits stands on identities: claims settled, or settled anew, since they were recorded."""

import datetime
from collections.abc import Collection

from benefits.models import Claim, ClaimState
from hardship.services.dependents import depends_on_identities


@depends_on_identities("费用已结算")
def settled_since(resident_ids: Collection[int], since: datetime.datetime) -> set[int]:
    """Return those of the residents with a standing claim settled since; a void one stands no more."""
    standing = Claim.objects.filter(resident__among=resident_ids, state=ClaimState.SETTLED)
    settled = Claim.history.filter(id__in=standing.values("pk"), history_date__gte=since)
    return set(settled.values_list("resident_id", flat=True))
