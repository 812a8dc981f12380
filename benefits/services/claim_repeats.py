"""The same settlement number again: nothing to do if the bill is the same to the last line, refused otherwise."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from benefits.models import Claim, ClaimLine, ClaimState
from benefits.services.bills import ClaimRefused, NewClaim, NewLine
from registry.batch.asked_again import TEXTS, AskedAgain

NUMBERED = AskedAgain(
    lambda numbers: Claim.objects.filter(number__among=numbers).select_related("pooling_area").defer("trace"),
    numbers=TEXTS,
)
SAME = (
    "resident_id", "facility_id", "kind", "admitted_on", "discharged_on", "settled_on", "total", "eligible",
    "class_b_copay", "basic_paid_given", "referral", "track", "replaces_id",
)  # fmt: skip


@dataclass
class Settled:
    """The claims that have their numbers already: stored, or earlier in the call.

    :ivar lines: as sent, by number; only of those whose number comes again with lines
    """

    claims: dict[str, Claim]
    lines: dict[str, tuple[NewLine, ...]] = field(default_factory=dict)

    def add(self, draft: Claim, claim: NewClaim) -> None:
        """Let a new claim have its number."""
        self.claims[claim.number], self.lines[claim.number] = draft, claim.lines

    def check_same(self, again: Claim, claim: NewClaim) -> Claim:
        """Return the claim that has the number of a bill that says the same.

        A bill that comes again without lines, as files have none, says the same.

        :param again: what the bill would be stored as
        :raises ClaimRefused: if the claim was reversed, or is something else
        """
        before = self.claims[claim.number]
        if before.state == ClaimState.REVERSED:
            raise ClaimRefused("claim_reversed", field="结算单号")
        if any(getattr(before, name) != getattr(again, name) for name in SAME):
            raise ClaimRefused("duplicate_number_other_amounts", field="结算单号")
        if claim.lines and claim.lines != self.lines.get(claim.number, ()):
            raise ClaimRefused("duplicate_number_other_amounts", field="明细")
        return before


def settled_before(claims: Sequence[NewClaim]) -> Settled:
    """Return the stored claims of these numbers; one query, one more if any of them comes again with lines."""
    found = NUMBERED(numbers=sorted({claim.number for claim in claims}))
    known = {claim.number: claim for claim in found}
    again = [known[claim.number].pk for claim in claims if claim.lines and claim.number in known]
    return Settled(known, _lines_stored(again) if again else {})


def _lines_stored(claim_ids: Collection[int]) -> dict[str, tuple[NewLine, ...]]:
    lines: dict[str, tuple[NewLine, ...]] = {}
    rows = (
        ClaimLine.objects.filter(claim__in=claim_ids).select_related("claim").order_by("claim_id", "number")
    )
    for row in rows.only("claim__number", "name", "item_class", "amount", "eligible", "class_b_copay"):
        line = NewLine(
            name=row.name,
            item_class=row.item_class,
            amount=row.amount,
            eligible=row.eligible,
            class_b_copay=row.class_b_copay,
        )
        lines[row.claim.number] = (*lines.get(row.claim.number, ()), line)
    return lines
