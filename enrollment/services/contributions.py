"""Put quotes on contributions and store them with their grants; the one place where their figures are written."""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import QuerySet
from django.utils import timezone

from enrollment.models import ContributionPeriod, ContributionState, EnrollmentStatus, Quoted
from enrollment.services.quote import Quote
from enrollment.services.workings import share_workings
from hardship.rules.premium_assistance import Grant
from hardship.services.grants import GrantDecision, freeze_grants, reverse_grants, save_grants
from policy.money import ZERO
from registry.batch.history import rewrite_with_history, write_with_history

OPEN_STATES = (ContributionState.QUOTED, ContributionState.PARTLY_PAID, ContributionState.REVERSED)
REASON_LENGTH = 100
NOTHING = Grant(None, "", {}, ZERO)
FIGURES = [
    "components",
    "due",
    "assisted",
    "supported",
    "payable",
    "paid",
    "window",
    "special_group",
    "charge",
    "subsidy",
    "claim_year",
    "benefit_start",
    "benefit_end",
    "no_benefit_confirmed",
    "bought_back_months",
    "state",
    "quoted_on",
    "decided_at",
    "case",
    "paid_on",
    "frozen_at",
    "grant",
    "policy_key",
    "policy_digest",
    "trace",
    "working",
]


DECIDED = (
    "components", "due", "assisted", "supported", "payable", "window", "special_group", "charge", "subsidy",
    "claim_year", "benefit_start", "benefit_end", "quoted_on", "bought_back_months", "policy_key", "policy_digest",
)  # fmt: skip


def standing_contributions(
    *, resident_ids: Collection[int], coverage_years: Collection[int] | None = None
) -> QuerySet[ContributionPeriod]:
    """Return the contributions of standing registrations with their enrollment.

    :param coverage_years: null = every year
    """
    found = ContributionPeriod.objects.filter(
        resident__in=resident_ids, enrollment__status=EnrollmentStatus.ACTIVE
    )
    if coverage_years is not None:
        found = found.filter(coverage_year__in=coverage_years)
    return found.select_related("enrollment")


def put_quote(contribution: ContributionPeriod, quote: Quote) -> None:
    """Set the figures of `contribution` to those of `quote` and the moment they were decided; nothing is stored yet.

    The resident is held since before the facts were read, so the clock is looked at here. The same figures from the
    same law say nothing new: the decision they were first given by stands.
    """
    said_by_quote = contribution.decided_at is not None and contribution.case_id is None
    before = decided(contribution) if said_by_quote else None
    put_figures(contribution, quote)
    contribution.quoted_on = quote.paid_on
    contribution.trace = quote.trace
    if contribution.working_id is not None:
        contribution.working = None
    if contribution.case_id is not None:
        contribution.case = None
    if before is None or decided(contribution) != before:
        contribution.decided_at = timezone.now()


def put_figures(row: Quoted, quote: Quote) -> None:
    """Set the figures of `row` to those of `quote`."""
    vars(row).update(quote.figures)  # none of them is a relation


def decided(row: ContributionPeriod) -> tuple[Any, ...]:
    """Return what a decision settled, of a contribution or of a row of its history."""
    return tuple(getattr(row, name) for name in DECIDED)


def save_quoted(
    quoted: Sequence[tuple[ContributionPeriod, Quote]],
    *,
    verb: str,
    user: AbstractBaseUser | None,
    because: str = "",
) -> None:
    """Store quoted contributions, new and old, with their grants; a grant no longer due is reversed.

    :param verb: of the history's reason, such as "enroll": it reads "enroll 230100/2025"
    :param because: what else the reason says, in the words of whoever decided
    """
    share_workings(contribution for contribution, _ in quoted)
    by_policy: defaultdict[str, list[tuple[ContributionPeriod, Quote]]] = defaultdict(list)
    for contribution, quote in quoted:
        by_policy[quote.policy_key].append((contribution, quote))
    for policy_key, group in by_policy.items():
        reason = f"{verb} {policy_key} {because}".rstrip()[:REASON_LENGTH]
        _settle_grants(group, reason=reason, user=user)
        save_contributions((each for each, _ in group), reason=reason, user=user)


def save_contributions(
    contributions: Iterable[ContributionPeriod],
    *,
    reason: str,
    user: AbstractBaseUser | None,
    fields: Sequence[str] = FIGURES,
) -> None:
    """Store contributions as they are: new ones written, old ones changed where they differ, all with history.

    :param fields: what may have changed of old ones
    """
    new: list[ContributionPeriod] = []
    old: list[ContributionPeriod] = []
    for each in contributions:
        (new if each._state.adding else old).append(each)
    write_with_history(new, reason=reason, user=user)
    rewrite_with_history(old, fields=fields, reason=reason, user=user)


def return_grants(
    contributions: Sequence[ContributionPeriod], *, reason: str, user: AbstractBaseUser | None
) -> None:
    """Reverse the grants of contributions and unlink them; the contributions are not stored."""
    for year, group in _by_year(each for each in contributions if each.grant_id is not None).items():
        ids = [each.resident_id for each in group]
        reverse_grants(resident_ids=ids, coverage_year=year, reason=reason, user=user)
        for each in group:
            each.grant = None


def keep_grants(
    contributions: Sequence[ContributionPeriod], *, reason: str, user: AbstractBaseUser | None
) -> None:
    """Freeze the grants of paid contributions."""
    for year, group in _by_year(each for each in contributions if each.grant_id is not None).items():
        ids = [each.resident_id for each in group]
        freeze_grants(resident_ids=ids, coverage_year=year, reason=reason, user=user)


def _settle_grants(
    quoted: Sequence[tuple[ContributionPeriod, Quote]], *, reason: str, user: AbstractBaseUser | None
) -> None:
    """Store what is granted now and link it; what was granted before and is not any more is reversed."""
    quotes = {id(contribution): quote for contribution, quote in quoted}
    concerned = (each for each, quote in quoted if quote.dues.grant or each.grant_id is not None)
    for group in _by_year(concerned).values():
        now = timezone.now()
        decisions = [_decision(each, quotes[id(each)], now) for each in group]
        grants = save_grants(decisions=decisions, reason=reason, user=user)
        for each in group:
            each.grant = grants.get(each.resident_id)
            if each.grant is not None and each.grant.decided_at == now:
                each.decided_at = now


def _decision(contribution: ContributionPeriod, quote: Quote, now: datetime.datetime) -> GrantDecision:
    return GrantDecision(
        resident_id=contribution.resident_id,
        coverage_year=contribution.coverage_year,
        grant=quote.dues.grant or NOTHING,
        policy_key=quote.policy_key,
        decided_on=quote.paid_on,
        decided_at=now,
        trace=quote.dues.steps_of_grant,
    )


def _by_year(contributions: Iterable[ContributionPeriod]) -> dict[int, list[ContributionPeriod]]:
    groups: defaultdict[int, list[ContributionPeriod]] = defaultdict(list)
    for each in contributions:
        groups[each.coverage_year].append(each)
    return groups
