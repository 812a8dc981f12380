"""Claims as hospitals' programs send them, for their own facilities and people of their area."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.utils import timezone

from benefits.models import Claim
from benefits.selectors.for_agencies import claims_for, facilities_of_others, people_billed
from benefits.services.bills import NewClaim
from benefits.services.settle import ClaimOutcome, ClaimResult, settle_claims
from benefits.services.void import void_claim
from exchange.models import Agency, RowOutcome
from exchange.services.batches import RowResult
from exchange.services.bulk_calls import close_call, open_call
from exchange.services.people import look_up
from policy.errors import DomainError
from registry.models.history import caused_by
from registry.rules.identity_numbers import masked, normalized
from registry.services.log_access import log_access

KEPT = {
    ClaimResult.SETTLED: RowOutcome.NEW,
    ClaimResult.UNCHANGED: RowOutcome.UNCHANGED,
    ClaimResult.REFUSED: RowOutcome.REFUSED,
}
PURPOSE = "接口报送结算"
NOT_YOURS = "该定点医药机构不属于本机构账号"
CURE = "请核对机构编码；确属本机构的，请联系医保局登记其所属机构账号"


class FacilityNotYours(DomainError):
    """The facility belongs to another agency, or to none."""

    code = "facility_not_yours"


@dataclass(frozen=True, slots=True)
class SentClaim:
    """A bill by identity number; `bill` holds what `NewClaim` asks beside the resident."""

    id_number: str
    bill: dict[str, Any]

    @property
    def number(self) -> str:
        """The hospital's settlement number."""
        return str(self.bill["number"])

    @property
    def facility_code(self) -> str:
        """The code of the facility that made the bill."""
        return str(self.bill["facility_code"])


@transaction.atomic
def settle_claims_of_agency(*, agency: Agency, key: str, claims: Sequence[SentClaim]) -> list[ClaimOutcome]:
    """Settle claims and return what became of each, in order; the call and its rows are kept as a batch.

    A claim of a facility that is not the agency's is refused before anybody is looked up; one for somebody who lives
    outside the agency's area like one for somebody nobody knows, unless it is settled already or corrects one that is.

    :param key: the call's idempotency key
    """
    others = facilities_of_others(agency, {claim.facility_code for claim in claims})
    people = _people(agency, [claim for claim in claims if claim.facility_code not in others])
    batch = open_call(kind="claims", agency=agency, key=key)
    taken = [
        NewClaim(resident_id=people[claim.id_number], row_number=number, **claim.bill)
        for number, claim in enumerate(claims, start=1)
        if claim.facility_code not in others and claim.id_number in people
    ]
    with caused_by(batch.pk):
        settled = settle_claims(claims=taken, user=None, batch=batch, until=timezone.localdate())
    by_row = {bill.row_number: outcome for bill, outcome in zip(taken, settled, strict=True)}
    outcomes = _as_they_stand(
        [by_row.get(n) or _turned_away(claim, others) for n, claim in enumerate(claims, start=1)]
    )
    close_call(
        batch=batch,
        rows=[_kept(n, *pair) for n, pair in enumerate(zip(claims, outcomes, strict=True), start=1)],
    )
    return outcomes


@transaction.atomic
def void_claim_of_agency(*, agency: Agency, claim: Claim, reason: str) -> list[str]:
    """Reverse a claim in the agency's name; return the numbers of those settled anew that it may read.

    :raises FacilityNotYours: if the claim's facility is not the agency's
    :raises ClaimAlreadyReversed: if it was reversed before
    """
    if claim.facility.agency_id != agency.pk:
        raise FacilityNotYours(f"{NOT_YOURS}。{CURE}", facility_code=claim.facility.code)
    changed = void_claim(claim=claim, user=None, reason=f"{agency.code}：{reason}")
    return list(claims_for(agency).filter(pk__in=changed).order_by("number").values_list("number", flat=True))


def _people(agency: Agency, claims: Sequence[SentClaim]) -> dict[str, int]:
    """Return number as given → key of the person, of those the agency may send these claims for."""
    people = look_up(agency=agency, id_numbers={claim.id_number for claim in claims}, purpose=PURPOSE)
    if not people.elsewhere:
        return people.own
    moved = [claim for claim in claims if claim.id_number in people.elsewhere]
    sent = {number for claim in moved for number in (claim.number, claim.bill.get("replaces", "")) if number}
    billed = people_billed(agency, numbers=sent, resident_ids=people.elsewhere.values())
    if billed:
        log_access(agency_code=agency.code, resident_ids=billed, purpose=PURPOSE)
    return people.own | {number: pk for number, pk in people.elsewhere.items() if pk in billed}


def _as_they_stand(outcomes: Sequence[ClaimOutcome]) -> list[ClaimOutcome]:
    """Return the outcomes with the claims read anew: one sent before may have been settled anew by this call."""
    keys = [outcome.claim.pk for outcome in outcomes if outcome.claim is not None]
    claims = Claim.objects.select_related("resident", "facility", "replaces").in_bulk(keys)
    return [
        outcome if outcome.claim is None else replace(outcome, claim=claims[outcome.claim.pk])
        for outcome in outcomes
    ]


def _turned_away(claim: SentClaim, others: Collection[str]) -> ClaimOutcome:
    if claim.facility_code in others:
        return ClaimOutcome(
            claim.number,
            ClaimResult.REFUSED,
            code=FacilityNotYours.code,
            message=NOT_YOURS,
            cure=CURE,
            field="机构编码",
        )
    return ClaimOutcome(
        claim.number,
        ClaimResult.REFUSED,
        code="resident_not_found",
        message="本部门地区范围内没有该证件号码的参保人",
        cure="请核对证件号码和参保地",
        field="证件号码",
    )


def _kept(number: int, claim: SentClaim, outcome: ClaimOutcome) -> RowResult:
    return RowResult(
        number=number,
        outcome=KEPT[outcome.result],
        payload={
            "number": claim.number,
            "id_number": masked(normalized(claim.id_number)),
            "facility_code": claim.facility_code,
            "total": str(claim.bill["total"]),
        },
        code=outcome.code,
        message=outcome.message,
        field=outcome.field,
    )
