"""Close the contributions of people for whom others pay everything: no payment will ever arrive for them.

Money says the day a year is paid by its arrival (缴费到账). Where none is due, it is the day that left nothing to pay:
of the registration, of the identity or of the support that the figures were quoted for.
"""

import datetime
from collections.abc import Callable, Iterator

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import QuerySet

from enrollment.models import ContributionPeriod, ContributionState, EnrollmentStatus
from enrollment.services.booking.store import close_paid
from enrollment.services.contributions import OPEN_STATES, put_quote
from enrollment.services.enroll import ask_of
from enrollment.services.quote import Ask, Memory, Quote, QuoteFacts, load_facts
from enrollment.services.subsidies import SubsidyLedger
from policy.errors import DomainError
from registry.models import Area
from registry.selectors import areas_under
from registry.services import lock_residents

CHUNK = 2_000
DayOf = Callable[[ContributionPeriod], datetime.date]


def settle_fully_assisted(
    *, area: Area, coverage_year: int, on: datetime.date, user: AbstractBaseUser | None = None
) -> list[ContributionPeriod]:
    """Close the contributions of people below `area` who have nothing to pay, as of `on`, without a payment row.

    They are quoted anew first; who has to pay after all, has died, or for whom the documents are silent on that day
    stays open.

    :returns: the contributions closed, in resident order
    """
    waiting = _waiting().filter(coverage_year=coverage_year, resident__living_area__in=areas_under(area))
    return [each for part in _closed(waiting, lambda _: on, user=user) for each in part]


def settle_nothing_due(*, today: datetime.date, user: AbstractBaseUser | None = None) -> int:
    """Close whatever waits with nothing to pay, each as of the day its figures were quoted for; return how many.

    Run every night, and twice is once. A night missed costs nobody a day of benefits; what was billed for a window
    to come waits for its first day.

    Source: 唐医保函〔2024〕45号 二(一), 二(四); that the day is this one is a reading, no notice names any.
    """
    waiting = _waiting().filter(coverage_year__gte=today.year, quoted_on__lte=today)
    return sum(len(part) for part in _closed(waiting, lambda each: each.quoted_on, user=user))


def _waiting() -> QuerySet[ContributionPeriod]:
    return ContributionPeriod.objects.filter(
        state__in=OPEN_STATES, payable=0, paid=0, enrollment__status=EnrollmentStatus.ACTIVE
    )


def _closed(
    waiting: QuerySet[ContributionPeriod], day_of: DayOf, *, user: AbstractBaseUser | None
) -> Iterator[list[ContributionPeriod]]:
    """Yield what was closed chunk by chunk, each in a transaction of its own."""
    keys = list(waiting.order_by("resident", "coverage_year").values_list("pk", "resident"))
    memory, ledger = Memory(), SubsidyLedger()
    for start in range(0, len(keys), CHUNK):
        part = keys[start : start + CHUNK]
        with transaction.atomic():
            lock_residents([resident for _, resident in part])
            found = waiting.filter(pk__in=[pk for pk, _ in part])
            closed = _settled(found, day_of, memory=memory, ledger=ledger, user=user)
        yield closed


def _settled(
    waiting: QuerySet[ContributionPeriod],
    day_of: DayOf,
    *,
    memory: Memory,
    ledger: SubsidyLedger,
    user: AbstractBaseUser | None,
) -> list[ContributionPeriod]:
    found = list(waiting.select_related("enrollment").defer("trace").order_by("resident", "coverage_year"))
    asked = [(each, ask_of(each, day_of(each))) for each in found]
    facts = load_facts([ask for _, ask in asked], memory=memory)
    quoted = [
        (each, quote) for each, ask in asked for quote in [_free_quote(ask, facts)] if quote is not None
    ]
    for contribution, quote in quoted:
        put_quote(contribution, quote)
        contribution.state, contribution.paid_on = ContributionState.PAID, quote.paid_on
    paid = [each for each, _ in quoted]
    close_paid(quoted, paid=paid, facts=facts, ledger=ledger, user=user, verb="nothing due")
    return paid


def _free_quote(ask: Ask, facts: QuoteFacts) -> Quote | None:
    """Return the quote of who has nothing to pay and lives to see a benefit day; null = the year stays open."""
    try:
        quote = facts.quote(ask)
    except DomainError:
        return None
    start, died_on = quote.dues.terms.start, facts.places[ask.resident_id].died_on
    if quote.dues.payable or start is None:
        return None
    return quote if died_on is None or died_on >= max(ask.paid_on, start) else None
