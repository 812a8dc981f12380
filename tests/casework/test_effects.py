"""A decision does what it says, once, when it counts; figures stand beside their successors."""

import re
from decimal import Decimal

import pytest

from casework.admin.figures import figure_table
from casework.models import Case, CaseFigure, CaseState, Verdict
from casework.services import (
    CaseNotReady,
    NewFigure,
    SecondPersonNeeded,
    asked_again,
    confirm_case,
    decide_case,
    effect,
    open_case,
    open_cases,
    propose_case,
    renew_case,
    return_case,
)
from casework.services import effects as registry_of_effects
from policy.errors import DomainError
from tests.casework.test_cases import kinds, question
from tests.registry import factories as registry

pytestmark = pytest.mark.django_db


class Refused(DomainError):
    code = "refused_by_effect"


@pytest.fixture
def calls(monkeypatch):
    """Effects of "match", which writes down who acted, and of "refund", which refuses."""
    monkeypatch.setattr(registry_of_effects, "_effects", {})
    seen = []

    @effect("fiscal_class_missing", "match")
    def match(case, *, user, second_user):
        seen.append((case.pk, user, second_user))
        registry.ResidentFactory(name="执行所写")
        return "已匹配到参保人。"

    @effect("fiscal_class_missing", "refund")
    def refund(case, *, user, second_user):
        registry.ResidentFactory(name="不应留下")
        raise Refused("已退过费，不能再退。")

    return seen


def resident_named(name):
    return registry.ResidentFactory._meta.model.objects.filter(name=name).exists()


def test_a_decision_that_counts_at_once_is_performed_at_once(calls):
    clerk = registry.UserFactory()
    case = open_case(case=question())

    decided = decide_case(case=case, decision="match", reason="已核实", user=clerk)

    assert calls == [(case.pk, clerk, None)]
    assert decided.performed_at is not None
    assert kinds(case) == ["opened", "decided", "effect"]
    assert case.events.get(kind="effect").text == "已匹配到参保人。"
    with pytest.raises(CaseNotReady):
        return_case(case=case, reason="再议", user=clerk)
    with pytest.raises(CaseNotReady):
        decide_case(case=case, decision="match", reason="再来一次", user=clerk)
    assert len(calls) == 1


def test_with_a_second_person_it_is_performed_when_confirmed_and_only_once(calls):
    decider, second, third = registry.UserFactory.create_batch(3)
    case = open_case(case=question(needs_second=True))

    decide_case(case=case, decision="match", reason="已核实", user=decider)
    assert calls == []
    return_case(case=case, reason="请再核实", user=second)
    decide_case(case=case, decision="match", reason="再次核实", user=decider)
    confirm_case(case=case, user=second)

    assert calls == [(case.pk, decider, second)]
    with pytest.raises(CaseNotReady):
        confirm_case(case=case, user=third)
    assert len(calls) == 1
    assert kinds(case)[-2:] == ["confirmed", "effect"]


def test_an_effect_that_refuses_leaves_the_case_undecided(calls):
    case = open_case(case=question())

    with pytest.raises(Refused):
        decide_case(case=case, decision="refund", reason="查无此人", user=registry.UserFactory())

    kept = Case.objects.get(pk=case.pk)
    assert (kept.state, kept.decision, kept.performed_at) == (CaseState.OPEN, "", None)
    assert kinds(case) == ["opened"]
    assert not resident_named("不应留下")


def test_an_effect_that_refuses_leaves_the_decision_unconfirmed(calls):
    decider, second = registry.UserFactory.create_batch(2)
    case = open_case(case=question(needs_second=True))
    decide_case(case=case, decision="refund", reason="查无此人", user=decider)

    with pytest.raises(Refused):
        confirm_case(case=case, user=second)

    kept = Case.objects.get(pk=case.pk)
    assert (kept.state, kept.second_by, kept.performed_at) == (CaseState.DECIDED, None, None)
    assert return_case(case=case, reason="不能执行", user=second).state == CaseState.OPEN


def test_an_effect_of_the_kind_stands_in_for_options_without_their_own(calls):
    @effect("fiscal_class_missing")
    def other(case, *, user, second_user):
        return f"按“{case.decision}”办理。"

    case = open_case(case=question(options={}))

    decide_case(case=case, decision="留待下年", reason="x", user=registry.UserFactory())

    assert case.events.get(kind="effect").text == "按“留待下年”办理。"
    with pytest.raises(ValueError, match="has an effect already"):
        effect("fiscal_class_missing")(other)


