"""Cases are opened once, decided by the right people, and leave a trail."""

import datetime

import pytest

from casework.models import Case, CaseState
from casework.selectors import cases_for, open_cases_for, overdue
from casework.services import (
    CaseNotReady,
    DecisionNotOffered,
    NewCase,
    SecondPersonNeeded,
    assign_case,
    close_case,
    comment,
    confirm_case,
    decide_case,
    open_case,
    open_cases,
    return_case,
)
from tests.casework.factories import CaseFactory
from tests.registry import factories as registry

pytestmark = pytest.mark.django_db
MONDAY = datetime.datetime(2025, 3, 10, 1, tzinfo=datetime.UTC)


def question(number=1, **changes):
    return NewCase(
        **{
            "kind": "fiscal_class_missing",
            "title": "缴费记录找不到参保人",
            "area_id": registry.daoli().pk,
            "reason": "税务流水号 TX001",
            "options": {"match": "匹配到参保人", "refund": "退费"},
            "dedupe_key": f"unmatched_payment:{number}",
        }
        | changes
    )


def kinds(case):
    return list(case.events.order_by("pk").values_list("kind", flat=True))


def test_a_question_is_asked_once_and_due_in_working_days():
    clerk = registry.UserFactory()

    case = open_case(case=question(working_days=5), user=clerk, at=MONDAY)

    assert open_case(case=question(title="again")) is None
    case = Case.objects.get(pk=case.pk)
    assert (case.state, case.due_on, case.opened_by) == (CaseState.OPEN, datetime.date(2025, 3, 17), clerk)
    assert case.options[1] == {"code": "refund", "label": "退费"}
    assert kinds(case) == ["opened"]
    assert case.history.get().history_change_reason == "open case"
    assert open_case(case=question(dedupe_key=None)).pk != open_case(case=question(dedupe_key=None)).pk
    assert open_case(case=question(2, due_on=datetime.date(2025, 5, 1))).due_on == datetime.date(2025, 5, 1)


@pytest.mark.parametrize("count", [3, 100])
def test_opening_costs_the_same_queries(count, django_assert_num_queries):
    questions = [question(number) for number in range(count)]

    # savepoint; savepoint, keys, savepoint, stage, COPY, insert, drop, release, history, release;
    # keys, savepoint, COPY, release for the timeline; release
    with django_assert_num_queries(16):
        opened = open_cases(cases=questions)

    assert len(opened) == count


def test_a_case_runs_from_open_to_closed():
    clerk, other = registry.UserFactory.create_batch(2)
    case = open_case(case=question())

    assign_case(case=case, assignee=clerk, user=other)
    comment(case=case, user=clerk, text="已电话联系")
    decide_case(case=case, decision="refund", reason="查无此人", user=clerk)
    closed = close_case(case=case, user=clerk)

    assert (closed.state, closed.decision, closed.decided_by) == (CaseState.CLOSED, "refund", clerk)
    assert kinds(case) == ["opened", "assigned", "commented", "decided", "closed"]
    reasons = case.history.order_by("history_id").values_list("history_change_reason", "history_user_id")
    assert list(reasons) == [
        ("open case", None),
        ("assigned case", other.pk),
        ("decided case", clerk.pk),
        ("closed case", clerk.pk),
    ]


@pytest.mark.parametrize(("decision", "reason"), [("forget", "x"), ("", "x"), ("refund", " ")])
def test_only_an_offered_decision_with_a_reason_counts(decision, reason):
    case = open_case(case=question())

    with pytest.raises(DecisionNotOffered):
        decide_case(case=case, decision=decision, reason=reason, user=registry.UserFactory())

    assert Case.objects.get().state == CaseState.OPEN
    free = open_case(case=question(2, options={}))
    assert (
        decide_case(case=free, decision="按原身份", reason="x", user=registry.UserFactory()).decision
        == "按原身份"
    )


def test_where_money_moves_three_hands_are_needed():
    asker, decider, second = registry.UserFactory.create_batch(3)
    case = open_case(case=question(needs_second=True), user=asker)

    with pytest.raises(SecondPersonNeeded):
        decide_case(case=case, decision="refund", reason="x", user=asker)
    decide_case(case=case, decision="refund", reason="x", user=decider)
    with pytest.raises(SecondPersonNeeded):
        close_case(case=case, user=decider)
    for nobody_new in (asker, decider):
        with pytest.raises(SecondPersonNeeded):
            confirm_case(case=case, user=nobody_new)
    confirmed = confirm_case(case=case, user=second)

    assert confirmed.second_by == second
    with pytest.raises(CaseNotReady):
        confirm_case(case=case, user=second)
    with pytest.raises(CaseNotReady):
        return_case(case=case, reason="x", user=second)
    assert close_case(case=case, user=decider).state == CaseState.CLOSED


def test_a_returned_decision_is_taken_anew():
    decider, second = registry.UserFactory.create_batch(2)
    case = open_case(case=question(needs_second=True))
    assign_case(case=case, assignee=decider)
    decide_case(case=case, decision="refund", reason="x", user=decider)

    returned = return_case(case=case, reason="请再核实", user=second)

    assert (returned.state, returned.decision, returned.decided_by) == (CaseState.ASSIGNED, "", None)
    assert decide_case(case=case, decision="match", reason="已核实", user=decider).decision == "match"
    assert kinds(case)[-2:] == ["returned", "decided"]


def test_steps_out_of_order_are_refused():
    clerk = registry.UserFactory()
    case = open_case(case=question())

    with pytest.raises(CaseNotReady):
        close_case(case=case, user=clerk)
    with pytest.raises(CaseNotReady):
        confirm_case(case=case, user=clerk)
    decide_case(case=case, decision="match", reason="x", user=clerk)
    with pytest.raises(CaseNotReady):
        assign_case(case=case, assignee=clerk)
    with pytest.raises(CaseNotReady):
        decide_case(case=case, decision="refund", reason="x", user=clerk)
    with pytest.raises(CaseNotReady):
        confirm_case(case=case, user=registry.UserFactory())


def test_staff_see_their_areas_cases_and_their_own_queue(django_assert_num_queries):
    scope = registry.StaffScopeFactory(area=registry.daoli())
    late = CaseFactory(due_on=datetime.date(2025, 3, 1))
    mine = CaseFactory(assignee=scope.user, state=CaseState.ASSIGNED)
    others = CaseFactory(assignee=registry.UserFactory(), state=CaseState.ASSIGNED)
    CaseFactory(area=registry.shangzhi())

    assert set(cases_for(scope.user)) == {late, mine, others}
    assert list(open_cases_for(scope.user)) == [late, mine]
    assert list(overdue(cases_for(scope.user), on=datetime.date(2025, 3, 31))) == [late]
    assert set(overdue(cases_for(scope.user), on=datetime.date(2025, 4, 1))) == {late, mine, others}
    with django_assert_num_queries(2):  # scopes, cases with area, resident, assignee
        assert [str(case.area) for case in cases_for(scope.user)]
