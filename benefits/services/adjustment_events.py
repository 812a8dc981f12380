"""Tell the agency that filed a claim what is to be paid on top or recovered of it (补付追回), each change once."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

from benefits.models import Claim, ClaimState, PayoutAdjustment
from benefits.rules.adjustment_words import for_partners
from exchange.models import Agency
from exchange.services.outbox import NewEvent, publish_many

ADJUSTED = "claim.adjusted"


def tell_filers(rows: Sequence[PayoutAdjustment]) -> None:
    """Publish one event for each claim of an agency's facility, part of the transaction that moves the payouts.

    It says what the agency itself filed, by its own number, and nothing of the person or of other claims.

    :param rows: stored; those of one claim stand together
    """
    filed = [row for row in rows if row.claim.facility.agency_id is not None]
    if not filed:
        return
    agencies = Agency.objects.in_bulk({row.claim.facility.agency_id for row in filed})
    publish_many(events=_events(filed, agencies))


def _events(filed: Iterable[PayoutAdjustment], agencies: dict[Any, Agency]) -> Iterator[NewEvent]:
    for claim, rows in groupby(filed, key=attrgetter("claim")):
        layers, agency = list(rows), agencies[claim.facility.agency_id]
        yield NewEvent(
            kind=ADJUSTED,
            area_id=agency.area_id,
            agency_kinds=[agency.kind],
            agency_id=agency.pk,
            subject=f"claim:{claim.number}",
            payload=_payload(claim, layers),
            dedupe_key=f"adjusted:{layers[0].pk}",
        )


def _payload(claim: Claim, layers: Sequence[PayoutAdjustment]) -> dict[str, Any]:
    return {
        "number": claim.number,
        "facility_code": claim.facility.code,
        "state": str(ClaimState(claim.state)),
        "reason": for_partners(layers[0].reason),
        "adjustments": [
            {
                "id": row.pk,
                "layer": str(row.layer),
                "before": f"{row.before:.2f}",
                "after": f"{row.after:.2f}",
                "amount": f"{row.amount:.2f}",
            }
            for row in layers
        ],
    }
