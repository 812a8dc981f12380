"""Lists become recognitions: planned row by row, shown, and applied exactly so or not at all."""

import datetime
from decimal import Decimal

import pytest

from exchange.models import InboundRow
from exchange.parsers.writer import write_xlsx
from exchange.services.batches import BatchNotPlanned
from hardship.models import Recognition
from hardship.selectors import categories_on, held_by
from hardship.services.lists import replan_list
from tests.hardship.factories import AgencyFactory, RecognitionFactory
from tests.hardship.lists import CIVIL, MARCH, apply, civil, day, number, outcomes, people, plan
from tests.registry.factories import ResidentFactory, UserFactory, daoli, shangzhi, tangshan

pytestmark = pytest.mark.django_db
APRIL = datetime.date(2025, 4, 30)


@pytest.fixture(autouse=True)
def _one_agrees_to_all(settings):
    settings.LIST_ENDINGS_WITHOUT_SECOND = Decimal(1)


def test_planning_writes_no_recognition_and_applying_writes_them_with_who_why_and_whence():
    first, second = people(2)
    planner, approver = UserFactory.create_batch(2)
    agency = AgencyFactory()

    batch = plan(
        civil((0, "人0", "农村低保、重度残疾人（一、二级）", "2025/3"), (1, "人1", "特困")),
        user=planner,
        agency=agency,
    )
    assert (batch.status, batch.counts) == ("planned", {"new": 2})
    assert not Recognition.objects.exists()
    applied = apply(batch, user=approver)

    assert (applied.status, applied.applied_by) == ("applied", approver)
    held = categories_on(resident_ids=[first.pk, second.pk], day=MARCH)
    assert {(each.category, each.since, each.attributes.get("level")) for each in held[first.pk]} == {
        ("subsistence_allowance", day("2025-03-01"), None),
        ("severe_disability", day("2025-03-01"), 2),
    }
    record = Recognition.objects.get(resident=second)
    assert (record.valid_from, record.agency, record.batch, record.row_number) == (MARCH, agency, batch, 3)
    (entry,) = record.history.all()
    assert entry.history_user == approver
    assert entry.history_change_reason == f"apply identities.civil_affairs 2025-03-31 批次{batch.pk}"


def test_a_row_keeps_no_full_number():
    people(1)

    batch = plan(civil((0, "人0", "低保")))

    row = InboundRow.objects.get(batch=batch)
    assert number(0) not in str(row.payload)
    assert row.payload["id_number"] == f"230199********{number(0)[-4:]}"


def test_the_same_file_again_is_the_same_batch_and_changes_nothing():
    people(1)
    content = civil((0, "人0", "低保"))
    batch = plan(content)
    assert plan(content) == batch
    apply(batch)

    again = plan(content)

    assert (again, again.status) == (batch, "applied")
    assert outcomes(again) == [(2, "new", "")]  # what it was when it came, not what it would be now
    with pytest.raises(BatchNotPlanned):
        apply(batch)
    next_month = plan(content, as_of=APRIL)
    assert next_month.counts == {"unchanged": 1}
    apply(next_month)
    assert Recognition.history.count() == 1


def test_a_full_list_ends_what_it_leaves_out_but_only_its_own_and_only_in_its_area():
    people(1)
    gone = RecognitionFactory(resident__living_area=shangzhi(), attributes={"residence": "urban"})
    other_agency = RecognitionFactory(resident=gone.resident, of="exited_poverty")
    outside = RecognitionFactory(resident__living_area=tangshan())
    began_that_day = RecognitionFactory(valid_from=MARCH)
    at_registered_home = RecognitionFactory(resident__living_area=tangshan(), resident__hukou_area=daoli())

    batch = plan(civil((0, "人0", "低保")))
    assert batch.counts == {"new": 1, "ended": 2}
    apply(batch)

    for record in (gone, other_agency, outside, began_that_day, at_registered_home):
        record.refresh_from_db()
    assert gone.valid_to == at_registered_home.valid_to == MARCH
    assert other_agency.valid_to is outside.valid_to is began_that_day.valid_to is None
    assert gone.history.latest().history_change_reason.startswith("apply identities.civil_affairs")


