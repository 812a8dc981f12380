"""Third parties' support for a year not paid yet: taken up to what is left to the person, and quoted with it."""

import datetime
from dataclasses import dataclass
from decimal import Decimal

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from enrollment.models import ContributionPeriod, ContributionState
from enrollment.services.contributions import put_quote, save_quoted, standing_contributions
from enrollment.services.enroll import ask_of
from enrollment.services.quote import Ask, load_facts
from hardship.models import ThirdPartySupport
from hardship.rules.premium_assistance import top_up
from hardship.services.supports import Support, record_support, take_support_back
from policy.errors import DomainError
from registry.models import Resident
from registry.services import lock_residents


class AlreadyPaying(DomainError):
    """Money has been paid for the year: what is left to the person is no longer open."""

    code = "already_paying"


class NothingLeft(DomainError):
    """Nothing is left to the person that could be supported."""

    code = "nothing_left"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a third party offers.

    :param offered: yuan, > 0
    """

    giver: str
    offered: Decimal
    given_on: datetime.date
    document: str = ""


@transaction.atomic
def give_support(
    *, resident: Resident, coverage_year: int, offer: Offer, user: AbstractBaseUser | None = None
) -> ThirdPartySupport:
    """Record a third party's support, never more than aid and earlier support leave, and quote the year anew with it.

    :raises AlreadyPaying: if money has been paid for the year
    :raises NothingLeft: if the person has nothing to pay
    :raises RuleNotPublished: if the documents do not say how far others may pay

    Source: 唐医保函〔2024〕45号 二(四).
    """
    contribution = _unpaid(resident.pk, coverage_year)
    ask = _ask(resident.pk, coverage_year, contribution, offer.given_on)
    facts = load_facts([ask])
    left = facts.quote(ask).dues.payable
    taken = top_up(facts.policy(ask).assistance, residual=left, offered=offer.offered)
    if not taken.value:
        raise NothingLeft(f"{coverage_year} 年度个人无须缴费，不用资金扶持")
    recorded = record_support(
        resident=resident,
        coverage_year=coverage_year,
        support=Support(
            giver=offer.giver,
            offered=offer.offered,
            amount=taken.value,
            given_on=offer.given_on,
            document=offer.document,
            trace=taken.steps,
        ),
        user=user,
    )
    because = f"{offer.giver} {recorded.amount} 元"
    _requote(contribution, offer.given_on, verb="give support", because=because, user=user)
    return recorded


@transaction.atomic
def withdraw_support(
    *, support: ThirdPartySupport, on: datetime.date, reason: str, user: AbstractBaseUser | None = None
) -> ThirdPartySupport:
    """Take a support back by a row of its own, and quote the year anew without it; return that row.

    :raises AlreadyPaying: if money has been paid for the year: reverse the payment first
    :raises SupportTakenBack: if that has happened already
    """
    contribution = _unpaid(support.resident_id, support.coverage_year)
    row = take_support_back(support=support, on=on, reason=reason, user=user)
    _requote(contribution, on, verb="take support back", because=f"{support.giver}：{reason}", user=user)
    return row


def _unpaid(resident_id: int, coverage_year: int) -> ContributionPeriod | None:
    """Return the year's contribution, locked with its person; null = not registered yet."""
    lock_residents([resident_id])
    found = standing_contributions(resident_ids=[resident_id], coverage_years=[coverage_year]).first()
    if found is not None and (found.paid or found.state == ContributionState.PAID):
        raise AlreadyPaying(f"{coverage_year} 年度已有缴费，资金扶持不能再登记或冲回，须先冲正缴费")
    return found


def _ask(
    resident_id: int, coverage_year: int, contribution: ContributionPeriod | None, day: datetime.date
) -> Ask:
    return ask_of(contribution, day) if contribution is not None else Ask(resident_id, coverage_year, day)


def _requote(
    contribution: ContributionPeriod | None,
    day: datetime.date,
    *,
    verb: str,
    because: str,
    user: AbstractBaseUser | None,
) -> None:
    if contribution is None:
        return
    ask = ask_of(contribution, day)
    quote = load_facts([ask]).quote(ask)
    put_quote(contribution, quote)
    save_quoted([(contribution, quote)], verb=verb, because=because, user=user)
