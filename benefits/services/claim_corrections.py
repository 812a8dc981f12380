"""Corrections (更正): a settled claim is reversed and a new one stands in its place, in one settlement."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from django.contrib.auth.base_user import AbstractBaseUser

from benefits.models import Claim, ClaimState
from benefits.services.adjustments import keep_adjustments, paid_of
from benefits.services.bills import ClaimRefused
from benefits.services.claim_checks import Accepted
from benefits.services.manual_stages import note_reversals
from benefits.services.person_years import Key, PersonYear
from benefits.services.withdraw_alerts import withdraw_groundless
from registry.batch.history import rewrite_with_history


class Numbered(Protocol):
    """A bill that may correct another."""

    @property
    def number(self) -> str:
        """Its number."""

    @property
    def replaces(self) -> str:
        """The number of the one it corrects; "" = none."""


def in_turns(bills: Sequence[Numbered]) -> Iterator[list[int]]:
    """Yield the places of the bills turn by turn: one that corrects another of them comes after that one.

    Bills that correct each other in a ring come last together, where each is refused.
    """
    waiting = list(range(len(bills)))
    while waiting:
        numbers = {bills[at].number for at in waiting}
        turn = [at for at in waiting if bills[at].replaces not in numbers] or waiting
        yield turn
        taken = set(turn)
        waiting = [at for at in waiting if at not in taken]


def originals_of(accepted: Sequence[Accepted]) -> dict[str, Claim]:
    """Return the claims that some of these correct by number, in one query; none if none corrects any.

    Read while their people are held; whether one may be corrected is `check_original`'s to say.
    """
    numbers = {each.claim.replaces for each in accepted if each.claim.replaces}
    if not numbers:
        return {}
    found = Claim.objects.filter(number__in=numbers).select_related("facility", "pooling_area").defer("trace")
    return {claim.number: claim for claim in found}


def check_original(found: Accepted, originals: Mapping[str, Claim]) -> Claim | None:
    """Return the claim that this one corrects; null = it corrects none.

    :raises ClaimRefused: if there is none of the number, it is another person's or hospital's, or it does not stand
    """
    number = found.claim.replaces
    if not number:
        return None
    original = originals.get(number)
    if original is None:
        raise ClaimRefused("original_not_found", field="原结算单号", original=number)
    same_place = original.facility.code == found.claim.facility_code
    if original.resident_id != found.claim.resident_id or not same_place:
        raise ClaimRefused("original_differs", field="原结算单号", original=number)
    if original.state == ClaimState.REVERSED:
        raise ClaimRefused("original_reversed", field="原结算单号", original=number)
    return original


def take_out(years: Mapping[Key, PersonYear], originals: Iterable[Claim]) -> None:
    """Let the years be reckoned without the claims that are corrected."""
    for original in originals:
        year = years[original.resident_id, original.coverage_year]
        year.settled = [claim for claim in year.settled if claim.pk != original.pk]


def reverse_originals(
    drafts: Collection[Claim], *, why: Mapping[str, str], user: AbstractBaseUser | None
) -> None:
    """Reverse the claims that others will stand in for.

    :param why: reason by the number of the new claim
    """
    for draft in drafts:
        assert draft.replaces is not None
        draft.replaces.state = ClaimState.REVERSED
        reason = f"更正为 {draft.number}：{why[draft.number]}"[:100]
        rewrite_with_history([draft.replaces], fields=["state"], reason=reason, user=user)
        keep_adjustments([(draft.replaces, paid_of(draft.replaces))], reason=reason, user=user)
        note_reversals([draft.replaces.pk], reason=reason, user=user)


def withdraw_after(drafts: Collection[Claim], *, user: AbstractBaseUser | None) -> None:
    """Take back the warnings that lost their ground, once the corrections are stored."""
    for draft in drafts:
        assert draft.replaces is not None
        withdraw_groundless(
            resident_ids=[draft.resident_id],
            coverage_year=draft.replaces.coverage_year,
            reason=f"更正 {draft.replaces.number}",
            user=user,
        )
