"""Unknown names wait in a queue, are mapped after a look at what that applies, and unmapped while unused."""

import datetime
from decimal import Decimal

import pytest

from casework.models import Case
from exchange.models import BatchStatus, InboundBatch, InboundRow
from exchange.services.batches import begin_plan
from hardship.models import CategoryAlias, Recognition
from hardship.selectors import held_by
from hardship.selectors.endings import endings_guard
from hardship.selectors.waiting_names import answered_rows, rows_left_to_others, waiting_names
from hardship.services.lists import (
    AttributeNotCarried,
    NameAlreadyKnown,
    NameInUse,
    apply_held,
    map_identity_name,
    preview_mapping,
    receive_list,
    replan_list,
    undo_list,
    unmap_identity_name,
)
from hardship.services.lists.background import open_applying, run_applying
from hardship.services.lists.planning import finish_plan, read_list, record_planned
from hardship.services.lists.views import view_of
from hardship.services.recognitions import ReasonMissing, UnknownCategory, void_recognitions
from registry.models import Role
from tests.hardship.factories import RecognitionFactory
from tests.hardship.lists import MARCH, apply, civil, number, people, plan, reviewer
from tests.registry.factories import (
    ResidentFactory,
    StaffScopeFactory,
    UserFactory,
    daoli,
    harbin,
    shangzhi,
)

pytestmark = pytest.mark.django_db
APRIL = datetime.date(2025, 4, 30)


def mapped(name="五保老人", category="extreme_hardship", **more):
    values = {"reason": "民政局来函", "user": more.get("user") or reviewer()}
    return map_identity_name(name=name, category=category, **values | more)


def outcome(batch):
    return list(InboundRow.objects.filter(batch=batch).order_by("number").values_list("outcome", flat=True))


def test_the_queue_counts_rows_and_lists_and_proposes():
    people(4)
    applied = apply(plan(civil((0, "人0", "五保老人"), (1, "人1", "五保老人"), (2, "人2", "低保"))))
    waiting = plan(civil((0, "人0", "五保老人"), (3, "人3", "五好家庭")), as_of=APRIL, mode="supplementary")
    refused = plan(civil((3, "人3", "最美家庭")), as_of=APRIL, mode="supplementary")
    InboundBatch.objects.filter(pk=refused.pk).update(status=BatchStatus.REFUSED)

    queue = waiting_names(InboundBatch.objects.all())

    assert [(each.name, each.rows, [batch.pk for batch in each.batches]) for each in queue] == [
        ("五保老人", 3, [applied.pk, waiting.pk]),
        ("五好家庭", 1, [waiting.pk]),
    ]
    assert queue[0].suggested[0].category == "extreme_hardship"
    assert waiting_names(InboundBatch.objects.filter(area=daoli())) == []


@pytest.mark.parametrize("names", [2, 20])
def test_the_queue_costs_the_same_queries_for_two_names_and_for_twenty(names, django_assert_num_queries):
    people(names)
    for serial in range(names):
        plan(civil((serial, f"人{serial}", f"五好{serial}号户")), mode="supplementary")

    with django_assert_num_queries(4):  # batches, names, rows, the sender's categories
        queue = waiting_names(InboundBatch.objects.all())

    assert len(queue) == names


def test_a_preview_says_what_would_be_applied_and_writes_nothing():
    people(3)
    applied = apply(plan(civil((0, "人0", "五保老人"), (1, "人1", "五保老人（农村）"))))
    plan(civil((2, "人2", "五保老人")), as_of=APRIL, mode="supplementary")
    clerk, stranger = reviewer(), reviewer(daoli())

    preview = preview_mapping(name="五保老人", category="extreme_hardship", user=clerk)
    elsewhere = preview_mapping(name="五保老人", category="extreme_hardship", user=stranger)

    assert (elsewhere.applied, elsewhere.waiting, elsewhere.samples) == ([], 0, [])
    assert [(batch, dict(counts), mine) for batch, counts, mine in preview.applied] == [
        (applied, {"new": 2}, True)
    ]
    assert preview.waiting == 1
    assert [(name, told) for name, _, told in preview.samples] == [
        ("人0", "新增 特困人员（自 2025-03-31）"),
        ("人1", "新增 特困人员（自 2025-03-31）"),
        ("人2", "新增 特困人员（自 2025-04-30）"),
    ]
    assert not Recognition.objects.exists()
    assert not CategoryAlias.objects.filter(added_by=clerk).exists()
    assert set(Case.objects.values_list("state", flat=True)) == {"open"}
    assert outcome(applied) == ["held", "held"]


