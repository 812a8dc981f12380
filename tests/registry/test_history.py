"""Bulk history is what django-simple-history itself would have written."""

import datetime
import re

import pytest
from django.db import IntegrityError
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from registry.batch.copying import copy_missing, copy_rows, like
from registry.batch.history import (
    delete_with_history,
    record_history,
    restore_with_history,
    rewrite_with_history,
    update_with_history,
    write_missing_with_history,
    write_with_history,
)
from registry.models import Household, InsuredSpell, Resident
from registry.models.history import caused_by
from tests.history_check import rows_without_history
from tests.registry import factories

pytestmark = pytest.mark.django_db
OWN = {"history_id", "history_date", "id"}


def histories(model, ids):
    names = [field.attname for field in model.history.model._meta.concrete_fields if field.name not in OWN]
    return [
        {name: row[name] for name in names if name not in ("sealed_id_number", "id_index", "created_at")}
        for row in model.history.filter(id__in=ids).order_by("id", "history_id").values(*names)
    ]


def unsaved(count):
    return factories.ResidentFactory.build_batch(
        count, living_area=factories.daoli(), pooling_area=factories.harbin()
    )


def test_new_rows_have_the_history_simple_history_writes():
    clerk = factories.UserFactory()

    ours = write_with_history(unsaved(3), reason="register 名单", user=clerk)
    theirs = bulk_create_with_history(
        unsaved(3), Resident, default_user=clerk, default_change_reason="register 名单"
    )

    assert histories(Resident, [each.pk for each in ours]) == histories(
        Resident, [each.pk for each in theirs]
    )
    (record,) = ours[0].history.all()
    assert bytes(record.id_index) == ours[0].id_index
    assert bytes(record.sealed_id_number) == ours[0].sealed_id_number
    assert record.created_at == Resident.objects.get(pk=ours[0].pk).created_at


def test_changed_rows_have_the_history_simple_history_writes():
    clerk = factories.UserFactory()
    ours, theirs = factories.ResidentFactory.create_batch(2), factories.ResidentFactory.create_batch(2)

    changed = update_with_history(
        Resident.objects.filter(pk__in=[each.pk for each in ours]),
        {"phone": "13800001234"},
        reason="correct 电话",
        user=clerk,
    )
    for each in theirs:
        each.phone = "13800001234"
    bulk_update_with_history(
        theirs, Resident, ["phone"], default_user=clerk, default_change_reason="correct 电话"
    )

    assert changed == [each.pk for each in ours]
    assert histories(Resident, changed) == histories(Resident, [each.pk for each in theirs])


def test_rewriting_touches_only_rows_that_differ():
    first, second, third = factories.ResidentFactory.create_batch(3)
    first.phone, third.died_on = "13800001234", datetime.date(2025, 1, 1)

    changed = rewrite_with_history([third, first, second], fields=["phone", "died_on"], reason="correct")

    assert changed == [first.pk, third.pk]
    second.refresh_from_db()
    assert second.phone == ""
    assert second.history.count() == 1
    assert third.history.latest().died_on == datetime.date(2025, 1, 1)
    assert first.history.latest().history_type == "~"


def test_deleted_rows_have_the_history_simple_history_writes():
    clerk = factories.UserFactory()
    ours, theirs = factories.InsuredSpellFactory(), factories.InsuredSpellFactory()
    kept = factories.InsuredSpellFactory()

    deleted = delete_with_history(InsuredSpell.objects.filter(pk=ours.pk), reason="void 重复", user=clerk)
    key, theirs._history_user, theirs._change_reason = theirs.pk, clerk, "void 重复"
    theirs.delete()

    assert deleted == [ours.pk]
    assert list(InsuredSpell.objects.all()) == [kept]
    entries = [InsuredSpell.history.filter(id=pk).latest() for pk in (ours.pk, key)]
    written = [(each.history_type, each.history_user, each.history_change_reason) for each in entries]
    assert written == [("-", clerk, "void 重复")] * 2
    assert record_history(InsuredSpell, [10**9], change="-", reason="void 重复") == 0


def test_deleted_rows_come_back_field_by_field_and_only_from_their_deletion():
    clerk = factories.UserFactory()
    gone, kept = factories.InsuredSpellFactory.create_batch(2)
    before = list(InsuredSpell.objects.order_by("pk").values())
    delete_with_history(InsuredSpell.objects.filter(pk=gone.pk), reason="void 重复")
    rows = InsuredSpell.history.order_by("history_id").values_list("history_id", flat=True)

    assert restore_with_history(InsuredSpell, rows, reason="undo 误删", user=clerk) == [gone.pk]

    assert list(InsuredSpell.objects.order_by("pk").values()) == before
    entry = InsuredSpell.history.filter(id=gone.pk).latest()
    assert (entry.history_type, entry.history_user, entry.history_change_reason) == ("+", clerk, "undo 误删")
    assert [each.history_type for each in InsuredSpell.history.filter(id=kept.pk)] == ["+"]
    with pytest.raises(IntegrityError):
        restore_with_history(InsuredSpell, rows, reason="undo 误删")


