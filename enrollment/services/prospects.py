"""What paying today, at the edges of each window, or buying back months would cost and give. Reads only."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from enrollment.rules.dues import BUY_BACK
from enrollment.rules.waiting import FIXED, LEFT, VARIABLE
from enrollment.rules.windows import adopted_windows
from enrollment.services.quote import Ask, Quote, QuoteFacts, load_facts
from policy.errors import DomainError
from policy.money import ZERO
from policy.schema.enrollment import EnrollmentRules

MOST_MONTHS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """One way to pay.

    :param terms: the window, or the special group whose terms hold
    :param covers_from: first day of the coverage year
    :param quote: what it costs and gives; null = it cannot be paid then, for the reason in `refusal`
    :param months: variable months of waiting bought back
    :param costs: yuan that buying back adds
    """

    label: str
    paid_on: datetime.date
    quote: Quote | None
    terms: str = ""
    covers_from: datetime.date | None = None
    refusal: str = ""
    months: int = 0
    costs: Decimal = ZERO

    @property
    def start(self) -> datetime.date | None:
        """The first benefit day; null = the coverage year has none left."""
        return self.quote.dues.terms.start if self.quote else None

    @property
    def end(self) -> datetime.date | None:
        """The last benefit day."""
        return self.quote.dues.terms.end if self.quote else None

    @property
    def days_waited(self) -> int:
        """Days without benefits from the pay day, or the coverage year's first day if that is later."""
        if self.quote is None:
            return 0
        since = max(self.paid_on, self.covers_from or self.paid_on)
        return max(0, (self.quote.dues.terms.would_start - since).days)

    def waiting(self, label: str) -> str:
        """Return how many months of a kind are waited, as the working says; "" = no waiting period applies."""
        steps = self.quote.trace if self.quote else []
        return next((step["figure"] for step in steps if step["label"] == label), "")

    @property
    def fixed_months(self) -> str:
        """Months of the fixed waiting period."""
        return self.waiting(FIXED)

    @property
    def variable_months(self) -> str:
        """Months of the variable one, before any is bought back."""
        return self.waiting(VARIABLE)

    @property
    def months_left(self) -> str:
        """Months waited in all."""
        return self.waiting(LEFT)


def prospects(
    *,
    resident_id: int,
    coverage_year: int,
    today: datetime.date,
    population: str | None = None,
    bought_back_months: int = 0,
) -> list[Prospect]:
    """Return the ways somebody can pay for a year from `today` on, in the order of their days.

    Today, the first and last day of every window still open or to come, and today's payment with each number of
    months that can be bought back, where a policy sells them. A number of queries that grows with none of these.

    :raises PolicyNotFound: if no policy of the year is in force where they live
    """
    first = Ask(resident_id, coverage_year, today, population, bought_back_months)
    facts = load_facts([first])
    rules = facts.policy(first).enrollment
    days = dict(_days(rules, today))
    found = [_prospect(facts, label, _on(first, day)) for day, label in sorted(days.items())]
    payable = next((each for each in found if each.quote is not None), None)
    if payable is not None and rules.waiting is not None and rules.waiting.buy_back is not None:
        found += _bought_back(facts, payable, _on(first, payable.paid_on))
    return found


def _days(rules: EnrollmentRules, today: datetime.date) -> Iterator[tuple[datetime.date, str]]:
    """Yield the days worth looking at with what they are; of a day named twice the last name holds."""
    for window in adopted_windows(rules):
        name = window.rules.label
        if window.days.last >= today:
            yield window.days.last, f"{name}末日"
        if window.days.first >= today:
            yield window.days.first, f"{name}首日"
    yield today, "今日"


def _on(ask: Ask, day: datetime.date, *, months: int | None = None) -> Ask:
    bought = ask.bought_back_months if months is None else months
    return Ask(ask.resident_id, ask.coverage_year, day, ask.population, bought)


def _prospect(facts: QuoteFacts, label: str, ask: Ask) -> Prospect:
    try:
        quote = facts.quote(ask)
    except DomainError as refused:
        return Prospect(label=label, paid_on=ask.paid_on, quote=None, refusal=refused.message)
    part = quote.dues.parts.get(BUY_BACK)
    rules, terms = facts.policy(ask).enrollment, quote.dues.terms
    named = rules.group[terms.group] if terms.group else rules.window[terms.window]
    return Prospect(
        terms=named.label,
        covers_from=rules.coverage_start.value if rules.coverage_start else None,
        label=label,
        paid_on=ask.paid_on,
        quote=quote,
        months=ask.bought_back_months,
        costs=part.due if part is not None else ZERO,
    )


def _bought_back(facts: QuoteFacts, payable: Prospect, ask: Ask) -> list[Prospect]:
    """Return the payment with more and more months bought back, the most of each price, while more is gained."""
    found: list[Prospect] = []
    before = _on(ask, ask.paid_on, months=0)
    left = _prospect(facts, payable.label, before).months_left
    for months in range(1, MOST_MONTHS + 1):
        label = f"{payable.label}并修复 {months} 个月"
        more = _prospect(facts, label, _on(ask, ask.paid_on, months=months))
        if not left or more.quote is None or int(more.months_left) >= int(left):
            break
        left = more.months_left
        if found and found[-1].costs == more.costs:
            found.pop()
        found.append(more)
    return found
