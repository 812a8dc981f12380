"""Settle claims (费用结算): basic insurance, critical illness insurance, medical assistance, in date order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.utils import timezone

from benefits.models import Claim, ClaimLine, ClaimState
from benefits.services.claim_checks import Accepted, ClaimRefused, NewClaim, check_claims
from benefits.services.closing_lock import hold_off_closing
from benefits.services.person_facts import facts_kept
from benefits.services.person_years import (
    Key,
    locked_years,
    place_of,
    read_from,
    reckon_years,
    save_years,
)
from benefits.services.refresh_states import refresh_states
from exchange.models import InboundBatch
from hardship.selectors import person_facts
from policy.money import yuan
from registry.batch.copying import copy_rows
from registry.batch.history import write_with_history
from registry.services import lock_residents

CHUNK = 1000
TRIES = 3
SAME = (
    "resident_id", "facility_id", "kind", "admitted_on", "discharged_on", "settled_on", "total", "eligible",
    "class_b_copay", "basic_paid_given", "referral", "track",
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
    :param code: why it was refused, stable; `message` and `cure` tell people why and what to do
    """

    number: str
    result: ClaimResult
    claim: Claim | None = None
    code: str = ""
    message: str = ""
    cure: str = ""


def settle_claims(
    *, claims: Sequence[NewClaim], user: AbstractBaseUser | None, batch: InboundBatch | None = None
) -> list[ClaimOutcome]:
    """Settle claims and return their outcomes in the order given; a refused one stops no other.

    A person's claims of a year settle in the order of discharge and number, whatever the order of arrival: one that
    comes late is settled at its place, and those after it anew, with the difference in their history. The same number
    with the same content again changes nothing.
    """
    order = sorted(range(len(claims)), key=lambda at: (claims[at].resident_id, claims[at].discharged_on))
    outcomes: dict[int, ClaimOutcome] = {}
    for part in _parts(order):
        found = _settle_chunk([claims[at] for at in part], user=user, batch=batch)
        outcomes |= dict(zip(part, found, strict=True))
    return [outcomes[at] for at in range(len(claims))]


def expected_outcomes(claims: Sequence[NewClaim]) -> list[ClaimOutcome]:
    """Return what `settle_claims` would say to each claim now, no money worked out; a claim is stored nowhere."""
    checked, _ = check_claims(claims)
    outcomes, _ = _drafted(checked, claims, user=None, batch=None)
    return outcomes


def _parts(order: Sequence[int]) -> list[Sequence[int]]:
    return [order[first : first + CHUNK] for first in range(0, len(order), CHUNK)]


def _settle_chunk(
    claims: Sequence[NewClaim], *, user: AbstractBaseUser | None, batch: InboundBatch | None
) -> list[ClaimOutcome]:
    """Settle up to a chunk of claims; once more if somebody stored one of the numbers meanwhile."""
    for left in reversed(range(TRIES)):
        try:
            with transaction.atomic():
                return _settled(claims, user=user, batch=batch)
        except IntegrityError as clash:
            if not left or "claim_number" not in str(clash):
                raise
    raise AssertionError("unreachable")


def _settled(
    claims: Sequence[NewClaim], *, user: AbstractBaseUser | None, batch: InboundBatch | None
) -> list[ClaimOutcome]:
    hold_off_closing()
    lock_residents({claim.resident_id for claim in claims})
    checked, laws = check_claims(claims)
    accepted = [each for each in checked if isinstance(each, Accepted)]
    years = locked_years(
        {(each.claim.resident_id, each.coverage_year): each.cover.pooling_area_id for each in accepted}
    )
    outcomes, drafts = _drafted(checked, claims, user=user, batch=batch)
    _keep_persons([draft for draft, _ in drafts])
    added: dict[Key, list[Claim]] = {}
    for draft, _ in drafts:
        added.setdefault((draft.resident_id, draft.coverage_year), []).append(draft)
    touched = {key: years[key] for key in added}
    read_from(touched, places={key: min(map(place_of, new)) for key, new in added.items()})
    reckon_years(touched, added=added, laws=laws)
    _store(drafts, reason=_reason("结算", batch), user=user)
    if touched:
        reason = _reason("补录结算后重新结算", batch)
        save_years(touched.values(), reason=reason, user=user)
        for year in sorted({year for _, year in touched}):
            people = [resident for resident, of in touched if of == year]
            refresh_states(resident_ids=people, year=year, reason=reason, user=user)
    return outcomes


