"""What a payment on a day gives a person: due, subsidy, benefit start (参保缴费待遇), with every clause.

The window open on the day gives the ordinary terms. A special group's terms replace them where they are at least as
good: first group in the order of the file. Nobody starts before the coverage year, a newborn with both years paid
excepted, and nobody in a group starts later than the window alone would give.
"""

from dataclasses import dataclass
from decimal import Decimal

from enrollment.rules.financing import premiums
from enrollment.rules.groups import group_offers
from enrollment.rules.offers import Facts, Offer, TermsWarning, best_offer, on_pay_day, window_offer
from enrollment.rules.waiting import Lapse, buy_back_payments
from enrollment.rules.windows import window_on
from policy.conditions import Person
from policy.dates import Date
from policy.money import ZERO, yuan
from policy.schema.enrollment import Charge, EnrollmentRules, Subsidy
from policy.schema.financing import Financing
from policy.trace import Step, Traced


@dataclass(frozen=True, slots=True)
class Terms:
    """What a payment costs and gives.

    :param window: name of the window open on the day; empty if a group alone made the payment possible
    :param group: name of the special group whose terms hold
    :param due: component → yuan, with the subsidy where the person bears it
    :param claim_year: year in which finance is asked for the subsidy, where that is later
    :param start: first benefit day; None = the coverage year has no benefit day left
    :param end: last benefit day, None with `start`
    :param would_start: the day the rules give even where it lies after the coverage year
    :param buy_back_due: yuan more for the months of waiting bought back; not part of `due`
    """

    window: str
    group: str | None
    charge: Charge
    due: dict[str, Decimal]
    subsidy: Subsidy
    claim_year: int | None
    start: Date | None
    end: Date | None
    would_start: Date
    warnings: tuple[TermsWarning, ...] = ()
    buy_back_due: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        """What is due for all components, yuan."""
        return sum(self.due.values(), ZERO)


def contribution_terms(  # noqa: PLR0913 - six facts about one payment
    enrollment: EnrollmentRules,
    financing: Financing,
    *,
    person: Person,
    paid_on: Date,
    missed_years: int = 0,
    bought_back_months: int = 0,
    cross_year_paid_both: bool = False,
) -> Traced[Terms]:
    """Return what `person` owes and gets for a payment that arrives on `paid_on`.

    :param missed_years: coverage years without basic insurance before this one, as the waiting period counts them
    :param bought_back_months: months of the variable waiting period the person pays to remove
    :param cross_year_paid_both: for a newborn of the year before: that year's premium is paid as well
    :raises RuleNotPublished: if the day lies in no window and no special group pays on it, or a rule is missing
    """
    facts = Facts(
        on_pay_day(person, paid_on),
        enrollment.published(enrollment.coverage_start, "coverage_start").value,
        Lapse(missed_years, bought_back_months),
        cross_year_paid_both,
    )
    window = window_on(enrollment, paid_on)
    ordinary = window_offer(enrollment, financing, window, facts) if window else None
    offer = best_offer(
        ordinary, group_offers(enrollment, financing, window=window, ordinary=ordinary, facts=facts)
    )
    if offer is None:
        raise enrollment.silent("window", f"（{paid_on} 不在已规定的任何缴费期内）")
    buy_back = _buy_back_due(enrollment, financing, facts) if offer.group is None else ZERO
    return _within_year(enrollment, offer, window.name if window else "", facts, buy_back)


def _within_year(
    enrollment: EnrollmentRules, offer: Offer, window: str, facts: Facts, buy_back_due: Decimal
) -> Traced[Terms]:
    """Return the offer cut to the coverage year: no start after its last day, and a warning instead."""
    last = enrollment.published(enrollment.coverage_end, "coverage_end")
    too_late = offer.start > last.value
    steps, warnings = [*offer.steps, Step.citing("待遇截止日", last)], list(offer.warnings)
    if too_late:
        warning, step = _no_benefit_day(enrollment, offer.start)
        warnings.append(warning)
        steps.append(step)
    if buy_back_due:
        steps.append(Step("缴费修复另缴", buy_back_due))
    terms = Terms(
        window=window,
        group=offer.group,
        charge=offer.charge,
        due=dict(offer.due),
        subsidy=offer.subsidy,
        claim_year=facts.person.coverage_year + 1 if offer.subsidy is Subsidy.CLAIM_NEXT_YEAR else None,
        start=None if too_late else offer.start,
        end=None if too_late else last.value,
        would_start=offer.start,
        warnings=tuple(warnings),
        buy_back_due=buy_back_due,
    )
    return Traced(terms, (*steps, Step("应缴合计", terms.total)))


def _no_benefit_day(enrollment: EnrollmentRules, would_start: Date) -> tuple[TermsWarning, Step]:
    """Return the warning that nothing is left of the coverage year; where no document says more, it only tells."""
    rule = enrollment.no_benefit_day
    message = f"待遇须自 {would_start} 起，本参保年度内没有可享受待遇的日子；建议参加下一年度"
    if rule is None:
        return TermsWarning("no_benefit_day", "warn", message), Step("本年度无待遇日", would_start)
    warning = TermsWarning("no_benefit_day", rule.value, message, rule.clause)
    return warning, Step.citing("本年度无待遇日", rule, would_start)


def _buy_back_due(enrollment: EnrollmentRules, financing: Financing, facts: Facts) -> Decimal:
    """Return what buying back costs: so many more of the leading component's premium of this year."""
    if enrollment.waiting is None:
        return ZERO
    payments = buy_back_payments(enrollment.waiting, facts.lapse)
    premium = premiums(financing, population=facts.person.population).value
    return yuan(next(iter(premium.values())) * payments)