def test_a_county_does_not_end_what_another_countys_list_brought():
    (mover,) = people(1, living_area=shangzhi())
    mover.hukou_area = daoli()
    mover.save()
    apply(plan(civil((0, "人0", "低保")), area=daoli()))
    ResidentFactory(number=number(5), name="人5", living_area=shangzhi())

    apply(plan(civil((5, "人5", "低保")), area=shangzhi(), as_of=APRIL))

    assert held_by(mover.pk, day=APRIL) == {"subsistence_allowance"}


def test_a_supplementary_list_ends_nobody():
    people(1)
    record = RecognitionFactory()

    batch = plan(civil((0, "人0", "低保")), mode="supplementary")
    apply(batch)

    record.refresh_from_db()
    assert record.valid_to is None
    assert batch.counts == {"new": 1}


@pytest.mark.parametrize("row", [("", "人1", "低保"), (1, "人1", "")])
def test_a_full_list_with_a_blank_number_or_identity_is_refused_whole(row):
    people(2)
    RecognitionFactory()

    batch = plan(civil((0, "人0", "低保"), row, (1, "人1", "低保")))

    assert batch.status == "refused"
    assert (
        batch.error
        == "工作表“名单”第3行缺少证件号码或身份，或号码、姓名都无法读取；为避免误取消，全量名单整体退回，未作任何变动"
    )
    with pytest.raises(BatchNotPlanned):
        apply(batch)
    assert Recognition.objects.filter(valid_to=None).count() == 1
    supplementary = plan(civil((0, "人0", "低保"), row), mode="supplementary")
    assert supplementary.counts == {"new": 1, "refused": 1}


def test_a_certificate_number_that_lost_its_digits_refuses_its_row_and_ends_nobody():
    records = [RecognitionFactory(resident=person) for person in people(2)]
    rows = [[1, number(0), "人0", "低保", "", "D1"], [2, number(1), "人1", "低保", "", 23010620240000123456]]

    batch = plan(write_xlsx([*CIVIL, "低保证号"], rows))
    apply(batch)

    assert (3, "refused", "digits_lost") in outcomes(batch)
    assert InboundRow.objects.get(batch=batch, code="digits_lost").field == "低保证号"
    standing = Recognition.objects.filter(pk__in=[each.pk for each in records], valid_to=None)
    assert standing.count() == 2


def test_an_empty_list_ends_nobody():
    people(0)
    record = RecognitionFactory()

    batch = plan(civil())
    apply(batch)

    record.refresh_from_db()
    assert (batch.counts, record.valid_to) == ({}, None)


def test_somebody_with_the_name_of_a_misread_row_is_not_ended():
    people(1)
    listed = RecognitionFactory(resident__name="李四")
    other = RecognitionFactory(resident__name="王五")
    wrong = number(7)[:-1] + ("0" if number(7)[-1] != "0" else "1")

    batch = plan(civil((0, "人0", "低保"), (wrong, "李四", "低保")))
    apply(batch)

    assert outcomes(batch) == [
        (0, "conflict", "possibly_listed"),
        (0, "ended", ""),
        (2, "new", ""),
        (3, "refused", "identity_number_invalid"),
    ]
    refused = InboundRow.objects.get(batch=batch, number=3)
    assert (refused.field, refused.message) == ("身份证号码", "身份证号校验码不符")
    listed.refresh_from_db()
    other.refresh_from_db()
    assert (listed.valid_to, other.valid_to) == (None, MARCH)


def test_somebody_whose_row_is_refused_for_another_reason_is_not_ended():
    for person in people(3):
        RecognitionFactory(resident=person)

    batch = plan(civil((0, "人0", "低保"), (1, "人1", "低保", "去年"), (2, "", "低保")))

    assert outcomes(batch) == [
        (2, "unchanged", ""),
        (3, "refused", "date_unreadable"),
        (4, "refused", "blank_name"),
    ]


