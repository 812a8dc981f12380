"""Alerts (双预警): whose burden of medical cost the agencies must hear about."""

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

from policy.cited import Cited
from policy.conditions import Person
from policy.dates import last_day_of_month
from policy.schema.benefits import AlertRule, Alerts
from policy.trace import Step, Traced
from policy.words import said


@dataclass(frozen=True, slots=True)
class AlertDecision:
    """A warning that is due.

    :param rule: its name in the policy
    :param measure: what was measured, own_burden or out_of_pocket; :param amount: how much, yuan
    :param recipients: kinds of agencies to tell
    """

    rule: str
    label: str
    measure: str
    amount: Decimal
    threshold: Decimal
    recipients: tuple[str, ...]


def alert_rule_for(section: Alerts, *, person: Person) -> tuple[str, AlertRule] | None:
    """Return the rule that watches `person`, the first in the order of the file, or None where none does.

    :raises RuleNotPublished: if the documents give no rule at all
    """
    if not section.rule:
        raise section.silent("rule")
    return next(
        ((name, rule) for name, rule in section.rule.items() if rule.population.value.holds(person)), None
    )


def threshold_of(rule: AlertRule) -> Cited[Decimal]:
    """Return the line that has to be passed, yuan.

    :raises RuleNotPublished: if the documents, or the series of income they refer to, are silent
    """
    return rule.published(rule.threshold, "threshold")


def has_warned(name: str, rule: AlertRule, warned: Collection[str]) -> bool:
    """Return whether a rule keeps silent about somebody of whom the rules `warned` have warned in its period.

    Once a year is once a person, by whichever rule, unless the documents count each rule by itself.
    """
    return bool(warned) if rule.repeat.value == "once_per_year" else name in warned


def is_scanned_on(rule: AlertRule, day: datetime.date) -> bool:
    """Return whether the rule is scanned as at the end of `day`: the month's last, or one the documents name."""
    named = () if rule.scan_days is None else rule.scan_days.value
    return day == last_day_of_month(day) or day.day in named


def alert_due(
    section: Alerts, *, person: Person, burdens: Mapping[str, Decimal], already_warned: Collection[str]
) -> Traced[AlertDecision | None]:
    """Return the warning due for `person`, or None.

    Only the first rule whose population fits a person watches them; it warns when the burden is strictly more
    than its threshold, and once a year unless it says otherwise.

    :param burdens: measure -> yuan, summed over the rule's span (see `alert_rule_for`)
    :param already_warned: names of the rules that warned of this person this year
    :raises ValueError: if the rule's measure is not among the burdens
    :raises RuleNotPublished: if the documents give no rule at all, or not the threshold of the person's
    """
    found = alert_rule_for(section, person=person)
    if found is None:
        return Traced(None, (Step("没有适用于此人的预警规则"),))
    name, rule = found
    measure, line = rule.measure.value, threshold_of(rule)
    if measure not in burdens:
        raise ValueError(f"the burden by {measure} is needed, given are {sorted(burdens)}")
    amount, threshold = burdens[measure], line.value
    steps = (
        Step.citing(f"适用规则：{rule.label}", rule.population),
        Step.citing("累计负担", rule.measure, amount),
        Step.citing("预警线（超过才预警）", line),
    )
    if amount <= threshold:
        return Traced(None, (*steps, Step("未超过预警线，不预警")))
    if rule.repeat.value != "every_month" and has_warned(name, rule, already_warned):
        return Traced(None, (*steps, Step.citing("本年度已预警，不重复推送", rule.repeat)))
    decision = AlertDecision(name, rule.label, measure, amount, threshold, rule.recipients.value)
    return Traced(
        decision,
        (*steps, Step.citing("预警并推送", rule.recipients, "、".join(map(said, rule.recipients.value)))),
    )
