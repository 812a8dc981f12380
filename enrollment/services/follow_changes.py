"""Follow news from below: an identity or cover elsewhere began, changed or ended, so unpaid quotes are made anew."""

import datetime
from collections.abc import Collection
from typing import NamedTuple

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import Exists, OuterRef

from casework.services.notes import note_once
from enrollment.models import ContributionPeriod
from enrollment.selectors.changed_years import cover_changed_between
from enrollment.services.balances import open_refunds
from enrollment.services.contributions import OPEN_STATES, put_quote, standing_contributions
from enrollment.services.enroll import ask_of
from enrollment.services.quote import Memory, Quote, QuoteFacts, load_facts
from enrollment.services.settle_covered import save_requoted
from enrollment.services.subsidies import SubsidyLedger
from hardship.selectors import changed_between
from policy.errors import DomainError
from registry.services import lock_residents

CHUNK = 2_000
LEFT_ALONE = (
    "身份或他处参保有变动：该年度退费已决定，税务退费流水到达前不重新核定，流水到达后该年度终止；"
    "仍要参保的，届时重新登记，按新情况核定。"
)


class Requoted(NamedTuple):
    """How many years were quoted anew, and how many were left alone as a decided refund ends them."""

    anew: int = 0
    under_refund: int = 0

    def plus(self, other: "Requoted") -> "Requoted":
        """Return both together."""
        return Requoted(self.anew + other.anew, self.under_refund + other.under_refund)


def requote_changed(
    *,
    since: datetime.datetime,
    until: datetime.datetime,
    day: datetime.date,
    user: AbstractBaseUser | None = None,
) -> Requoted:
    """Quote anew whoever has not paid and whose identities or cover elsewhere changed in `[since, until)`.

    :returns: what `requote_open` does, as of `day`
    """
    changed = changed_between(since=since, until=until) | cover_changed_between(since=since, until=until)
    return requote_open(resident_ids=changed, day=day, user=user)


def requote_open(
    *, resident_ids: Collection[int], day: datetime.date, user: AbstractBaseUser | None = None
) -> Requoted:
    """Quote anew, as of `day`, what people have not paid of this year and the next; return how many contributions.

    Paid contributions are frozen and left alone (已缴不退); so is who would have no terms then. Whoever has paid in
    part and owes no more than that now is paid, and gets back what is too much. Years that end when a decided
    refund has gone are left alone too, and the refund's case says so.
    """
    residents = sorted(resident_ids)
    memory, ledger, count = Memory(), SubsidyLedger(), Requoted()
    for start in range(0, len(residents), CHUNK):
        part = residents[start : start + CHUNK]
        with transaction.atomic():
            lock_residents(part)
            count = count.plus(_requote(part, day, memory=memory, ledger=ledger, user=user))
    return count


def _requote(
    residents: list[int],
    day: datetime.date,
    *,
    memory: Memory,
    ledger: SubsidyLedger,
    user: AbstractBaseUser | None,
) -> Requoted:
    years = [day.year, day.year + 1]
    standing = standing_contributions(resident_ids=residents, coverage_years=years)
    is_ending = Exists(open_refunds().filter(contribution=OuterRef("pk")))
    unpaid = list(
        standing.filter(state__in=OPEN_STATES)
        .annotate(is_ending=is_ending)
        .order_by("resident", "coverage_year")
    )
    ending = [each.pk for each in unpaid if each.is_ending]
    found = [each for each in unpaid if not each.is_ending]
    facts = load_facts([ask_of(each, day) for each in found], memory=memory)
    quoted = [(each, quote) for each in found for quote in [_quote(each, day, facts)] if quote is not None]
    for contribution, quote in quoted:
        put_quote(contribution, quote)
    save_requoted(quoted, facts=facts, ledger=ledger, user=user)
    _tell(ending)
    return Requoted(len(quoted), len(ending))


def _tell(ending: list[int]) -> None:
    """Say on the cases of decided refunds that their years were left alone."""
    if ending:
        decided = open_refunds().filter(contribution__in=ending).exclude(case=None)
        note_once(case_ids=set(decided.values_list("case", flat=True)), text=LEFT_ALONE)


def _quote(contribution: ContributionPeriod, day: datetime.date, facts: QuoteFacts) -> Quote | None:
    try:
        return facts.quote(ask_of(contribution, day))
    except DomainError:
        return None
