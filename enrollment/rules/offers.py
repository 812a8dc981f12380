"""The terms open to a person on a pay day, before the end of the coverage year is looked at: the window's own."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from enrollment.rules.financing import premiums, subsidies
from enrollment.rules.waiting import Lapse, ordinary_start
from enrollment.rules.windows import OpenWindow, concentrated_period
from policy.cited import Cited
from policy.conditions import Person
from policy.dates import Date
from policy.money import ZERO
from policy.schema.enrollment import Charge, EnrollmentRules, Subsidy
from policy.schema.financing import Financing
from policy.trace import Step, Traced

FRESHMAN, STUDENT = "freshman", "student"
CHARGES = {Charge.PERSONAL: "个人缴费部分", Charge.PERSONAL_AND_FISCAL: "个人缴费和财政补助部分"}
SUBSIDIES = {
    Subsidy.GRANTED: "享受",
    Subsidy.NONE: "不享受",
    Subsidy.CLAIM_NEXT_YEAR: "享受，次年向财政部门申请",
}


@dataclass(frozen=True, slots=True)
class TermsWarning:
    """Something the person has to be told before paying.

    :param kind: warn = tell; confirm = ask for a written confirmation; refuse = do not take the payment
    """

    code: str
    kind: str
    message: str
    clause: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the payment.

    :param person: as of the pay day
    :param coverage_start: first day of the coverage year
    :param cross_year_paid_both: a newborn's premium of the year of birth is paid as well
    """

    person: Person
    coverage_start: Date
    lapse: Lapse
    cross_year_paid_both: bool

    @property
    def paid_on(self) -> Date:
        """The day the payment arrived."""
        return self.person.day


@dataclass(frozen=True, slots=True)
class Offer:
    """Terms before the end of the coverage year is looked at."""

    group: str | None
    charge: Charge
    due: Mapping[str, Decimal]
    subsidy: Subsidy
    start: Date
    steps: tuple[Step, ...]
    warnings: tuple[TermsWarning, ...] = ()

    @property
    def total(self) -> Decimal:
        """What is due for all components, yuan."""
        return sum(self.due.values(), ZERO)


def window_offer(
    enrollment: EnrollmentRules, financing: Financing, window: OpenWindow, facts: Facts
) -> Offer:
    """Return what the window of the day offers everybody."""
    rules = window.rules
    due = amount_due(financing, rules.charge, facts.person.population)
    start = _freshman_start(enrollment, window, facts) or ordinary_start(
        enrollment, window, paid_on=facts.paid_on, coverage_start=facts.coverage_start, lapse=facts.lapse
    )
    steps = (
        Step.citing(f"缴费日属于“{rules.label}”，截止日", rules.closes),
        *due.steps,
        Step.citing("财政补助", rules.subsidy, SUBSIDIES[rules.subsidy.value]),
        *start.steps,
    )
    return Offer(None, rules.charge.value, due.value, rules.subsidy.value, start.value, steps)


def _freshman_start(enrollment: EnrollmentRules, window: OpenWindow, facts: Facts) -> Traced[Date] | None:
    """Return when someone newly at university starts: in the autumn of entry, if paid in the concentrated window."""
    leaf = enrollment.freshman_start
    paid_in_time = window.days == concentrated_period(enrollment)
    if leaf is None or facts.person.population != FRESHMAN or not paid_in_time or facts.lapse.missed_years:
        return None
    return Traced(leaf.value, (Step.citing("大一新生待遇起始日", leaf),))


def amount_due(financing: Financing, charge: Cited[Charge], population: str) -> Traced[dict[str, Decimal]]:
    """Return component → yuan; someone without the subsidy pays it beside the personal premium."""
    personal = premiums(financing, population=population)
    steps = (Step.citing("缴费内容", charge, CHARGES[charge.value]), *personal.steps)
    if charge.value is Charge.PERSONAL:
        return Traced(personal.value, steps)
    year = financing.published(financing.fiscal_year_for_coverage, "fiscal_year_for_coverage")
    fiscal = subsidies(financing, fiscal_year=year.value)
    names = dict.fromkeys((*personal.value, *fiscal.value))
    due = {name: personal.value.get(name, ZERO) + fiscal.value.get(name, ZERO) for name in names}
    return Traced(due, (*steps, Step.citing("由个人缴纳的补助所属财政年度", year), *fiscal.steps))


def renewed_population(population: str) -> str:
    """Return the class of insured in which somebody goes on the year after: nobody is newly at university twice."""
    return STUDENT if population == FRESHMAN else population


def best_offer(ordinary: Offer | None, groups: Iterable[Offer]) -> Offer | None:
    """Return the first group's offer that is at least as good as the window's, else the window's."""
    for offer in groups:
        if ordinary is None or (offer.start <= ordinary.start and offer.total <= ordinary.total):
            return offer
    return ordinary


def on_pay_day(person: Person, paid_on: Date) -> Person:
    """Return the person as of the pay day, whatever day the facts were asked for."""
    return person if person.day == paid_on else replace(person, day=paid_on)
