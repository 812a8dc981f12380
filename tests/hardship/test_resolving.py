"""A row that contradicts the records is decided by somebody and ends one way or the other."""

import datetime

import pytest

from exchange.models import InboundBatch, InboundRow, RowResolution
from exchange.selectors import rows_to_decide
from hardship.models import Recognition
from hardship.selectors import held_by
from hardship.services.lists import (
    ListOutOfDate,
    RowNotAdoptable,
    RowNotOpen,
    SecondUserNeeded,
    compare_row_again,
    decisions_for,
    resolve_row,
    undo_list,
)
from hardship.services.recognitions import ReasonMissing, void_recognitions
from tests.hardship.factories import RecognitionFactory
from tests.hardship.lists import MARCH, apply, civil, day, number, people, plan
from tests.registry.factories import UserFactory, daoli, shangzhi

pytestmark = pytest.mark.django_db
APRIL = datetime.date(2025, 4, 30)


def the_row(batch, **which):
    return InboundRow.objects.select_related("batch").get(batch=batch, **which)


def resolve(row, decision, user=None, reason="已与民政局核实"):
    return resolve_row(row=row, decision=decision, reason=reason, user=user or UserFactory())


def ended_elsewhere():
    """Return a person whose exit from poverty rural affairs have ended, and the civil list that says otherwise."""
    (person,) = people(1)
    RecognitionFactory(
        resident=person, of="exited_poverty", authority="rural_affairs", valid_to=day("2025-01-01")
    )
    return person, apply(plan(civil((0, "人0", "低保、脱贫户"))))


@pytest.mark.parametrize(
    ("decision", "held"),
    [("adopt", {"subsistence_allowance", "exited_poverty"}), ("keep", {"subsistence_allowance"})],
)
def test_where_two_agencies_disagree_the_decision_says_whom_the_row_follows(decision, held):
    person, batch = ended_elsewhere()
    row = the_row(batch)
    assert (row.outcome, row.code) == ("conflict", "ended_by_issuer")
    assert "归其他部门认定" in row.message
    assert not held_by(person.pk, day=MARCH)

    resolve(row, decision)

    row.refresh_from_db()
    batch.refresh_from_db()
    assert held_by(person.pk, day=MARCH) == held
    assert (row.outcome, batch.counts) == ("changed" if decision == "adopt" else "new", {row.outcome: 1})


def test_who_decided_what_and_why_is_kept_with_the_question():
    _, batch = ended_elsewhere()
    reviewer = UserFactory()

    resolve(the_row(batch), "keep", user=reviewer)

    made = RowResolution.objects.get()
    assert (made.code, made.decision, made.reason, made.by) == (
        "ended_by_issuer",
        "keep",
        "已与民政局核实",
        reviewer,
    )
    assert "归其他部门认定" in made.question
    history = Recognition.history.filter(category="subsistence_allowance").get()
    assert (history.history_user, f"批次{batch.pk}" in history.history_change_reason) == (reviewer, True)


def test_a_name_written_otherwise_is_adopted_or_the_record_is_kept():
    first, second = people(2)
    batch = apply(plan(civil((0, "人零", "低保"), (1, "人壹", "低保"))))

    adopted = resolve(the_row(batch, number=2), "adopt")
    kept = resolve(the_row(batch, number=3), "keep")

    assert (adopted.outcome, held_by(first.pk, day=MARCH)) == ("new", {"subsistence_allowance"})
    assert (kept.outcome, kept.message) == ("kept", "保留登记：登记姓名为“人1”，与清单不符")
    assert not held_by(second.pk, day=MARCH)


def test_adopting_may_bring_up_the_next_contradiction():
    people(1, living_area=shangzhi(), hukou_area=shangzhi())
    batch = apply(plan(civil((0, "人零", "低保")), area=daoli()))

    next_one = resolve(the_row(batch), "adopt", reason="曾用名")
    assert (next_one.outcome, next_one.code) == ("conflict", "outside_area")
    done = resolve(the_row(batch), "adopt", reason="已迁入")

    assert done.outcome == "new"
    assert RowResolution.objects.count() == 2
    assert Recognition.history.get().history_change_reason.endswith(f"批次{batch.pk}：曾用名；已迁入")


def test_somebody_a_misread_row_may_mean_is_ended_after_all_or_kept():
    gone, stays, _ = people(3)
    records = [RecognitionFactory(resident=person) for person in (gone, stays)]
    wrong = [number(serial)[:-1] + ("0" if number(serial)[-1] != "0" else "1") for serial in (7, 8)]
    batch = apply(plan(civil((wrong[0], "人0", "低保"), (wrong[1], "人1", "低保"), (2, "人2", "低保"))))
    first, second = InboundRow.objects.select_related("batch").filter(batch=batch, number=0).order_by("pk")
    assert {first.code, second.code} == {"possibly_listed"}

    resolve(first, "adopt")
    resolve(second, "keep")

    for record in records:
        record.refresh_from_db()
    assert (records[0].valid_to, records[1].valid_to) == (MARCH, None)
    assert records[0].history.latest().history_change_reason.endswith(f"批次{batch.pk}：已与民政局核实")
    assert sorted(InboundRow.objects.filter(batch=batch).values_list("outcome", flat=True)) == [
        "ended",
        "kept",
        "new",
        "refused",
        "refused",
    ]


