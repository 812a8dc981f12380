"""Residents are registered in bulk, move, die, change their documents, and are shown with care."""

import datetime

import pytest
from django.db import IntegrityError, transaction

from registry.models import AccessLog, Area, IdKind, Resident, Role
from registry.rules.identity_numbers import InvalidIdentityNumber
from registry.selectors import insured_spells_on, resident_by_number, resident_ids_by_index
from registry.services import (
    AlreadyRegistered,
    NewResident,
    UnmaskingRefused,
    change_id_number,
    change_name,
    move_resident,
    record_death,
    register_residents,
    unmask_id_number,
)
from registry.services.change_residents import ImpossibleDate, NameInvalid
from registry.services.register_residents import IncompleteResident
from tests.registry import factories
from tests.registry.factories import identity_number

pytestmark = pytest.mark.django_db
DAY = datetime.date(2025, 3, 10)


def new_residents(count, **changes):
    daoli = factories.daoli()
    start = datetime.date(1950, 1, 1)
    return [
        NewResident(
            **{
                "name": f"居民{serial}",
                "id_number": identity_number(
                    serial % 400, born_on=start + datetime.timedelta(days=serial // 400)
                ),
                "living_area_id": daoli.pk,
                "hukou_area_id": daoli.pk,
            }
            | changes
        )
        for serial in range(count)
    ]


def test_registering_derives_birth_sex_and_pooling_area():
    clerk = factories.UserFactory()

    (person,) = register_residents(rows=new_residents(1), reason="register 测试名单", user=clerk, on=DAY)

    stored = Resident.objects.get(pk=person.pk)
    assert (stored.born_on, stored.sex) == (datetime.date(1950, 1, 1), "2")
    assert stored.pooling_area == factories.harbin()
    assert stored.masked_id_number == "230199********" + stored.id_number[-4:]
    assert stored.id_number not in str(stored)
    assert str(stored) == f"#{stored.pk} 居民0"
    (record,) = stored.history.all()
    assert (record.history_type, record.history_user, record.history_change_reason) == (
        "+",
        clerk,
        "register 测试名单",
    )


def test_registering_costs_the_same_queries_for_3_and_300(django_assert_num_queries):
    few, many = new_residents(303)[:3], new_residents(303)[3:]

    for rows in (few, many):
        # savepoint, former numbers, current numbers, areas, pooling areas; savepoint, keys; savepoint, COPY, release;
        # history; release, release
        with django_assert_num_queries(13):
            register_residents(rows=rows, reason="register", on=DAY)

    assert Resident.objects.count() == Resident.history.count() == 303


def test_a_newborn_registers_by_birth_certificate_and_is_found_by_both_numbers():
    (child,) = register_residents(
        rows=new_residents(
            1,
            id_kind=IdKind.BIRTH_CERTIFICATE,
            id_number="Y230001234",
            sex="1",
            born_on=datetime.date(2025, 3, 10),
        ),
        reason="register",
        on=DAY,
    )

    change_id_number(resident=child, id_number="230199202503100114", reason="correct 落户", on=DAY)

    assert resident_by_number("230199202503100114") == child
    assert resident_by_number("y230001234 ") == child
    assert resident_by_number("230199196503010428") is None
    assert child.id_kind == IdKind.RESIDENT_ID
    assert [record.history_type for record in child.history.order_by("history_id")] == ["+", "~"]


def test_a_number_someone_holds_now_wins_over_one_given_up():
    first = factories.ResidentFactory(number=identity_number(1))
    change_id_number(resident=first, id_number=identity_number(2), reason="correct", on=DAY)
    second = factories.ResidentFactory(number=identity_number(1))

    assert resident_by_number(identity_number(1)) == second
    assert resident_ids_by_index([second.id_index, first.id_index]) == {
        second.id_index: second.pk,
        first.id_index: first.pk,
    }


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"name": "　"}, IncompleteResident),
        ({"id_number": "230199196503010429"}, InvalidIdentityNumber),
        ({"sex": "1"}, InvalidIdentityNumber),
        ({"born_on": datetime.date(1950, 1, 2)}, InvalidIdentityNumber),
        ({"id_kind": IdKind.FOREIGN_PERMIT, "id_number": "CHN123"}, IncompleteResident),
        (
            {"id_kind": IdKind.FOREIGN_PERMIT, "id_number": " ", "sex": "1", "born_on": DAY},
            IncompleteResident,
        ),
    ],
)
def test_a_wrong_row_registers_nobody_and_is_named(changes, refusal):
    good = new_residents(2)[1]

    with pytest.raises(refusal) as refused:
        register_residents(rows=[good, *new_residents(1, **changes)], reason="register", on=DAY)

    assert refused.value.details["row"] == 2
    assert "第2行" in refused.value.message
    assert not Resident.objects.exists()