def test_a_decision_nobody_gave_an_effect_moves_only_the_case(calls):
    case = open_case(case=question(kind="double_enrollment"))

    decided = decide_case(case=case, decision="match", reason="x", user=registry.UserFactory())

    assert decided.performed_at is None
    assert kinds(case) == ["opened", "decided"]


def figures():
    return [
        NewFigure(
            label="2025 年度资助",
            old=Decimal("0.00"),
            new=Decimal("240.00"),
            verdict=Verdict.CHANGED,
            subject_ref="contribution:7",
            clause="黑医保发〔2024〕45号 四",
            reading="按二手资料",
            trace=[{"label": "定额资助", "figure": "240.00", "clause": "黑医保发〔2024〕45号 四"}],
        ),
        NewFigure(label="住院报销", old=Decimal(1000), new=Decimal(1000), verdict=Verdict.FROZEN),
        NewFigure(label="连续参保年数", old=None, new=Decimal(3), unit="年", verdict=Verdict.ASKS),
    ]


@pytest.mark.parametrize("count", [2, 60])
def test_figures_are_written_with_their_cases_in_as_many_queries(count, django_assert_num_queries):
    questions = [question(number, figures=figures()) for number in range(count)]
    assert open_case(case=question(0)) is not None

    # as without figures (16), and: keys, savepoint, COPY, release
    with django_assert_num_queries(20):
        opened = open_cases(cases=questions)

    assert len(opened) == count - 1
    assert CaseFigure.objects.count() == 3 * (count - 1)
    first = opened[0].figures.order_by("position")
    assert [(row.position, row.label, row.old, row.new) for row in first] == [
        (1, "2025 年度资助", Decimal(0), Decimal(240)),
        (2, "住院报销", Decimal(1000), Decimal(1000)),
        (3, "连续参保年数", None, Decimal(3)),
    ]


def test_the_table_shows_the_difference_the_rule_and_the_working():
    case = open_case(case=question(figures=figures()))
    assert case is not None

    shown = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", figure_table(case)))

    assert "2025 年度资助 0.00 240.00 +240.00 元 变更 黑医保发〔2024〕45号 四 按二手资料" in shown
    assert "住院报销 1,000.00 1,000.00 0.00 元 不调整 —" in shown
    assert "连续参保年数 — 3 +3 年 待定" in shown
    assert "2025 年度资助的计算过程" in shown
    assert figure_table(open_case(case=question(9))) == ""


def test_a_proposal_is_decided_by_its_opener_and_confirmed_by_another(calls):
    proposer, second = registry.UserFactory.create_batch(2)

    case = propose_case(case=question(), decision="match", reason="证件号码录错", user=proposer)

    assert (case.state, case.opened_by, case.decided_by) == (CaseState.DECIDED, proposer, proposer)
    with pytest.raises(SecondPersonNeeded):
        confirm_case(case=case, user=proposer)
    return_case(case=case, reason="缺材料", user=second)
    decide_case(case=case, decision="match", reason="已补材料", user=proposer)
    confirm_case(case=case, user=second)
    assert calls == [(case.pk, proposer, second)]


def test_a_question_is_asked_anew_by_todays_facts_or_falls_away(calls, monkeypatch):
    monkeypatch.setattr(registry_of_effects, "_askers", {})
    still = [question(figures=figures()), None]
    asked_again("fiscal_class_missing")(lambda case: still.pop(0))
    clerk = registry.UserFactory()
    case = open_case(case=question())

    anew = renew_case(case=case, user=clerk)

    assert anew is not None
    assert anew.figures.count() == 3
    assert Case.objects.get(pk=case.pk).state == CaseState.CLOSED
    assert kinds(case) == ["opened", "closed"]
    assert renew_case(case=anew, user=clerk) is None
    with pytest.raises(CaseNotReady):
        renew_case(case=anew, user=clerk)
    with pytest.raises(ValueError, match="has an asker already"):
        asked_again("fiscal_class_missing")(lambda case: None)
    performed = open_case(case=question(2))
    decide_case(case=performed, decision="match", reason="x", user=clerk)
    with pytest.raises(CaseNotReady):
        renew_case(case=performed, user=clerk)
