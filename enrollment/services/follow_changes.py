"""Follow news from below: an identity or cover elsewhere began, changed or ended, so unpaid quotes are made anew."""

import datetime
from collections.abc import Collection

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import Exists, OuterRef

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


def requote_changed(
    *,
    since: datetime.datetime,
    until: datetime.datetime,
    day: datetime.date,
    user: AbstractBaseUser | None = None,
) -> int:
    """Quote anew whoever has not paid and whose identities or cover elsewhere changed in `[since, until)`.

    :returns: how many contributions were quoted anew, as of `day`
    """
    changed = changed_between(since=since, until=until) | cover_changed_between(since=since, until=until)
    return requote_open(resident_ids=changed, day=day, user=user)


def requote_open(
    *, resident_ids: Collection[int], day: datetime.date, user: AbstractBaseUser | None = None
) -> int:
    """Quote anew, as of `day`, what people have not paid of this year and the next; return how many contributions.

    Paid contributions are frozen and left alone (已缴不退); so are years that end when a decided refund has gone, and
    who would have no terms on that day. Whoever has paid in part and owes no more than that now is paid, and gets back
    what is too much.
    """
    residents = sorted(resident_ids)
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
    standing = standing_contributions(resident_ids=residents, coverage_years=years)
    waiting = standing.filter(
        ~Exists(open_refunds().filter(contribution=OuterRef("pk"))), state__in=OPEN_STATES
    )
    found = list(waiting.order_by("resident", "coverage_year"))
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