def test_a_clerk_sees_in_the_preview_what_a_reviewer_of_the_area_would_have_take_effect():
    people(1)
    applied = apply(plan(civil((0, "人0", "五保老人"))))
    clerk = StaffScopeFactory(area=harbin(), role=Role.CLERK).user
    said = {"name": "五保老人", "category": "extreme_hardship"}

    seen = preview_mapping(**said, user=clerk, may_map=False)
    alone = preview_mapping(**said, user=clerk)

    assert seen == preview_mapping(**said, user=reviewer())
    assert [(batch, dict(counts), mine) for batch, counts, mine in seen.applied] == [
        (applied, {"new": 1}, True)
    ]
    assert [(dict(counts), mine) for _, counts, mine in alone.applied] == [({"held": 1}, False)]
    assert outcome(applied) == ["held"]


def test_who_reviews_elsewhere_sees_that_a_list_is_left_to_its_own_people():
    people(1)
    apply(plan(civil((0, "人0", "五保老人"))))
    user = reviewer(daoli())
    StaffScopeFactory(user=user, area=harbin(), role=Role.CLERK)

    preview = preview_mapping(name="五保老人", category="extreme_hardship", user=user)

    assert [(dict(counts), mine) for _, counts, mine in preview.applied] == [({"held": 1}, False)]
    assert "由本地区人员在清单页重试后办理" in preview.samples[0][2]


def test_mapping_applies_lists_in_force_and_only_compares_those_that_wait():
    people(3)
    applied = apply(plan(civil((0, "人0", "五保老人"))))
    waiting = plan(civil((1, "人1", "五保老人")), as_of=APRIL, mode="supplementary")

    alias = mapped()

    waiting.refresh_from_db()
    assert (outcome(applied), outcome(waiting), waiting.counts) == (["new"], ["new"], {"new": 1})
    assert Recognition.objects.count() == 1
    assert apply(waiting).counts == {"new": 1}
    assert Recognition.objects.count() == 2
    entry = alias.history.get()
    assert (entry.history_user, entry.history_change_reason) == (alias.added_by, "map name：民政局来函")


def test_a_full_list_that_waits_says_whom_it_leaves_out_once_its_name_is_mapped(settings):
    settings.LIST_ENDINGS_WITHOUT_SECOND = Decimal(1)
    listed, other, _ = people(3)
    for person in (listed, other):
        RecognitionFactory(resident=person, of="extreme_hardship")
    batch = plan(civil((0, "人0", "五保老人"), (2, "人2", "低保")))
    assert endings_guard(batch).ending == 0
    assert "特困人员 2 条，未作取消" in endings_guard(batch).left_alone

    preview = preview_mapping(name="五保老人", category="extreme_hardship", user=reviewer())
    assert (preview.waiting, endings_guard(batch).ending) == (1, 0)
    mapped()

    batch.refresh_from_db()
    guard = endings_guard(batch)
    assert (guard.ending, guard.standing, guard.left_alone) == (1, 2, "")
    assert batch.counts == {"ended": 1, "new": 1, "unchanged": 1}
    assert apply(batch).counts["ended"] == 1
    assert not held_by(other.pk, day=APRIL)


def test_a_name_answered_does_not_look_for_people_anew():
    people(1)
    batch = apply(plan(civil((0, "人0", "低保"), (9, "人9", "低保"))))
    ResidentFactory(number=number(9), name="人9")

    mapped()

    assert outcome(batch) == ["new", "held"]
    assert apply_held(codes=["unknown_person"]) == {"new": 1}


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"category": "nobody"}, UnknownCategory),
        ({"also": ["nobody"]}, UnknownCategory),
        ({"attributes": {"level": 1}}, AttributeNotCarried),
        ({"name": "低 保"}, NameAlreadyKnown),
        ({"name": "城镇低保对象"}, NameAlreadyKnown),
        ({"reason": " "}, ReasonMissing),
    ],
)
def test_what_no_name_can_mean_is_refused(wrong, refusal):
    people(0)
    before = CategoryAlias.objects.count()

    with pytest.raises(refusal):
        mapped(**wrong)

    assert CategoryAlias.objects.count() == before


