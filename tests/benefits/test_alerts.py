from decimal import Decimal

import pytest

from benefits.rules.alerts import alert_due, alert_rule_for
from policy.errors import RuleNotPublished
from policy.schema.benefits import Alerts
from tests.benefits.law import HARBIN, changed, harbin, person, yuan


def due(burden: str, *categories: str, warned=(), section: Alerts | None = None):
    return alert_due(
        section or harbin().alerts,
        person=person(*categories),
        burdens={"own_burden": yuan(burden), "out_of_pocket": yuan(burden) * 2},
        already_warned=warned,
    )


@pytest.mark.parametrize(
    ("burden", "category", "rule"),
    [
        ("10344.00", "exited_poverty", None),  # case 59: must exceed
        ("10344.01", "exited_poverty", "return_to_poverty"),
        ("20688.00", "severe_disability", None),
        ("20688.01", "severe_disability", "fall_into_poverty"),
        ("10344.01", "severe_disability", None),
        ("0", "exited_poverty", None),
    ],
)
def test_case_59_only_more_than_the_threshold_warns(burden: str, category: str, rule: str | None):
    found = due(burden, category).value

    assert (found.rule if found else None) == rule


def test_case_59_once_a_year():
    assert due("10344.01", "exited_poverty", warned=["return_to_poverty"]).value is None
    assert due("99999", "exited_poverty", warned=["fall_into_poverty"]).value is None


def test_each_rule_once_a_year_where_the_documents_say_so():
    section = changed(HARBIN, {"alerts.rule.return_to_poverty.repeat": "once_per_rule_and_year"}).alerts

    assert due("99999", "exited_poverty", warned=["return_to_poverty"], section=section).value is None
    assert due("99999", "exited_poverty", warned=["fall_into_poverty"], section=section).value is not None


def test_a_rule_for_every_month_warns_again():
    section = changed(HARBIN, {"alerts.rule.return_to_poverty.repeat": "every_month"}).alerts

    assert due("10344.01", "exited_poverty", warned=["return_to_poverty"], section=section).value is not None


def test_the_policys_measure_is_taken():
    section = changed(HARBIN, {"alerts.rule.return_to_poverty.measure": "out_of_pocket"}).alerts
    found = due("6000", "exited_poverty", section=section).value

    assert (found.measure, found.amount, found.threshold) == ("out_of_pocket", 12000, 10344)
    assert found.recipients == ("civil_affairs", "rural_affairs")


def test_a_burden_that_is_not_told_is_not_nothing():
    with pytest.raises(ValueError, match="own_burden is needed"):
        alert_due(harbin().alerts, person=person(), burdens={"out_of_pocket": Decimal(1)}, already_warned=())


def test_nobody_watches():
    rules = harbin().alerts.rule
    section = harbin().alerts.model_copy(update={"rule": {"one": rules["return_to_poverty"]}})

    assert alert_rule_for(section, person=person()) is None
    assert due("99999", section=section).value is None


def test_no_rules_are_silence():
    with pytest.raises(RuleNotPublished, match=r"alerts\.rule"):
        due("1", section=harbin().alerts.model_copy(update={"rule": {}}))


def test_steps_name_their_clauses():
    assert [(step.label, step.figure) for step in due("10344.01", "exited_poverty").steps if step.clause] == [
        ("适用规则：因病返贫预警", None),
        ("累计负担", yuan("10344.01")),
        ("预警线（超过才预警）", 10344),
        ("预警并推送", "民政部门、农业农村部门"),
    ]
