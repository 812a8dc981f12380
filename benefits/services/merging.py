"""What of benefits keeps two records of a person from becoming one: claims and carried states stay where they are.

Claims build on one another and on the year's totals, states on the year before: none can be handed to another record
without being worked out anew, so only the record that stays may have any.
"""

from benefits.models import Accumulator, Claim, IncentiveState, ManualClaim
from enrollment.services.merging import which_stays
from registry.models import Resident
from registry.services.merge_residents import bars_merging


@bars_merging
def settled_where_it_goes(first: Resident, second: Resident) -> list[str]:
    """Return in words what the record that goes has settled or carries."""
    _, gone = which_stays(first, second)
    found = []
    claims, totals = Claim.objects.filter(resident=gone), Accumulator.objects.filter(resident=gone)
    if claims.exists() or totals.exists():
        found.append(
            f"将并入的档案（{gone.masked_id_number}）有费用结算，请先作废，合并后在保留的档案重新结算"
        )
    if ManualClaim.objects.filter(resident=gone).exists():
        found.append(
            f"将并入的档案（{gone.masked_id_number}）有零星报销的记录，不能并入，请以该档案为保留的档案"
        )
    if IncentiveState.objects.filter(resident_id=gone.pk).exists():
        found.append(f"将并入的档案（{gone.masked_id_number}）有年终激励，请先在保留的档案核算后作废")
    return found