def test_a_mapping_in_use_says_what_stands_on_it_and_goes_once_nothing_does():
    people(2)
    batch = apply(plan(civil((0, "人0", "五保老人"), (1, "人1", "五保老人（农村）"))))
    waiting = plan(civil((0, "人0", "五保老人")), as_of=APRIL, mode="supplementary")
    alias = mapped()

    with pytest.raises(NameInUse) as caught:
        unmap_identity_name(alias=alias, reason="对错了", user=UserFactory())
    assert caught.value.details == {"batches": {batch.pk: 2}}
    assert f"批次{batch.pk}：2 人" in caught.value.message
    keys = list(Recognition.objects.order_by("pk").values_list("pk", flat=True))
    void_recognitions(recognition_ids=keys, reason="对错了")
    other = reviewer()
    unmap_identity_name(alias=alias, reason="对错了", user=other)

    assert not CategoryAlias.objects.filter(name="五保老人").exists()
    last = CategoryAlias.history.latest()
    assert (last.history_type, last.history_user, last.history_change_reason) == (
        "-",
        other,
        "unmap name：对错了",
    )
    assert outcome(waiting) == ["held"]
    assert [each.name for each in waiting_names(InboundBatch.objects.all())] == ["五保老人"]


def test_a_mapping_is_in_use_where_a_list_changed_a_recognition_by_it():
    (person,) = people(1)
    record = RecognitionFactory(resident=person)
    alias = mapped("乡里低保", "subsistence_allowance", attributes={"residence": "rural"})
    batch = apply(plan(civil((0, "人0", "乡里低保"))))
    assert Recognition.objects.filter(attributes={"residence": "rural"}, valid_to=None).exists()

    with pytest.raises(NameInUse) as caught:
        unmap_identity_name(alias=alias, reason="对错了", user=UserFactory())

    assert caught.value.details == {"batches": {batch.pk: 1}}
    asked, agreed = UserFactory.create_batch(2)
    undo_list(batch=batch, reason="对错了", user=asked, second_user=agreed)
    unmap_identity_name(alias=alias, reason="对错了", user=asked)
    record.refresh_from_db()
    assert (record.attributes, record.valid_to) == ({}, None)


@pytest.mark.parametrize("written", ["老低保户", "农村老低保户", "老低保户（城市）"])
def test_plans_by_a_name_that_was_unmapped_begin_nothing(written):
    people(1)
    alias = mapped("老低保户", "subsistence_allowance")
    waiting = plan(civil((0, "人0", written)))
    assert outcome(waiting) == ["new"]

    unmap_identity_name(alias=alias, reason="对错了", user=UserFactory())

    assert outcome(waiting) == ["held"]
    assert apply(waiting).counts == {"held": 1}
    assert not Recognition.objects.exists()


def test_a_list_confirmed_before_its_name_was_unmapped_is_refused_by_the_worker():
    people(2)
    user = reviewer()
    alias = mapped(user=user)
    batch = plan(civil((0, "人0", "五保老人（农村）"), (1, "人1", "低保")))
    job = open_applying(batch=batch, user=user)

    unmap_identity_name(alias=alias, reason="对错了", user=user)

    assert run_applying(job_id=job.pk).status == "planned"
    job.refresh_from_db()
    assert (job.status, job.message) == (
        "failed",
        "方案生成以后，所涉人员的身份、登记、名称对照或此前的处置有变动，请重新比对后再确认",
    )
    assert not Recognition.objects.exists()
    assert apply(replan_list(batch=batch)).counts == {"held": 1, "new": 1}


def test_what_the_register_says_is_not_unmapped_and_a_reason_is_needed():
    people(0)
    alias = mapped()

    with pytest.raises(NameInUse):
        unmap_identity_name(alias=CategoryAlias.objects.get(name="低保"), reason="x", user=UserFactory())
    with pytest.raises(ReasonMissing):
        unmap_identity_name(alias=alias, reason="", user=UserFactory())


