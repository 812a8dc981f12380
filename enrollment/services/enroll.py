"""Enroll people for a coverage year, quote them anew until they pay, take a registration back."""

import datetime
from collections.abc import Iterable

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from enrollment.models import ContributionPeriod, ContributionState, Enrollment, EnrollmentStatus
from enrollment.services.contributions import (
    put_quote,
    return_grants,
    save_contributions,
    save_quoted,
    standing_contributions,
)
from enrollment.services.doubles import ask_about_doubles, doubles_at_registration, refuse_double
from enrollment.services.quote import Ask, Quote, QuoteFacts, load_facts
from enrollment.services.settle_covered import quote_anew
from policy.errors import DomainError
from registry.batch.history import update_with_history, write_with_history
from registry.services import lock_residents


class AlreadyEnrolled(DomainError):
    """Somebody is registered for the coverage year already."""

    code = "already_enrolled"


class ResidentUnknown(DomainError):
    """Nobody is registered under this key."""

    code = "resident_unknown"


class ResidentDead(DomainError):
    """The person died before the day."""

    code = "resident_dead"


class NoBenefitDay(DomainError):
    """Benefits would start after the coverage year; the policy asks for a written confirmation, or refuses."""

    code = "no_benefit_day"


class NotEnrolled(DomainError):
    """Nobody of this key is registered for the coverage year."""

    code = "not_enrolled"


class ContributionFrozen(DomainError):
    """The premium is paid: its figures do not move any more."""

    code = "contribution_frozen"


@transaction.atomic
def enroll(  # noqa: PLR0913 - what a registration form asks
    *,
    resident_ids: Iterable[int],
    coverage_year: int,
    on: datetime.date,
    channel: str = "",
    place: str = "",
    population: str | None = None,
    user: AbstractBaseUser | None = None,
    reason: str = "",
    confirm_no_benefit: bool = False,
    confirmation: str = "",
) -> list[Enrollment]:
    """Enroll residents for `coverage_year` and quote what each would owe, paying on `on`.

    All or nobody. Insured only once the payment has arrived (缴费到账); until then the quote follows the pay day.

    :param population: class of insured; null = resident
    :param reason: said in the history after "enroll <policy>"
    :param confirm_no_benefit: the person has confirmed in writing that no benefit day is left this year
    :param confirmation: what was confirmed, in its words; confirms by itself
    :raises ResidentUnknown: if somebody is not registered
    :raises ResidentDead: if somebody died before `on`
    :raises AlreadyEnrolled: if any of them is enrolled already
    :raises DoubleEnrollment: if the documents keep what somebody is insured by elsewhere; where they keep this one,
        or leave it open, a person is asked
    :raises NoBenefitDay: if benefits would start after the year and this is not confirmed, or not allowed
    :raises PolicyNotFound: if somebody's area has no policy for the year
    :raises RuleNotPublished: if the documents are silent on the day or on somebody's aid
    """
    confirmed = confirm_no_benefit or bool(confirmation.strip())
    ids = sorted(set(resident_ids))
    lock_residents(ids)
    asks = {pk: Ask(pk, coverage_year, on, population) for pk in ids}
    facts = load_facts(asks.values())
    _refuse(facts, ids, coverage_year=coverage_year, on=on)
    doubles = doubles_at_registration(
        resident_ids=ids, coverage_year=coverage_year, day=on, population=population
    )
    refuse_double(doubles)
    quotes = {pk: facts.quote(ask) for pk, ask in asks.items()}
    for pk, quote in quotes.items():
        refuse_without_benefit(pk, quote, confirmed=confirmed)
    enrollments = {
        pk: Enrollment(
            resident_id=pk,
            coverage_year=coverage_year,
            pooling_area_id=facts.place(asks[pk]).pooling_area_id,
            population=population or "resident",
            channel=channel,
            place=place,
            registered_on=on,
            registered_by_id=user.pk if user else None,
        )
        for pk in ids
    }
    said = confirmation.strip() or ("已书面确认" if confirmed else "")
    _write(enrollments, quotes, confirmation=said, reason=reason, user=user)
    if doubles:
        concerned = {each.beside.here.resident_id for each in doubles}
        ask_about_doubles(day=on, resident_ids=concerned, user=user)
    return list(enrollments.values())


@transaction.atomic
def requote(
    *,
    resident_ids: Iterable[int],
    coverage_year: int,
    day: datetime.date,
    user: AbstractBaseUser | None = None,
) -> list[ContributionPeriod]:
    """Quote registrations anew as of `day`, as long as they are not paid, and return them in resident order.

    Whoever has paid in part and owes no more than that is paid, and gets back what is too much.

    :raises NotEnrolled: if somebody is not registered for the year
    :raises ContributionFrozen: if somebody has paid; nobody's figures change then
    :raises RefundUnderWay: if a refund was decided and has not gone
    :raises PaidLater: if money of somebody came in after `day`
    """
    found = _open_contributions(resident_ids, coverage_year=coverage_year)
    quote_anew([(each, ask_of(each, day)) for each in found], verb="requote", user=user)
    return found


