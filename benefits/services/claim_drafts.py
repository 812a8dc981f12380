"""What becomes of each claim of a call: new and drafted, stored already, or refused with its reason."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from django.contrib.auth.base_user import AbstractBaseUser

from benefits.models import Claim, ClaimLine, ClaimState
from benefits.selectors.claim_scope import is_handled_in
from benefits.services.bills import ClaimRefused, NewClaim
from benefits.services.claim_checks import Accepted, CheckedClaims
from benefits.services.claim_corrections import check_original, originals_of
from benefits.services.claim_persons import keep_persons
from benefits.services.claim_repeats import Settled, settled_before
from exchange.models import InboundBatch
from policy.money import yuan


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
    """Who settles, out of which file, for which area, and up to which day.

    :param within: path of the area; "" = any
    :param until: a bill of a later day has not happened; null = days are as given, as in a worked case
    """

    user: AbstractBaseUser | None = None
    batch: InboundBatch | None = None
    within: str = ""
    until: datetime.date | None = None

    def check_days(self, claim: NewClaim) -> None:
        """Refuse a bill of a day that has not come.

        :raises ClaimRefused: naming the first such day
        """
        days = {"入院日期": claim.admitted_on, "出院日期": claim.discharged_on, "结算日期": claim.settled_on}
        for label, day in days.items():
            if self.until is not None and day > self.until:
                raise ClaimRefused("day_not_come", field=label, label=label, day=day, today=self.until)

    def check_area(self, found: Accepted, original: Claim | None) -> None:
        """Refuse what the area does not handle: a claim of another fund's, or one that corrects such a claim.

        :raises ClaimRefused: if it does not
        """
        funds = [found.cover.area_path]
        if original is not None and original.pk is not None:  # one of the same file was looked at itself
            funds.append(original.pooling_area.path)
        if not all(is_handled_in(self.within, fund_path=fund, living_path=found.lives_in) for fund in funds):
            raise ClaimRefused("outside_area", field="证件号码")

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


def draft_claims(
    claims: Sequence[NewClaim],
    checked: CheckedClaims,
    source: Source,
    *,
    foretold: Mapping[str, Claim] = MappingProxyType({}),
) -> Drafts:
    """Return what becomes of the claims; one query, one more for corrections, one for lines that come again.

    Read while the people are held, so that a claim is stored, corrected or reversed by nobody else meanwhile.

    :param foretold: claims by number that will be settled before these, unsaved; these may correct them
    """
    settled = settled_before(claims)
    originals = {**originals_of(checked.accepted), **foretold}
    drafts = Drafts()
    for found, claim in zip(checked.found, claims, strict=True):
        outcome = _outcome(found, claim, settled, originals, source)
        drafts.outcomes.append(outcome)
        if (
            isinstance(found, Accepted)
            and outcome.result == ClaimResult.SETTLED
            and outcome.claim is not None
        ):
            settled.add(outcome.claim, claim)
            drafts.new.append((outcome.claim, found))
    keep_persons(drafts.claims, checked.people)
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
    settled: Settled,
    originals: Mapping[str, Claim],
    source: Source,
) -> ClaimOutcome:
    try:
        if claim.number not in settled.claims:
            source.check_days(claim)
        if isinstance(found, ClaimRefused):
            raise found
        if claim.number in settled.claims:
            source.check_area(found, settled.claims[claim.number])
            again = _draft(found, originals.get(claim.replaces), source)
            return ClaimOutcome(claim.number, ClaimResult.UNCHANGED, settled.check_same(again, claim))
        original = check_original(found, originals)
        source.check_area(found, original)
        if original is not None:
            original.state = ClaimState.REVERSED  # so that no other claim of the call corrects it too
        return ClaimOutcome(claim.number, ClaimResult.SETTLED, _draft(found, original, source))
    except ClaimRefused as refusal:
        said = (refusal.code, refusal.message, refusal.cure, refusal.field, refusal.clause)
        return ClaimOutcome(claim.number, ClaimResult.REFUSED, None, *said)


def _draft(found: Accepted, original: Claim | None, source: Source) -> Claim:
    claim = found.claim
    return Claim(
        number=claim.number,
        resident_id=claim.resident_id,
        pooling_area_id=found.cover.pooling_area_id,
        facility=found.facility,
        grade=found.facility.grade if original is None else original.grade,
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