def test_rows_of_other_areas_lists_wait_for_their_own_people():
    people(2)
    ResidentFactory(number=number(2), name="人2", living_area=shangzhi())
    here = apply(plan(civil((0, "人0", "五保老人")), area=daoli()))
    there = apply(plan(civil((2, "人2", "五保老人"), (3, "人3", "低保、五好家庭")), area=shangzhi()))
    planned = plan(civil((2, "人2", "五保老人")), area=shangzhi(), as_of=APRIL, mode="supplementary")

    alias = mapped(user=reviewer(daoli()))

    row = InboundRow.objects.get(batch=there, number=2)
    assert (outcome(here), outcome(there), outcome(planned)) == (["new"], ["held", "held"], ["new"])
    assert (row.code, "由本地区人员在清单页重试后办理" in row.message) == ("name_answered", True)
    assert rows_left_to_others(alias, own=InboundBatch.objects.filter(area=daoli())) == {"尚志市": 1}
    assert list(answered_rows(InboundBatch.objects.filter(area=daoli()))) == []
    assert list(answered_rows(InboundBatch.objects.all())) == [row]
    assert Recognition.objects.count() == 1
    assert apply_held(batch=there, user=reviewer(shangzhi())) == {"new": 1, "held": 1}
    assert Recognition.objects.count() == 2
    assert rows_left_to_others(alias, own=InboundBatch.objects.none()) == {}


def test_rows_left_to_other_areas_people_wait_for_a_meaning_again_once_the_name_is_unmapped():
    people(1, living_area=shangzhi())
    there = apply(plan(civil((0, "人0", "五保老人")), area=shangzhi()))
    alias = mapped(user=reviewer(daoli()))

    unmap_identity_name(alias=alias, reason="对错了", user=reviewer(shangzhi()))

    row = InboundRow.objects.get(batch=there)
    assert (row.outcome, row.code) == ("held", "unknown_identity_name")
    assert row.message == "身份“五保老人”没有对照，已转人工确认"
    assert [each.name for each in waiting_names(InboundBatch.objects.all())] == ["五保老人"]
    assert not answered_rows(InboundBatch.objects.all()).exists()
    assert not Recognition.objects.exists()
    mapped(user=reviewer(shangzhi()))
    assert outcome(there) == ["new"]


def half_planned(content):
    """Return a list all rows of which are held against the records, but which nobody has called planned yet."""
    values = {"kind": "civil_affairs", "file_name": "民政.xlsx", "area": harbin(), "as_of": MARCH}
    batch = receive_list(content=content, **values)
    reading = read_list(batch, content=content)
    begin_plan(batch=batch)
    record_planned(reading.items, view_of(batch, issuer="civil_affairs", names=reading.names))
    return batch


def test_a_name_mapped_before_a_plan_is_finished_is_seen_by_it_and_not_asked_about():
    people(2)
    batch = half_planned(civil((0, "人0", "五保老人"), (1, "人1", "五好家庭")))
    assert outcome(batch) == ["held", "held"]

    mapped()

    assert outcome(finish_plan(batch=batch)) == ["new", "held"]
    assert Case.objects.get().detail["name"] == "五好家庭"
    assert apply(batch).counts == {"new": 1, "held": 1}


def test_a_name_unmapped_before_a_plan_is_finished_gives_nothing():
    people(1)
    alias = mapped()
    batch = half_planned(civil((0, "人0", "五保老人")))
    assert outcome(batch) == ["new"]

    unmap_identity_name(alias=alias, reason="对错了", user=UserFactory())

    assert outcome(finish_plan(batch=batch)) == ["held"]
    assert Case.objects.get().detail["name"] == "五保老人"


def test_rows_of_a_list_that_a_worker_put_in_force_while_their_name_was_mapped_are_to_be_retried():
    people(3)
    batch = plan(civil((0, "人0", "五保老人"), (1, "人1", "五保老人、五好家庭"), (2, "人2", "低保")))
    clerk = reviewer()
    job = open_applying(batch=batch, user=clerk)
    alias = mapped(user=clerk)

    run_applying(job_id=job.pk)

    assert outcome(batch) == ["held", "held", "new"]
    assert [row.payload["name"] for row in answered_rows(InboundBatch.objects.all())] == ["人0"]
    assert rows_left_to_others(alias, own=InboundBatch.objects.none()) == {"哈尔滨市": 1}
    assert apply_held(batch=batch, user=clerk) == {"new": 1, "held": 1}
    assert not answered_rows(InboundBatch.objects.all()).exists()


def test_a_name_that_was_unmapped_is_asked_about_again():
    people(2)
    plan(civil((0, "人0", "五保老人")), mode="supplementary")
    unmap_identity_name(alias=mapped(), reason="对错了", user=reviewer())

    plan(civil((1, "人1", "五保老人")), as_of=APRIL, mode="supplementary")

    asked = Case.objects.filter(detail__name="五保老人").order_by("pk")
    assert list(asked.values_list("state", flat=True)) == ["closed", "open"]
