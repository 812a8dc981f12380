"""What becomes of each claim of a call: new and drafted, stored already, or refused with its reason."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from django.contrib.auth.base_user import AbstractBaseUser
from django.utils import timezone

from benefits.models import Claim, ClaimLine, ClaimState
from benefits.services.claim_checks import Accepted, CheckedClaims, ClaimRefused, NewClaim
from benefits.services.claim_corrections import check_original, originals_of
from benefits.services.person_facts import facts_kept
from exchange.models import InboundBatch
from policy.money import yuan
from registry.batch.asked_again import TEXTS, AskedAgain

NUMBERED = AskedAgain(
    lambda numbers: Claim.objects.filter(number__among=numbers).defer("trace"), numbers=TEXTS
)
SAME = (
    "resident_id", "facility_id", "kind", "admitted_on", "discharged_on", "settled_on", "total", "eligible",
    "class_b_copay", "basic_paid_given", "referral", "track", "replaces_id",
)  # fmt: skip


class ClaimResult(StrEnum):
    """What became of a claim."""

    SETTLED = "settled"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class ClaimOutcome:
    """One claim's outcome.

    :param claim: as stored; null = refused
    :param code: why it was refused, stable; `message` and `cure` tell people why and what to do, `field` what is
        wrong, `clause` what the refusal rests on
    """

    number: str
    result: ClaimResult
    claim: Claim | None = None
    code: str = ""
    message: str = ""
    cure: str = ""
    field: str = ""
    clause: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """Who settles, and out of which file."""

    user: AbstractBaseUser | None = None
    batch: InboundBatch | None = None

    def reason(self, verb: str) -> str:
        """Return the verb with the file it is done for, as history keeps it."""
        return verb if self.batch is None else f"{verb} 批次{self.batch.pk}"


@dataclass
class Drafts:
    """Every claim's outcome in order, and the new claims, unsaved, each with what was accepted."""

    outcomes: list[ClaimOutcome] = field(default_factory=list)
    new: list[tuple[Claim, Accepted]] = field(default_factory=list)

    @property
    def claims(self) -> list[Claim]:
        """The new claims."""
        return [draft for draft, _ in self.new]

    @property
    def corrected(self) -> list[Claim]:
        """The stored claims that some of the new ones correct."""
        return [draft.replaces for draft in self.claims if draft.replaces is not None]


def draft_claims(claims: Sequence[NewClaim], checked: CheckedClaims, source: Source) -> Drafts:
    """Return what becomes of the claims; one query, one more if any corrects another.

    Read while the people are held, so that a claim is stored, corrected or reversed by nobody else meanwhile.
    """
    numbers = {claim.number for claim in claims}
    known = {claim.number: claim for claim in NUMBERED(numbers=sorted(numbers))}
    originals = originals_of(checked.accepted)
    drafts = Drafts()
    for found, claim in zip(checked.found, claims, strict=True):
        outcome = _outcome(found, claim, known.get(claim.number), originals, source)
        drafts.outcomes.append(outcome)
        if (
            isinstance(found, Accepted)
            and outcome.result == ClaimResult.SETTLED
            and outcome.claim is not None
        ):
            known[claim.number] = outcome.claim
            drafts.new.append((outcome.claim, found))
    _keep_persons(drafts.claims, checked)
    return drafts


def lines_of(draft: Claim, claim: NewClaim) -> Iterator[ClaimLine]:
    """Yield the lines of a stored claim, unsaved."""
    for number, line in enumerate(claim.lines, start=1):
        yield ClaimLine(
            claim=draft,
            number=number,
            name=line.name,
            item_class=line.item_class,
            amount=line.amount,
            eligible=line.eligible,
            class_b_copay=line.class_b_copay,
        )


def _outcome(
    found: Accepted | ClaimRefused,
    claim: NewClaim,
    before: Claim | None,
    originals: Mapping[str, Claim],
    source: Source,
) -> ClaimOutcome:
    try:
        if isinstance(found, ClaimRefused):
            raise found
        if before is not None:
            return _repeated(before, _draft(found, originals.get(claim.replaces), source))
        original = check_original(found, originals)
        if original is not None:
            original.state = ClaimState.REVERSED  # so that no other claim of the call corrects it too
        return ClaimOutcome(claim.number, ClaimResult.SETTLED, _draft(found, original, source))
    except ClaimRefused as refusal:
        said = (refusal.code, refusal.message, refusal.cure, refusal.field, refusal.clause)
        return ClaimOutcome(claim.number, ClaimResult.REFUSED, None, *said)


def _repeated(before: Claim, again: Claim) -> ClaimOutcome:
    """Return the outcome of a number that is stored already.

    :raises ClaimRefused: if it was reversed, or what is stored is something else
    """
    if before.state == ClaimState.REVERSED:
        raise ClaimRefused("claim_reversed", field="结算单号")
    if any(getattr(before, name) != getattr(again, name) for name in SAME):
        raise ClaimRefused("duplicate_number_other_amounts", field="结算单号")
    return ClaimOutcome(before.number, ClaimResult.UNCHANGED, before)


def _draft(found: Accepted, original: Claim | None, source: Source) -> Claim:
    claim = found.claim
    return Claim(
        number=claim.number,
        resident_id=claim.resident_id,
        pooling_area_id=found.cover.pooling_area_id,
        facility=found.facility,
        grade=found.facility.grade,
        kind=claim.kind,
        coverage_year=found.coverage_year,
        admitted_on=claim.admitted_on,
        discharged_on=claim.discharged_on,
        settled_on=claim.settled_on,
        total=yuan(claim.total),
        eligible=yuan(claim.eligible),
        class_b_copay=yuan(claim.class_b_copay),
        out_of_scope=yuan(claim.total - claim.eligible - claim.class_b_copay),
        basic_paid_given=None if claim.basic_paid is None else yuan(claim.basic_paid),
        referral=claim.referral,
        track=claim.track,
        person_facts={"population": found.cover.population},
        replaces=original,
        batch=source.batch,
        row_number=claim.row_number,
        recorded_by_id=source.user.pk if source.user else None,
    )


def _keep_persons(drafts: Sequence[Claim], checked: CheckedClaims) -> None:
    """Put on each new claim what is known of the person on its settlement day, and the moment we knew it."""
    now = timezone.now()
    for draft in drafts:
        person = checked.people.on(
            draft.resident_id,
            day=draft.settled_on,
            coverage_year=draft.coverage_year,
            population=draft.person_facts["population"],
        )
        draft.person_facts, draft.known_at = facts_kept(person), now
        draft.categories = sorted(person.categories)
