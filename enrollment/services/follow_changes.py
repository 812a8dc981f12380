"""Follow news from below: an identity began, changed or ended, so unpaid quotes are made anew."""

import datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from enrollment.models import ContributionPeriod
from enrollment.services.contributions import OPEN_STATES, put_quote, standing_contributions
from enrollment.services.enroll import ask_of
from enrollment.services.quote import Memory, Quote, QuoteFacts, load_facts
from enrollment.services.settle_covered import save_requoted
from enrollment.services.subsidies import SubsidyLedger
from hardship.selectors import changed_between
from policy.errors import DomainError
from registry.services import lock_residents

CHUNK = 2_000


def requote_changed(
    *,
    since: datetime.datetime,
    until: datetime.datetime,
    day: datetime.date,
    user: AbstractBaseUser | None = None,
) -> int:
    """Quote anew, as of `day`, whoever has not paid and whose identities changed in `[since, until)`.

    Paid contributions are frozen and left alone (已缴不退); so is who would have no terms on that day. Whoever has
    paid in part and owes no more than that now is paid, and gets back what is too much.

    :returns: how many contributions were quoted anew
    """
    residents = sorted(changed_between(since=since, until=until))
    memory, ledger, count = Memory(), SubsidyLedger(), 0
    for start in range(0, len(residents), CHUNK):
        part = residents[start : start + CHUNK]
        with transaction.atomic():
            lock_residents(part)
            count += _requote(part, day, memory=memory, ledger=ledger, user=user)
    return count


def _requote(
    residents: list[int],
    day: datetime.date,
    *,
    memory: Memory,
    ledger: SubsidyLedger,
    user: AbstractBaseUser | None,
) -> int:
    years = [day.year, day.year + 1]
    waiting = standing_contributions(resident_ids=residents, coverage_years=years)
    found = list(waiting.filter(state__in=OPEN_STATES).order_by("resident", "coverage_year"))
    facts = load_facts([ask_of(each, day) for each in found], memory=memory)
    quoted = [(each, quote) for each in found for quote in [_quote(each, day, facts)] if quote is not None]
    for contribution, quote in quoted:
        put_quote(contribution, quote)
    save_requoted(quoted, facts=facts, ledger=ledger, user=user)
    return len(quoted)


def _quote(contribution: ContributionPeriod, day: datetime.date, facts: QuoteFacts) -> Quote | None:
    try:
        return facts.quote(ask_of(contribution, day))
    except DomainError:
        return None