def _store(drafts: Sequence[tuple[Claim, Accepted]], *, reason: str, user: AbstractBaseUser | None) -> None:
    """Write new claims with their history and lines; one alone goes without the stages that pay for many."""
    lines = [line for draft, found in drafts for line in _lines(draft, found.claim)]
    if len(drafts) == 1:
        ((draft, _),) = drafts
        draft._change_reason, draft._history_user = reason, user  # type: ignore[attr-defined]
        draft.save(force_insert=True)
        ClaimLine.objects.bulk_create(lines)
        return
    write_with_history([draft for draft, _ in drafts], reason=reason, user=user)
    copy_rows(lines)


def _drafted(
    checked: Sequence[Accepted | ClaimRefused],
    claims: Sequence[NewClaim],
    *,
    user: AbstractBaseUser | None,
    batch: InboundBatch | None,
) -> tuple[list[ClaimOutcome], list[tuple[Claim, Accepted]]]:
    """Return every claim's outcome and the new claims, unsaved. Read under the lock of the person-years."""
    known = {
        claim.number: claim
        for claim in Claim.objects.filter(number__in={claim.number for claim in claims}).defer("trace")
    }
    outcomes: list[ClaimOutcome] = []
    drafts: list[tuple[Claim, Accepted]] = []
    for found, claim in zip(checked, claims, strict=True):
        before = known.get(claim.number)
        if isinstance(found, ClaimRefused):
            outcomes.append(_refused(claim, found))
        elif before is not None:
            outcomes.append(_repeated(before, _draft(found, user=user, batch=batch)))
        else:
            draft = known[claim.number] = _draft(found, user=user, batch=batch)
            drafts.append((draft, found))
            outcomes.append(ClaimOutcome(claim.number, ClaimResult.SETTLED, draft))
    return outcomes, drafts


def _draft(found: Accepted, *, user: AbstractBaseUser | None, batch: InboundBatch | None) -> Claim:
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
        batch=batch,
        row_number=claim.row_number,
        recorded_by_id=user.pk if user else None,
    )


def _keep_persons(drafts: Sequence[Claim]) -> None:
    """Put on each new claim what is known of the person on its settlement day, and the moment we knew it."""
    now = timezone.now()
    known = person_facts(resident_ids={draft.resident_id for draft in drafts})
    for draft in drafts:
        person = known.on(
            draft.resident_id,
            day=draft.settled_on,
            coverage_year=draft.coverage_year,
            population=draft.person_facts["population"],
        )
        draft.person_facts, draft.known_at = facts_kept(person), now
        draft.categories = sorted(person.categories)


def _repeated(before: Claim, again: Claim) -> ClaimOutcome:
    """Return the outcome of a number that is stored already."""
    if before.state == ClaimState.REVERSED:
        refusal = ClaimRefused(
            "claim_reversed", "该结算单已冲正", "更正后的费用请医疗机构使用新的结算单号报送"
        )
        return _refused(before, refusal)
    if all(getattr(before, name) == getattr(again, name) for name in SAME):
        return ClaimOutcome(before.number, ClaimResult.UNCHANGED, before)
    refusal = ClaimRefused(
        "duplicate_number_other_amounts",
        "结算单号已存在，但本次内容与已结算的不同",
        "内容有误的先冲正原结算单，再用新的结算单号报送",
    )
    return _refused(before, refusal)


def _refused(claim: Claim | NewClaim, refusal: ClaimRefused) -> ClaimOutcome:
    return ClaimOutcome(claim.number, ClaimResult.REFUSED, None, refusal.code, refusal.message, refusal.cure)


def _lines(draft: Claim, claim: NewClaim) -> Iterator[ClaimLine]:
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


def _reason(verb: str, batch: InboundBatch | None) -> str:
    return verb if batch is None else f"{verb} 批次{batch.pk}"