def test_a_known_or_repeated_number_registers_nobody():
    first, second, third = new_residents(3)
    register_residents(rows=[first], reason="register", on=DAY)

    with pytest.raises(AlreadyRegistered) as refused:
        register_residents(rows=[second, first, third, second], reason="register", on=DAY)

    assert refused.value.details["numbers"] == [1, 2, 4]
    assert Resident.objects.count() == 1


def test_nobody_registers_where_no_body_pools_funds():
    province = Area.objects.get(pk=factories.harbin().parent_id)

    with pytest.raises(Area.DoesNotExist):
        register_residents(rows=new_residents(1, living_area_id=province.pk), reason="register", on=DAY)


def test_moving_takes_the_pooling_area_along():
    person = factories.ResidentFactory()
    lunan = factories.area("130202", parent=factories.tangshan())

    move_resident(resident=person, living_area=lunan, reason="move 居住证")

    person.refresh_from_db()
    assert (person.living_area, person.pooling_area) == (lunan, factories.tangshan())
    assert person.hukou_area == factories.daoli()
    assert person.history.latest().history_change_reason == "move 居住证"

    move_resident(
        resident=person, living_area=factories.shangzhi(), hukou_area=factories.shangzhi(), reason="move 落户"
    )
    person.refresh_from_db()
    assert (person.hukou_area, person.pooling_area) == (factories.shangzhi(), factories.harbin())


def test_a_death_is_recorded_once_and_not_before_birth():
    person = factories.ResidentFactory()

    record_death(resident=person, died_on=DAY, reason="close 卫健名单")
    record_death(resident=person, died_on=DAY, reason="close 卫健名单")

    assert person.history.count() == 2  # the factory's save and the death
    with pytest.raises(ImpossibleDate):
        record_death(resident=person, died_on=datetime.date(1965, 2, 28), reason="close")


@pytest.mark.parametrize(
    "number", [identity_number(7, born_on=datetime.date(1966, 3, 1)), identity_number(7, female=False), ""]
)
def test_a_document_of_another_birth_date_or_sex_is_refused(number):
    person = factories.ResidentFactory()

    with pytest.raises(InvalidIdentityNumber):
        change_id_number(resident=person, id_number=number, reason="correct", on=DAY)


def test_another_name_is_history_and_said_again_changes_nothing():
    person, clerk = factories.ResidentFactory(name="王桂兰"), factories.UserFactory()

    for _ in range(2):
        change_name(resident=person, name=" 王  桂芝", reason="户口簿变更", user=clerk)

    person.refresh_from_db()
    assert person.name == "王 桂芝"
    last, first = person.history.order_by("-history_id")
    assert (first.name, last.name, last.history_change_reason, last.history_user) == (
        "王桂兰", "王 桂芝", "户口簿变更", clerk,
    )  # fmt: skip
    with pytest.raises(NameInvalid):
        change_name(resident=person, name="  ", reason="户口簿变更")


def test_nobody_takes_another_ones_number():
    holder, other = factories.ResidentFactory.create_batch(2)

    with pytest.raises(AlreadyRegistered):
        change_id_number(resident=other, id_number=holder.id_number, reason="correct", on=DAY)


def test_the_full_number_is_shown_with_right_area_and_reason_and_logged():
    person = factories.ResidentFactory()
    clerk = factories.StaffScopeFactory().user
    viewer = factories.StaffScopeFactory(role=Role.VIEWER).user
    stranger = factories.StaffScopeFactory(area=factories.tangshan()).user

    with pytest.raises(UnmaskingRefused, match="权限"):
        unmask_id_number(user=viewer, resident=person, reason="核对")
    with pytest.raises(UnmaskingRefused, match="管辖"):
        unmask_id_number(user=stranger, resident=person, reason="核对")
    with pytest.raises(UnmaskingRefused, match="事由"):
        unmask_id_number(user=clerk, resident=person, reason=" ")
    assert not AccessLog.objects.exists()

    assert unmask_id_number(user=clerk, resident=person, reason=" 核对 ") == person.id_number

    (log,) = AccessLog.objects.all()
    assert (log.user, log.resident, log.purpose) == (clerk, person, "核对")


def test_spells_touch_but_do_not_overlap():
    spell = factories.InsuredSpellFactory()
    first_free = datetime.date(2024, 7, 1)

    factories.InsuredSpellFactory(resident=spell.resident, starts_on=first_free, ends_on=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.InsuredSpellFactory(
            resident=spell.resident, starts_on=datetime.date(2030, 1, 1), ends_on=None
        )

    def covered(day, person=spell.resident):
        return list(insured_spells_on(resident_ids=[person.pk], day=day))

    assert covered(datetime.date(2024, 6, 30)) == [spell]
    assert covered(first_free) != [spell]
    assert len(covered(first_free)) == 1
    assert covered(datetime.date(2023, 12, 31)) == []
