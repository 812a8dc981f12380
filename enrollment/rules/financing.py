"""Financing (筹资): what a person pays for the coverage year, what government adds per fiscal year."""

from decimal import Decimal

from policy.money import ZERO, yuan
from policy.schema.financing import Financing, FiscalYear
from policy.trace import Step, Traced

COMPONENTS = {"basic": "基本医保", "ltc": "长期护理保险"}


def component_label(component: str) -> str:
    """Return what staff call a component; one nobody has named yet goes by its own code."""
    return COMPONENTS.get(component, component)


def premiums(financing: Financing, *, population: str = "resident") -> Traced[dict[str, Decimal]]:
    """Return what a person of `population` pays for the coverage year, component by component.

    :returns: component → yuan a year, the leading component first
    :raises RuleNotPublished: if the documents name no personal premium
    """
    if not financing.personal:
        raise financing.silent("personal")
    own = financing.population[population].personal if population in financing.population else {}
    leaves = {**financing.personal, **own}
    steps = tuple(Step.citing(f"个人缴费（{component_label(name)}）", leaf) for name, leaf in leaves.items())
    return Traced({name: yuan(leaf.value) for name, leaf in leaves.items()}, steps)


def fiscal_year_rules(financing: Financing, fiscal_year: int) -> FiscalYear:
    """Return what the documents say about one fiscal year.

    :raises RuleNotPublished: if they say nothing about it
    """
    return financing.published(financing.fiscal.get(str(fiscal_year)), f"fiscal.{fiscal_year}")


def subsidies(financing: Financing, *, fiscal_year: int) -> Traced[dict[str, Decimal]]:
    """Return what government adds per person, component by component.

    :returns: component → yuan a year
    :raises RuleNotPublished: if no subsidy is published for that fiscal year
    """
    year = fiscal_year_rules(financing, fiscal_year)
    if not year.subsidy:
        raise year.silent("subsidy")
    steps = tuple(
        Step.citing(f"{fiscal_year} 财政年度补助（{component_label(name)}）", leaf)
        for name, leaf in year.subsidy.items()
    )
    return Traced({name: yuan(leaf.value) for name, leaf in year.subsidy.items()}, steps)


def total_premium(financing: Financing, *, fiscal_year: int, population: str = "resident") -> Traced[Decimal]:
    """Return the total premium (筹资标准): personal premiums and subsidies of all components together.

    :returns: yuan per person and year
    """
    personal = premiums(financing, population=population)
    fiscal = subsidies(financing, fiscal_year=fiscal_year)
    total = yuan(sum(personal.value.values(), ZERO) + sum(fiscal.value.values(), ZERO))
    return Traced(total, (*personal.steps, *fiscal.steps, Step("筹资标准合计", total)))


def critical_illness_transfer(financing: Financing, *, fiscal_year: int, persons: int) -> Traced[Decimal]:
    """Return what the resident fund passes to critical illness insurance (大病保险筹资划拨).

    :param persons: insured persons, >= 0
    :returns: yuan
    """
    if persons < 0:
        raise ValueError(f"persons must not be negative: {persons}")
    year = fiscal_year_rules(financing, fiscal_year)
    each = year.published(year.critical_illness_transfer, "critical_illness_transfer")
    total = yuan(each.value * persons)
    steps = (Step.citing("每人划拨标准", each), Step("参保人数", persons), Step("划拨总额", total))
    return Traced(total, steps)