def test_changes_of_identity_attribute_and_return_are_changes():
    risen, moved, back, same, _ = people(5)
    RecognitionFactory(resident=risen, of="extreme_hardship")
    RecognitionFactory(resident=moved, attributes={"residence": "rural"})
    RecognitionFactory(resident=back, ended=True)
    RecognitionFactory(resident=same)

    batch = plan(
        civil(
            (0, "人0", "低保"),
            (1, "人1", "城市低保"),
            (2, "人2", "低保", "2024-01-01"),
            (3, "人3", "低保", "2020-01-01"),
            (4, "人4", "特困"),  # the list speaks about 特困 too
        )
    )
    apply(batch)

    assert [(outcome, code) for _, outcome, code in outcomes(batch)] == [
        ("changed", ""),
        ("changed", ""),
        ("changed", "reappeared"),
        ("unchanged", "start_differs"),
        ("new", ""),
    ]
    first = InboundRow.objects.get(batch=batch, number=2)
    assert first.message == "取消 特困人员（自 2025-03-31）；新增 低保对象（自 2025-03-31）"
    assert held_by(risen.pk, day=day("2025-03-30")) == {"extreme_hardship"}
    assert held_by(risen.pk, day=MARCH) == {"subsistence_allowance"}
    before, after = (
        categories_on(resident_ids=[moved.pk], day=on)[moved.pk][0] for on in (day("2025-03-30"), MARCH)
    )
    assert (before.attributes["residence"], after.attributes["residence"]) == ("rural", "urban")
    assert before.since == after.since == day("2024-01-01")
    assert Recognition.objects.filter(resident=back).latest("valid_from").valid_from == MARCH
    assert Recognition.objects.get(resident=same).valid_from == day("2024-01-01")


def test_rows_that_cannot_be_done_say_why_and_touch_nobody():
    _, _, dead, _ = people(4)
    dead.died_on = day("2025-01-01")
    dead.save()
    ResidentFactory(number=number(8), name="人8", living_area=tangshan())
    RecognitionFactory(resident=dead)

    batch = plan(
        civil(
            (0, "别人", "低保"),
            (1, "人1", "五好家庭"),
            (2, "人2", "低保"),
            (3, "人3", "农村低保"),
            (3, "人3", "城市低保"),
            (8, "人8", "低保"),
            (9, "人9", "低保"),
        )
    )
    apply(batch)

    assert outcomes(batch) == [
        (2, "conflict", "name_differs"),
        (3, "held", "unknown_identity_name"),
        (4, "conflict", "dead"),
        (5, "conflict", "identities_contradict"),
        (6, "duplicate", "same_person"),
        (7, "conflict", "outside_area"),
        (8, "held", "unknown_person"),
    ]
    assert Recognition.objects.count() == 1
    assert Recognition.objects.get().valid_to is None


def test_one_number_with_two_names_is_nobodys():
    people(1)

    batch = plan(civil((0, "人0", "低保"), (0, "人O", "低保")))

    assert [(outcome, code) for _, outcome, code in outcomes(batch)] == [
        ("conflict", "names_differ_in_list")
    ] * 2


def test_several_rows_about_one_person_are_put_together():
    (person,) = people(1)

    apply(plan(civil((0, "人0", "低保"), (0, "人0", "孤儿"))))

    assert held_by(person.pk, day=MARCH) == {"subsistence_allowance", "orphan"}


def test_a_number_given_up_still_finds_its_person_who_is_then_not_left_out():
    (person,) = people(1)
    RecognitionFactory(resident=person)
    former = civil((0, "人0", "低保"))
    from registry.services import change_id_number

    change_id_number(resident=person, id_number=number(9), reason="correct 换证")

    assert plan(former).counts == {"unchanged": 1}
    both = plan(civil((0, "人0", "特困"), (9, "人0", "低保")))
    assert both.counts == {"conflict": 2}
    assert outcomes(plan(civil((9, "人0", "低保"), (0, "人0", "特困")))) == [
        (2, "conflict", "same_person_two_numbers"),
        (3, "conflict", "same_person_two_numbers"),
    ]
    assert replan_list(batch=both).counts == apply(both).counts == {"conflict": 2}


def test_another_agencys_identity_may_begin_but_is_not_changed_or_ended():
    (person,) = people(1)
    RecognitionFactory(resident=person, of="severe_disability", attributes={"level": 1})
    first = plan(civil((0, "人0", "低保、重度残疾人（二级）、脱贫人口")))
    apply(first)
    apply(plan(civil((0, "人0", "低保")), as_of=APRIL))

    held = categories_on(resident_ids=[person.pk], day=APRIL)[person.pk]

    assert {each.category: each.attributes.get("level") for each in held} == {
        "subsistence_allowance": None,
        "severe_disability": 1,
        "exited_poverty": None,
    }


def test_a_name_may_say_two_identities():
    (person,) = people(1)

    apply(plan(civil((0, "人0", "脱贫人口低保对象"))))

    assert held_by(person.pk, day=MARCH) == {"subsistence_allowance", "exited_poverty"}
