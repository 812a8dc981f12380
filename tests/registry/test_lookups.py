"""Rows by a list of keys in one parameter: what `in` finds, however many."""

import pytest

from registry.models import InsuredSpell, Resident
from registry.models.lookups import one_parameter
from tests.registry.factories import InsuredSpellFactory, ResidentFactory

pytestmark = pytest.mark.django_db


def test_among_finds_what_in_finds_by_key_by_bytes_and_by_foreign_key():
    people = ResidentFactory.create_batch(3)
    spell = InsuredSpellFactory(resident=people[1])
    keys, indexes = [each.pk for each in people[1:]], {bytes(each.id_index) for each in people[:2]}

    assert set(Resident.objects.filter(pk__among=keys)) == set(people[1:])
    assert set(Resident.objects.filter(id_index__among=indexes)) == set(people[:2])
    assert list(InsuredSpell.objects.filter(resident_id__among=keys)) == [spell]
    assert set(Resident.objects.exclude(pk__among=keys)) == {people[0]}


def test_nothing_is_among_nothing_and_the_database_is_not_asked(django_assert_num_queries):
    ResidentFactory()

    with django_assert_num_queries(0):
        assert list(Resident.objects.filter(pk__among=[])) == []


def test_numbers_are_sent_as_what_the_column_holds_so_that_rows_are_looked_up_in_them():
    by_key = Resident.objects.filter(pk__among=[1]).query.sql_with_params()
    by_person = InsuredSpell.objects.filter(resident__among=[1]).query.sql_with_params()
    by_index = Resident.objects.filter(id_index__among=[b"x"]).query.sql_with_params()

    assert by_key[0].endswith('"registry_resident"."id" = ANY(%s::bigint[])')
    assert by_person[0].endswith('"resident_id" = ANY(%s::bigint[])')
    assert by_index[0].endswith('"id_index" = ANY(%s)')


def test_keys_and_bytes_are_sent_as_the_text_of_an_array_and_anything_else_as_a_list():
    assert one_parameter({7}) == "{7}"
    assert one_parameter([1, 20]) == "{1,20}"
    assert one_parameter([b'"\\,\x00']) == r'{"\\x225c2c00"}'
    assert one_parameter(["a", "b"]) == ["a", "b"]
    assert one_parameter([1, None]) == [1, None]
    assert one_parameter([]) == []