def test_the_dead_and_unknown_are_kept_or_compared_again_once_the_record_is_mended():
    (person,) = people(1, died_on=day("2025-01-01"))
    batch = apply(plan(civil((0, "人0", "低保"), (9, "人9", "低保"))))
    dead, unknown = the_row(batch, number=2), the_row(batch, number=3)
    assert (dict(decisions_for(dead)), dict(decisions_for(unknown))) == (
        {"keep": "保留登记"},
        {"keep": "保留登记"},
    )
    with pytest.raises(RowNotAdoptable):
        resolve(dead, "adopt")
    assert compare_row_again(row=dead, user=UserFactory()).code == "dead"
    person.died_on = None
    person.save()

    assert compare_row_again(row=dead, user=UserFactory()).outcome == "new"
    assert resolve(unknown, "keep").outcome == "kept"
    batch.refresh_from_db()
    assert batch.counts == {"new": 1, "kept": 1}
    assert not decisions_for(the_row(batch, number=2))


def test_who_imported_the_list_does_not_adopt_it_against_the_record():
    people(1)
    importer = UserFactory()
    batch = apply(plan(civil((0, "人零", "低保")), user=importer), user=UserFactory())

    with pytest.raises(SecondUserNeeded):
        resolve(the_row(batch), "adopt", user=importer)
    with pytest.raises(ReasonMissing):
        resolve(the_row(batch), "adopt", reason=" ")

    assert not Recognition.objects.exists()
    assert not RowResolution.objects.exists()
    assert resolve(the_row(batch), "keep", user=importer).outcome == "kept"


def test_a_row_is_decided_once_and_only_while_its_list_holds():
    people(1)
    planned = plan(civil((0, "人零", "低保")))
    with pytest.raises(Exception, match="不能办理"):
        resolve(the_row(planned), "keep")
    batch = apply(planned)
    apply(plan(civil((0, "人0", "低保")), as_of=APRIL))

    with pytest.raises(ListOutOfDate):
        resolve(the_row(batch), "adopt")
    with pytest.raises(ListOutOfDate):
        compare_row_again(row=the_row(batch), user=UserFactory())
    resolve(the_row(batch), "keep")
    with pytest.raises(RowNotOpen):
        resolve(the_row(batch), "keep")


def test_of_whom_the_list_leaves_out_nothing_is_ended_that_was_struck_out_meanwhile():
    _, left_out = people(2)
    record = RecognitionFactory(resident=left_out)
    batch = apply(plan(civil((0, "人0", "低保"), (40, "人1", "低保"))))
    row = the_row(batch, code="possibly_listed")
    void_recognitions(recognition_ids=[record.pk], reason="误认")

    with pytest.raises(RowNotAdoptable, match="此后已作废，请保留登记"):
        resolve(row, "adopt")

    assert not RowResolution.objects.exists()
    assert resolve(row, "keep").outcome == "kept"


def test_what_was_adopted_is_taken_back_with_its_list():
    people(1)
    batch = apply(plan(civil((0, "人零", "低保"))))
    resolve(the_row(batch), "adopt")

    undo_list(batch=batch, reason="报错了", user=UserFactory(), second_user=UserFactory())

    assert not Recognition.objects.exists()


def test_rows_that_wait_are_counted_over_the_lists_in_force():
    people(2)
    apply(plan(civil((0, "人零", "低保"), (1, "人壹", "低保"))))
    plan(civil((0, "人零", "低保")), as_of=APRIL)

    assert rows_to_decide(InboundBatch.objects.all()) == 2
    assert rows_to_decide(InboundBatch.objects.none()) == 0


def test_of_two_names_by_one_number_only_one_is_adopted():
    people(1)
    batch = apply(plan(civil((0, "人0", "低保"), (0, "人零", "低保"))))
    first, second = InboundRow.objects.filter(batch=batch).select_related("batch").order_by("number")
    resolve_row(row=first, decision="adopt", reason="现用名", user=UserFactory())
    named = resolve_row(row=second, decision="adopt", reason="曾用名", user=UserFactory())
    assert named.code == "name_differs"

    done = resolve_row(row=named, decision="adopt", reason="曾用名", user=UserFactory())

    assert done.outcome == "conflict"
    assert done.message == "第2、3行是同一证件号码的不同姓名，只能采用其中一行，其余的请保留登记"
    assert resolve_row(row=done, decision="keep", reason="已采用", user=UserFactory()).outcome == "kept"
