"""Quotes as partners get them: with each level's share of the subsidy where it is known."""

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from enrollment.rules.dues import Circumstances
from enrollment.rules.financing import subsidies
from enrollment.services.enroll import ResidentDead
from enrollment.services.quote import Quote, quote, quote_for_facts
from enrollment.services.subsidies import shares_of_one
from hardship.models import Category
from hardship.services.recognitions import UnknownCategory
from policy.conditions import Person
from policy.errors import DomainError
from policy.money import ZERO
from policy.policy import Policy
from policy.schema.enrollment import Subsidy
from policy.selectors import policy_for
from registry.models import Area, Resident
from registry.selectors import area_chain, fiscal_class_of


@dataclass(frozen=True, slots=True)
class ComponentSubsidy:
    """The subsidy of one component for one person, yuan.

    :param levels: level of government → yuan, adding up to `amount`; empty where `code` says why not
    """

    component: str
    fiscal_year: int
    amount: Decimal
    levels: Mapping[str, Decimal] = field(default_factory=dict)
    code: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class PartnerQuote:
    """A quote and who pays the subsidy that comes with it."""

    quote: Quote
    subsidies: tuple[ComponentSubsidy, ...]


def quote_resident(
    *,
    resident_id: int,
    coverage_year: int,
    paid_on: datetime.date,
    population: str | None = None,
    offered: Decimal | None = None,
    bought_back_months: int = 0,
) -> PartnerQuote:
    """Return what a payment of a registered person arriving on `paid_on` would cost and give.

    :param offered: yuan third parties offer; null = what is on record
    :raises ResidentDead: if the person died before
    :raises PolicyNotFound: if no policy is in force for the area and year
    :raises RuleNotPublished: if the documents are silent
    """
    resident = Resident.objects.select_related("living_area").get(pk=resident_id)
    if resident.died_on is not None and resident.died_on < paid_on:
        raise ResidentDead("人员已死亡，不能参保缴费。")
    answers = quote(
        resident_ids=[resident_id],
        coverage_year=coverage_year,
        paid_on=paid_on,
        population=population,
        support=None if offered is None else {resident_id: offered},
        bought_back_months=bought_back_months,
    )
    policy = policy_for(areas=area_chain(resident.living_area), year=coverage_year)
    return _with_subsidies(answers[resident_id], policy, resident.living_area)


def quote_facts(*, area: Area, person: Person, circumstances: Circumstances) -> PartnerQuote:
    """Return the same for somebody known by facts alone, living in `area`.

    :raises UnknownCategory: if an identity is not in the register of categories
    """
    _check_categories(person.categories)
    policy = policy_for(areas=area_chain(area), year=person.coverage_year)
    answer = quote_for_facts(policy=policy, person=person, circumstances=circumstances)
    return _with_subsidies(answer, policy, area)


def _check_categories(codes: Collection[str]) -> None:
    known = set(Category.objects.filter(pk__in=codes).values_list("pk", flat=True)) if codes else set()
    if unknown := sorted(set(codes) - known):
        raise UnknownCategory(f"没有登记的身份类别：{'、'.join(unknown)}", categories=unknown)


def _with_subsidies(answer: Quote, policy: Policy, area: Area) -> PartnerQuote:
    year = policy.financing.fiscal_year_for_coverage
    if answer.dues.terms.subsidy is Subsidy.NONE or year is None:
        return PartnerQuote(answer, ())
    fiscal_class = fiscal_class_of(area, fiscal_year=year.value) or ""
    found = []
    for component, amount in subsidies(policy.financing, fiscal_year=year.value).value.items():
        if amount == ZERO:
            continue
        shares = shares_of_one(policy, year.value, component, fiscal_class)
        if isinstance(shares, DomainError):
            found.append(
                ComponentSubsidy(component, year.value, amount, code=shares.code, message=shares.message)
            )
        else:
            found.append(ComponentSubsidy(component, year.value, amount, dict(shares)))
    return PartnerQuote(answer, tuple(found))
