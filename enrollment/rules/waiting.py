"""Waiting periods after a lapse or outside the concentrated window (待遇等待期), and buying them back (缴费修复).

One missed year costs the fixed months even inside the concentrated window; each further one adds the variable
months, and only these can be bought back. 国办发〔2024〕38号.

    missed   waits (fixed 3, variable 1, first year free)     all variable months bought back
    1        3                                                3
    2        3 + 1 = 4                                        3
    4        3 + 3 = 6                                        6 where a long lapse leaves at least 6
"""

from dataclasses import dataclass

from enrollment.rules.windows import OpenWindow, concentrated_period, day_after_wait, start_by
from policy.dates import Date
from policy.schema.enrollment import EnrollmentRules, WaitingPeriod
from policy.trace import Step, Traced

FIXED, VARIABLE, LEFT = "固定等待期（月）", "变动等待期（月）", "等待期合计（月）"


@dataclass(frozen=True, slots=True)
class Lapse:
    """How long cover lapsed before this payment, and how much of the waiting was bought back.

    :param missed_years: coverage years without any basic insurance that count, >= 0
    :param bought_back_months: months of the variable waiting period paid for, >= 0
    """

    missed_years: int = 0
    bought_back_months: int = 0

    def __post_init__(self) -> None:
        if self.missed_years < 0 or self.bought_back_months < 0:
            raise ValueError(f"missed years and bought back months must not be negative: {self}")


def ordinary_start(
    enrollment: EnrollmentRules, window: OpenWindow, *, paid_on: Date, coverage_start: Date, lapse: Lapse
) -> Traced[Date]:
    """Return when benefits start for someone without special terms.

    What the window says of itself holds for people without a lapse. A lapse, and a window after the concentrated
    one that says nothing of itself, bring in the waiting period where the documents know one; a lapse never makes
    anybody start sooner.

    :raises RuleNotPublished: if neither the window nor a waiting period says when benefits start
    """
    rule, waiting = window.rules.start, enrollment.waiting
    silent_later = rule is None and window.days != concentrated_period(enrollment)
    starts: list[Traced[Date]] = []
    if waiting is not None and (lapse.missed_years or silent_later):
        starts.append(_after_waiting(waiting, paid_on=paid_on, coverage_start=coverage_start, lapse=lapse))
    elif lapse.bought_back_months:
        raise enrollment.silent("waiting.buy_back")
    if rule is not None:
        own = max(start_by(rule.value, paid_on=paid_on), coverage_start)
        starts.append(Traced(own, (Step.citing(f"{window.rules.label}的待遇起始日", rule, own),)))
    if not starts:
        raise window.rules.silent("start")
    return max(starts, key=lambda start: start.value)


def waiting_months(waiting: WaitingPeriod, lapse: Lapse) -> Traced[int]:
    """Return how many months someone waits: fixed, plus variable ones less those bought back.

    Buying back never leaves a long lapse with less than its floor, and never lengthens a wait.

    :raises RuleNotPublished: if months were bought back and no document allows it
    """
    fixed, each = waiting.fixed_months, waiting.variable_months
    variable = each.value * max(0, lapse.missed_years - waiting.free_years.value)
    unbought = total = fixed.value + variable
    steps = [
        Step.citing(FIXED, fixed),
        Step("断保年数", lapse.missed_years),
        Step.citing(VARIABLE, each, variable),
    ]
    if lapse.bought_back_months:
        rules = waiting.published(waiting.buy_back, "buy_back")
        total -= min(lapse.bought_back_months, variable)
        steps.append(Step.citing("缴费修复减去（月）", rules.months_per_payment, unbought - total))
        years, floor = rules.long_lapse_years, rules.long_lapse_months
        if years is not None and floor is not None and lapse.missed_years >= years.value:
            total = max(total, min(floor.value, unbought))
            steps.append(Step.citing(f"断保满{years.value}年的，修复后不少于（月）", floor))
    return Traced(total, (*steps, Step(LEFT, total)))


def buy_back_payments(waiting: WaitingPeriod, lapse: Lapse) -> int:
    """Return how many more personal premiums buying back costs: only months it takes away are paid for."""
    if not lapse.bought_back_months:
        return 0
    each = waiting.published(waiting.buy_back, "buy_back").months_per_payment.value
    removed = waiting_months(waiting, Lapse(lapse.missed_years)).value - waiting_months(waiting, lapse).value
    return -(-removed // each)


def _after_waiting(
    waiting: WaitingPeriod, *, paid_on: Date, coverage_start: Date, lapse: Lapse
) -> Traced[Date]:
    """Return the first day after the wait, counted from the coverage year's first day if paid before it."""
    months = waiting_months(waiting, lapse)
    before = paid_on < coverage_start
    counts_pay_day = waiting.counts_pay_day is None or waiting.counts_pay_day.value
    start = day_after_wait(
        coverage_start if before else paid_on,
        n=months.value,
        unit=waiting.unit.value,
        counts_first=before or counts_pay_day,
    )
    since = "自参保年度首日起算" if before else "自缴费之日起算"
    return Traced(start, (*months.steps, Step.citing(f"等待期满次日（{since}）", waiting.unit, start)))
