"""What was decided of a statement is not asked again while lists of the kind go on saying the same."""

import pytest

from exchange.models import InboundRow
from exchange.parsers.writer import write_xlsx
from hardship.selectors import held_by
from hardship.selectors.decided_before import decided_before
from hardship.selectors.names import known_names
from hardship.services.lists import PlanOutdated, decisions_for, replan_list, resolve_row, undo_list
from hardship.services.recognitions import void_recognitions
from registry.services import change_id_number
from tests.hardship.factories import RecognitionFactory
from tests.hardship.lists import apply, civil, day, number, outcomes, people, plan
from tests.registry.factories import ResidentFactory, UserFactory, daoli, harbin, shangzhi

pytestmark = pytest.mark.django_db
CODE = "special_family_planning"
MONTHS = [day(f"2025-{month:02}-28") for month in range(1, 7)]


@pytest.fixture
def person():
    (found,) = people(1)
    return found


def listed(month, said="低保、计划生育特殊家庭", **more):
    return apply(plan(civil((0, "人0", said)), as_of=MONTHS[month], **more))


def row_of(batch):
    return InboundRow.objects.select_related("batch").get(batch=batch)


def decide(batch, decision):
    return resolve_row(row=row_of(batch), decision=decision, reason="无认定文书", user=UserFactory())


def test_a_kept_row_is_not_asked_again_and_leads_to_the_decision(person):
    kept = decide(listed(0), "keep")

    again, later = listed(1), listed(2)

    assert outcomes(again) == outcomes(later) == [(2, "unchanged", "decided_before")]
    assert held_by(person.pk, day=MONTHS[2]) == {"subsistence_allowance"}
    assert row_of(later).payload["decided_rows"] == [kept.pk]
    assert f"决定保留登记（批次{kept.batch_id}工作表“名单”第2行）" in row_of(later).message


def test_another_statement_another_person_and_another_kind_are_asked(person):
    decide(listed(0), "keep")
    ResidentFactory(number=number(1), name="人1")

    more = apply(plan(civil((0, "人0", "计划生育特殊家庭"), (1, "人1", "计划生育特殊家庭")), as_of=MONTHS[1]))

    assert outcomes(more) == [(2, "kept", "decided_before"), (3, "conflict", "not_the_issuer")]


def test_what_a_list_left_unsaid_meanwhile_is_asked_anew(person):
    decide(listed(0), "keep")
    listed(1, "低保")

    assert outcomes(listed(2)) == [(2, "conflict", "not_the_issuer")]


def test_a_decision_of_a_list_taken_back_counts_no_more(person):
    batch = listed(0)
    decide(batch, "keep")
    asks, agrees = UserFactory.create_batch(2)
    undo_list(batch=batch, reason="误报", user=asks, second_user=agrees)

    assert outcomes(listed(1)) == [(2, "conflict", "not_the_issuer")]


def test_a_decision_can_be_taken_anew_and_the_latest_counts(person):
    decide(listed(0, "计划生育特殊家庭"), "keep")
    again = listed(1, "计划生育特殊家庭")
    assert decisions_for(row_of(again)) == {"adopt": "改为采用名单"}

    done = decide(again, "adopt")

    assert (done.outcome, held_by(person.pk, day=MONTHS[1])) == ("new", {CODE})
    assert outcomes(listed(2, "计划生育特殊家庭")) == [(2, "unchanged", "")]


def test_only_lists_of_the_area_or_above_carry_a_decision_on():
    people(1, living_area=daoli(), hukou_area=shangzhi())
    decide(listed(0, "计划生育特殊家庭", area=daoli()), "keep")

    sister = listed(1, "计划生育特殊家庭", area=shangzhi())
    above = listed(2, "计划生育特殊家庭", area=harbin())
    decide(above, "keep")
    below = listed(3, "计划生育特殊家庭", area=daoli())

    assert outcomes(sister) == [(2, "conflict", "not_the_issuer")]
    assert row_of(below).payload["decided_rows"] == [row_of(above).pk]


def test_only_what_was_asked_about_counts_as_decided(person):
    held = RecognitionFactory(resident=person, of="severe_disability")
    decide(relayed(0), "keep")
    void_recognitions(recognition_ids=[held.pk], reason="误认", user=UserFactory())

    again = relayed(1)

    row = row_of(again)
    assert (row.outcome, row.code) == ("conflict", "not_the_issuer")
    assert "重度残疾人" in row.message
    assert "特殊家庭" not in row.message  # that was decided


def relayed(month):
    cells = [["H1", "人0", number(0), "一般农户", "重度残疾人、计划生育特殊家庭"]]
    content = write_xlsx(["户编号", "姓名", "证件号码", "户类型", "身份类别"], cells)
    return apply(plan(content, kind="rural_affairs", as_of=MONTHS[month], mode="supplementary"))


def test_a_decision_is_about_the_person_whatever_their_number(person):
    decide(listed(0), "keep")
    listed(1)
    change_id_number(resident=person, id_number=number(60), reason="换证", user=UserFactory())

    later = apply(plan(civil((60, "人0", "低保、计划生育特殊家庭")), as_of=MONTHS[2]))

    assert outcomes(later) == [(2, "unchanged", "decided_before")]


def test_a_file_of_another_category_leaves_a_decision_standing_and_one_of_the_same_does_not():
    people(2)
    decide(listed(0), "keep")
    apply(plan(civil((1, "人1", "特困")), as_of=MONTHS[1]))
    assert outcomes(listed(2))[0] == (2, "unchanged", "decided_before")

    apply(plan(civil((1, "人1", "计划生育特殊家庭")), as_of=MONTHS[3]))

    assert outcomes(listed(4))[0] == (2, "conflict", "not_the_issuer")


def test_a_plan_that_follows_a_decision_taken_back_is_outdated(person):
    batch = listed(0)
    decide(batch, "keep")
    follows = plan(civil((0, "人0", "低保、计划生育特殊家庭")), as_of=MONTHS[1], mode="supplementary")
    asks, agrees = UserFactory.create_batch(2)
    undo_list(batch=batch, reason="误报", user=asks, second_user=agrees)

    with pytest.raises(PlanOutdated):
        apply(follows)

    assert outcomes(apply(replan_list(batch=follows))) == [(2, "conflict", "not_the_issuer")]


def test_a_row_that_changes_nothing_else_can_be_decided_anew_too(person):
    decide(listed(0), "keep")
    again = row_of(listed(1))
    assert (again.outcome, decisions_for(again)) == ("unchanged", {"adopt": "改为采用名单"})

    done = resolve_row(row=again, decision="adopt", reason="补来文书", user=UserFactory())

    assert (done.outcome, decisions_for(done)) == ("new", {})
    assert held_by(person.pk, day=MONTHS[1]) == {"subsistence_allowance", CODE}
    assert outcomes(listed(2)) == [(2, "unchanged", "")]


def test_a_row_that_changed_something_is_not_compared_anew(person):
    decide(listed(0, "计划生育特殊家庭"), "keep")

    row = row_of(listed(1))

    assert (row.outcome, decisions_for(row)) == ("new", {})
    assert row.payload["decided_rows"]


def test_nothing_decided_costs_one_query_and_any_number_of_decisions_four(person, django_assert_num_queries):
    batch, known = plan(civil((0, "人0", "低保")), as_of=MONTHS[5]), known_names()
    with django_assert_num_queries(1):
        assert decided_before(batch, known=known) == {}
    decide(listed(0), "keep")
    listed(1)
    with django_assert_num_queries(4):
        found = decided_before(batch, known=known)

    assert {each.category for each in found} == {CODE}