@transaction.atomic
def buy_back(
    *,
    resident_id: int,
    coverage_year: int,
    months: int,
    day: datetime.date,
    user: AbstractBaseUser | None = None,
) -> ContributionPeriod:
    """Let somebody buy back months of the variable waiting period (缴费修复) before they pay.

    :param months: in all; 0 takes it back
    :raises NotEnrolled: if the person is not registered for the year
    :raises ContributionFrozen: if the person has paid
    :raises RefundUnderWay: if a refund was decided and has not gone
    :raises PaidLater: if money of the person came in after `day`
    :raises RuleNotPublished: if no document allows it
    """
    (contribution,) = _open_contributions([resident_id], coverage_year=coverage_year)
    contribution.bought_back_months = months
    quote_anew([(contribution, ask_of(contribution, day))], verb="buy back", user=user)
    return contribution


@transaction.atomic
def withdraw(
    *, resident_ids: Iterable[int], coverage_year: int, reason: str, user: AbstractBaseUser | None = None
) -> list[Enrollment]:
    """Take registrations back as long as nothing is paid; their grants are reversed.

    :raises NotEnrolled: if somebody is not registered for the year
    :raises ContributionFrozen: if money of somebody is booked: it is refunded first
    """
    found = _open_contributions(resident_ids, coverage_year=coverage_year)
    if any(each.paid for each in found):
        raise ContributionFrozen("已有缴费入账，须先退费再撤销登记。")
    said = f"withdraw: {reason}"[:100]
    return_grants(found, reason=said, user=user)
    save_contributions(found, reason=said, user=user)
    withdrawn = [each.enrollment for each in found]
    update_with_history(
        Enrollment.objects.filter(pk__in=[each.pk for each in withdrawn]),
        {"status": EnrollmentStatus.WITHDRAWN},
        reason=said,
        user=user,
    )
    for each in withdrawn:
        each.status = EnrollmentStatus.WITHDRAWN
    return withdrawn


def ask_of(contribution: ContributionPeriod, day: datetime.date) -> Ask:
    """Return the question of a contribution paid on `day`."""
    return Ask(
        contribution.resident_id,
        contribution.coverage_year,
        day,
        contribution.enrollment.population,
        contribution.bought_back_months,
    )


def refuse_without_benefit(resident_id: int, quote: Quote, *, confirmed: bool) -> None:
    """Refuse a quote without any benefit day unless the policy only warns, or the person has confirmed it.

    :raises NoBenefitDay: then
    """
    kind = quote.warning("no_benefit_day")
    if kind == "refuse" or (kind == "confirm" and not confirmed):
        cure = "本年度不能办理。" if kind == "refuse" else "如仍要参保，须由本人书面确认。"
        raise NoBenefitDay(
            f"待遇最早自 {quote.dues.terms.would_start} 起，{quote.coverage_year} 年度内没有可享受待遇的日子，{cure}",
            resident_id=resident_id,
            would_start=quote.dues.terms.would_start,
        )


def _refuse(facts: QuoteFacts, ids: list[int], *, coverage_year: int, on: datetime.date) -> None:
    if unknown := [pk for pk in ids if pk not in facts.places]:
        raise ResidentUnknown("没有登记的人员，请先办理人员登记。", resident_ids=unknown)
    dead = [pk for pk in ids if (died := facts.places[pk].died_on) is not None and died < on]
    if dead:
        raise ResidentDead("人员已死亡，不能参保登记。", resident_ids=dead)
    taken = Enrollment.objects.filter(
        resident__in=ids, coverage_year=coverage_year, status=EnrollmentStatus.ACTIVE
    )
    if already := sorted(taken.values_list("resident", flat=True)):
        raise AlreadyEnrolled(f"已有 {coverage_year} 年度参保登记，不能重复登记。", resident_ids=already)


def _write(
    enrollments: dict[int, Enrollment],
    quotes: dict[int, Quote],
    *,
    confirmation: str,
    reason: str,
    user: AbstractBaseUser | None,
) -> None:
    keys = sorted({quote.policy_key for quote in quotes.values()})
    said = f"enroll {'、'.join(keys)}{f'：{reason}' if reason else ''}"[:100]
    write_with_history(enrollments.values(), reason=said, user=user)
    quoted = []
    for pk, quote in quotes.items():
        contribution = ContributionPeriod(
            enrollment=enrollments[pk],
            resident_id=pk,
            coverage_year=quote.coverage_year,
            state=ContributionState.QUOTED,
            no_benefit_confirmed=bool(confirmation and quote.warning("no_benefit_day")),
            confirmation=confirmation if quote.warning("no_benefit_day") else "",
        )
        put_quote(contribution, quote)
        quoted.append((contribution, quote))
    save_quoted(quoted, verb="enroll", user=user)


def _open_contributions(resident_ids: Iterable[int], *, coverage_year: int) -> list[ContributionPeriod]:
    """Return the locked, unpaid contributions of all of them."""
    ids = sorted(set(resident_ids))
    lock_residents(ids)
    found = list(
        standing_contributions(resident_ids=ids, coverage_years=[coverage_year]).order_by("resident")
    )
    if missing := sorted(set(ids) - {each.resident_id for each in found}):
        raise NotEnrolled(f"没有 {coverage_year} 年度参保登记，请先登记。", resident_ids=missing)
    if paid := [each.resident_id for each in found if each.state == ContributionState.PAID]:
        raise ContributionFrozen("已缴清，核定金额不再变动。", resident_ids=paid)
    return found
