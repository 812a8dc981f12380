"""Close the contributions of people for whom assistance pays everything: no payment will ever arrive for them."""

import datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import QuerySet

from enrollment.models import ContributionPeriod, ContributionState, EnrollmentStatus
from enrollment.services.booking.store import close_paid
from enrollment.services.contributions import OPEN_STATES, put_quote
from enrollment.services.enroll import ask_of
from enrollment.services.quote import Memory, Quote, QuoteFacts, load_facts
from enrollment.services.subsidies import SubsidyLedger
from policy.errors import DomainError
from registry.models import Area
from registry.selectors import areas_under
from registry.services import lock_residents

CHUNK = 2_000


def settle_fully_assisted(
    *, area: Area, coverage_year: int, on: datetime.date, user: AbstractBaseUser | None = None
) -> list[ContributionPeriod]:
    """Close the contributions of people below `area` who have nothing to pay, as of `on`, without a payment row.

    They are quoted anew first; who has to pay after all, has died, or for whom the documents are silent on that day
    stays open.

    :returns: the contributions closed, in resident order
    """
    waiting = ContributionPeriod.objects.filter(
        coverage_year=coverage_year,
        state__in=OPEN_STATES,
        payable=0,
        paid=0,
        enrollment__status=EnrollmentStatus.ACTIVE,
        resident__living_area__in=areas_under(area),
    )
    keys = list(waiting.order_by("resident").values_list("pk", "resident"))
    memory, ledger = Memory(), SubsidyLedger()
    closed: list[ContributionPeriod] = []
    for start in range(0, len(keys), CHUNK):
        part = keys[start : start + CHUNK]
        with transaction.atomic():
            lock_residents([resident for _, resident in part])
            found = waiting.filter(pk__in=[pk for pk, _ in part])
            closed += _settled(found, on, memory=memory, ledger=ledger, user=user)
    return closed


def _settled(
    waiting: QuerySet[ContributionPeriod],
    on: datetime.date,
    *,
    memory: Memory,
    ledger: SubsidyLedger,
    user: AbstractBaseUser | None,
) -> list[ContributionPeriod]:
    found = list(waiting.select_related("enrollment").defer("trace").order_by("resident"))
    facts = load_facts([ask_of(each, on) for each in found], memory=memory)
    quoted = [
        (each, quote) for each in found for quote in [_free_quote(each, on, facts)] if quote is not None
    ]
    for contribution, quote in quoted:
        put_quote(contribution, quote)
        contribution.state, contribution.paid_on = ContributionState.PAID, on
    paid = [each for each, _ in quoted]
    close_paid(quoted, paid=paid, facts=facts, ledger=ledger, user=user)
    return paid


def _free_quote(contribution: ContributionPeriod, on: datetime.date, facts: QuoteFacts) -> Quote | None:
    died_on = facts.places[contribution.resident_id].died_on
    if died_on is not None and died_on < on:
        return None
    try:
        quote = facts.quote(ask_of(contribution, on))
    except DomainError:
        return None
    return quote if quote.dues.payable == 0 and quote.dues.terms.start is not None else None
