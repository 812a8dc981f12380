"""What was decided of a statement is not asked again while lists of the kind go on saying the same."""

import pytest

from exchange.models import InboundRow
from hardship.selectors import held_by
from hardship.selectors.decided_before import decided_before
from hardship.selectors.names import known_names
from hardship.services.lists import decisions_for, resolve_row, undo_list
from tests.hardship.lists import apply, civil, day, number, outcomes, people, plan
from tests.registry.factories import ResidentFactory, UserFactory

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
    assert f"已决定保留登记（批次{kept.batch_id}工作表“名单”第2行）" in row_of(later).message


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


def test_nothing_decided_costs_one_query_and_any_number_of_decisions_three(person, django_assert_num_queries):
    batch, known = plan(civil((0, "人0", "低保")), as_of=MONTHS[5]), known_names()
    with django_assert_num_queries(1):
        assert decided_before(batch, known=known) == {}
    decide(listed(0), "keep")
    listed(1)
    with django_assert_num_queries(3):
        found = decided_before(batch, known=known)

    assert {each.category for each in found} == {"subsistence_allowance", CODE}