def test_history_answers_as_of_a_moment():
    person = factories.ResidentFactory()
    before = person.history.latest().history_date

    update_with_history(Resident.objects.filter(pk=person.pk), {"name": "王桂芝"}, reason="correct")

    assert Resident.history.as_of(before).get(pk=person.pk).name == "王桂兰"
    assert Resident.history.as_of(person.history.latest().history_date).get(pk=person.pk).name == "王桂芝"


@pytest.mark.raw_writes("copying knows no history")
def test_missing_rows_are_written_once_by_their_key():
    daoli = factories.daoli()

    def households(*numbers):
        return [Household(number=number, area=daoli) for number in numbers]

    first = copy_missing(households("A", "B", "A"), key="number")
    second = copy_missing(households("B", "C"), key="number")

    assert [each.number for each in first] == ["A", "B"]
    assert [each.number for each in second] == ["C"]
    assert Household.objects.count() == 3


def test_missing_rows_with_history_get_one_record_each():
    people = unsaved(2)
    again = [factories.ResidentFactory.build(number=people[0].id_number, living_area=factories.daoli(),
                                             pooling_area=factories.harbin())]  # fmt: skip

    written = write_missing_with_history(people, key="id_index", reason="register")

    assert write_missing_with_history(again, key="id_index", reason="register") == []
    assert [each.history.count() for each in written] == [1, 1]


def test_a_broken_constraint_writes_nothing():
    daoli = factories.daoli()

    with pytest.raises(IntegrityError):
        copy_rows([Household(number="A", area=daoli), Household(number="A", area=daoli)])

    assert not Household.objects.exists()


def test_nothing_to_write_is_no_query(django_assert_num_queries):
    with django_assert_num_queries(4):  # the savepoints of two transactions
        assert write_with_history([], reason="register") == []
        assert rewrite_with_history([], fields=["name"], reason="x") == []
    with django_assert_num_queries(0):
        assert copy_missing([], key="id") == []
        assert record_history(Resident, [], change="~", reason="x") == 0
        assert restore_with_history(Resident, [], reason="x") == []


def test_rows_written_in_a_list_name_it_whoever_writes_them():
    with caused_by(42):
        (copied,) = write_with_history(unsaved(1), reason="list 42")
        saved = factories.ResidentFactory()
        update_with_history(Resident.objects.filter(pk=saved.pk), {"phone": "1"}, reason="list 42")
    update_with_history(Resident.objects.filter(pk=saved.pk), {"phone": "2"}, reason="correct")

    assert copied.history.get().history_batch == 42
    assert list(saved.history.order_by("history_id").values_list("history_batch", flat=True)) == [
        42,
        42,
        None,
    ]


@pytest.mark.raw_writes("these are the writes the check must see")
def test_the_check_after_every_test_sees_a_write_without_history():
    changed, gone, kept = factories.InsuredSpellFactory.create_batch(3)
    assert rows_without_history() == []

    InsuredSpell.objects.filter(pk=changed.pk).update(area_code="230200")
    InsuredSpell.objects.filter(pk=gone.pk)._raw_delete("default")
    (bare,) = copy_rows([Household(number="A", area=factories.daoli())])
    write_with_history(unsaved(1), reason="list 7")

    assert sorted(re.sub(r" \d+", "", said) for said in rows_without_history()) == [
        "registry.Household: no history",
        "registry.InsuredSpell: changed without history",
        "registry.InsuredSpell: deleted without history",
        "registry.Resident: names no batch",
    ]
    assert bare.pk
    assert kept.history.count() == 1


def test_rows_made_alike_are_rows_of_their_own():
    blank = InsuredSpell(scheme="employee", starts_on=datetime.date(2025, 1, 1))
    people = factories.ResidentFactory.create_batch(2)

    written = write_with_history(
        (like(blank, resident_id=person.pk) for person in people), reason="import 名单"
    )

    assert blank.pk is None
    assert blank.resident_id is None
    assert [each.resident_id for each in written] == [person.pk for person in people]
    assert list(InsuredSpell.objects.order_by("pk")) == written
    assert {each.starts_on for each in InsuredSpell.objects.all()} == {datetime.date(2025, 1, 1)}
    assert InsuredSpell.history.count() == 2


def test_a_field_that_was_not_read_cannot_be_rewritten():
    person = factories.ResidentFactory(name="王五")
    deferred = Resident.objects.defer("name").get(pk=person.pk)

    with pytest.raises(KeyError, match="name"):
        rewrite_with_history([deferred], fields=["name"], reason="correct 更正")

    assert Resident.objects.get(pk=person.pk).name == "王五"
