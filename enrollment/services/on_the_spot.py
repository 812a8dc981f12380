"""One person at the counter: what registering would give, the registration itself, and moving it to another area."""

import datetime
from dataclasses import dataclass, replace

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from enrollment.models import ContributionPeriod, Enrollment, EnrollmentStatus
from enrollment.services.doubles import FoundDouble, doubles_at_registration
from enrollment.services.enroll import ask_of, buy_back, enroll, requote, withdraw
from enrollment.services.prospects import Prospect, prospects
from enrollment.services.quote import Ask, Quote, load_facts
from enrollment.services.told_late import day_that_counts
from policy.errors import DomainError
from registry.models import Area, Resident
from registry.services import lock_residents
from registry.services.move_residents import Move, PlaceKind, move


class QuoteOutdated(DomainError):
    """What would be registered is not what was shown."""

    code = "quote_outdated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """What is said at the counter.

    :param on: the day of payment the quote rests on
    :param confirmation: what the person confirms in writing where no benefit day is left
    """

    resident: Resident
    coverage_year: int
    on: datetime.date
    population: str = "resident"
    channel: str = "window"
    place: str = ""
    months: int = 0
    confirmation: str = ""

    @property
    def ask(self) -> Ask:
        """The question of the quote."""
        return Ask(self.resident.pk, self.coverage_year, self.on, self.population, self.months)


@dataclass(frozen=True, slots=True)
class Offered:
    """What registering would give.

    :param on: the day it counts from: the one said, or today where nothing is left to pay
    :param doubles: what it would stand beside
    """

    on: datetime.date
    quote: Quote
    ways: list[Prospect]
    doubles: list[FoundDouble]

    @property
    def seen(self) -> str:
        """What tells this offer from another."""
        dues = self.quote.dues
        return f"{self.quote.policy_digest}:{dues.due}:{dues.payable}:{dues.terms.start}:{dues.terms.end}"


def offer_at_counter(asked: Counter) -> Offered:
    """Return what registering would give; nothing is written.

    :raises DomainError: no policy, or the documents are silent on the day
    """
    asked = _as_it_counts(asked)
    return Offered(
        on=asked.on,
        quote=load_facts([asked.ask]).quote(asked.ask),
        ways=prospects(
            resident_id=asked.resident.pk,
            coverage_year=asked.coverage_year,
            today=asked.on,
            population=asked.population,
            bought_back_months=asked.months,
        ),
        doubles=doubles_at_registration(
            resident_ids=[asked.resident.pk],
            coverage_year=asked.coverage_year,
            day=asked.on,
            population=asked.population,
        ),
    )


@transaction.atomic
def enroll_at_counter(*, asked: Counter, seen: str, user: AbstractBaseUser) -> Enrollment:
    """Register one person as was shown.

    :param seen: what tells the offer that was shown
    :raises QuoteOutdated: if it would be another one by now; nobody is registered then
    :raises DomainError: as `enroll` does
    """
    asked = _as_it_counts(asked)
    (enrollment,) = enroll(
        resident_ids=[asked.resident.pk],
        coverage_year=asked.coverage_year,
        on=asked.on,
        channel=asked.channel,
        place=asked.place,
        population=asked.population,
        user=user,
        confirmation=asked.confirmation,
    )
    figures = enrollment.contribution
    if asked.months:
        figures = buy_back(
            resident_id=asked.resident.pk,
            coverage_year=asked.coverage_year,
            months=asked.months,
            day=asked.on,
            user=user,
        )
    now = (figures.policy_digest, figures.due, figures.payable, figures.benefit_start, figures.benefit_end)
    if seen != ":".join(map(str, now)):
        raise QuoteOutdated("试算以后情况已变化，请按最新结果核对后再登记。")
    return enrollment


def _as_it_counts(asked: Counter) -> Counter:
    return replace(asked, on=day_that_counts(asked.ask))


@transaction.atomic
def requote_at_counter(
    *, contribution: ContributionPeriod, day: datetime.date, user: AbstractBaseUser
) -> ContributionPeriod:
    """Quote a registration anew as of the day said, or of today where nothing is left to pay; return it.

    :raises DomainError: as `requote` does
    """
    (quoted,) = requote(
        resident_ids=[contribution.resident_id],
        coverage_year=contribution.coverage_year,
        day=day_that_counts(ask_of(contribution, day)),
        user=user,
    )
    return quoted


@transaction.atomic
def withdraw_enrollment(*, enrollment: Enrollment, reason: str, user: AbstractBaseUser) -> Enrollment:
    """Take an unpaid registration back; said again it changes nothing.

    :raises ContributionFrozen: if money is booked: it is refunded first
    """
    lock_residents([enrollment.resident_id])
    standing = Enrollment.objects.get(pk=enrollment.pk)
    if standing.status == EnrollmentStatus.WITHDRAWN:
        return standing
    (withdrawn,) = withdraw(
        resident_ids=[standing.resident_id],
        coverage_year=standing.coverage_year,
        reason=reason,
        user=user,
    )
    return withdrawn


@transaction.atomic
def transfer_enrollment(
    *, enrollment: Enrollment, living_area: Area, on: datetime.date, reason: str, user: AbstractBaseUser
) -> Enrollment:
    """Move a person and an unpaid registration to another area: withdrawn there, made and quoted here as of `on`.

    :param on: the first day there; where nothing is left to pay the registration counts from today
    :raises NotEnrolled: if the registration does not stand
    :raises ImpossibleMove: if the day is yet to come, or before the last move
    :raises ContributionFrozen: if it is paid: then its year stays where it is
    :raises DomainError: as `enroll` does; then nothing is moved
    """
    resident = enrollment.resident
    withdraw(
        resident_ids=[resident.pk],
        coverage_year=enrollment.coverage_year,
        reason=f"转移参保地 {reason}",
        user=user,
    )
    move(resident=resident, to=Move(PlaceKind.LIVING, living_area, on), reason=reason, user=user)
    ask = Ask(resident.pk, enrollment.coverage_year, on, enrollment.population)
    (made,) = enroll(
        resident_ids=[resident.pk],
        coverage_year=enrollment.coverage_year,
        on=day_that_counts(ask),
        channel=enrollment.channel,
        place=enrollment.place,
        population=enrollment.population,
        user=user,
        reason=f"转移参保地 {reason}"[:60],
    )
    return made
