"""Queries written once say what Django's own say, whatever their values."""

import datetime
from threading import Thread

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from registry.batch.asked_again import DAY, KEYS, TEXTS, YEAR, AskedAgain
from registry.models import Area, Resident
from tests.registry.factories import ResidentFactory

pytestmark = pytest.mark.django_db

OLDER = AskedAgain(
    lambda people, names, day: (
        Resident.objects.filter(pk__among=people, name__among=names, born_on__lt=day)
        .select_related("living_area")
        .defer("sex")
        .order_by("-pk")
    ),
    people=KEYS,
    names=TEXTS,
    day=DAY,
)


def older(people: list[Resident], names: list[str], day: datetime.date) -> list[Resident]:
    found: list[Resident] = OLDER(people=[each.pk for each in people], names=names, day=day)
    return found


def test_each_time_the_values_given_are_asked_for():
    ada, eve = ResidentFactory(name="甲"), ResidentFactory(name="乙")
    after, before = ada.born_on + datetime.timedelta(days=1), ada.born_on

    assert older([ada, eve], ["甲", "丙"], after) == [ada]
    assert older([ada, eve], ["甲"], before) == []
    assert set(older([ada, eve], ["乙", "甲"], datetime.date(2200, 1, 1))) == {ada, eve}


def test_rows_are_what_django_makes_of_them():
    ada = ResidentFactory(name="甲")

    with CaptureQueriesContext(connection) as asked:
        (found,) = older([ada], ["甲"], datetime.date(2200, 1, 1))
        area = found.living_area

    assert len(asked) == 1
    assert (area, found.get_deferred_fields(), found._state.adding) == (ada.living_area, {"sex"}, False)
    assert bytes(found.id_index) == bytes(ada.id_index)


def test_nothing_asked_for_asks_nobody():
    with CaptureQueriesContext(connection) as asked:
        assert older([], ["甲"], datetime.date(2200, 1, 1)) == []

    assert len(asked) == 0


def test_a_place_the_query_has_not_is_a_mistake():
    forgetful = AskedAgain(
        lambda people, year: Resident.objects.filter(pk__among=people), people=KEYS, year=YEAR
    )

    with pytest.raises(AssertionError, match="place"):
        forgetful(people=[1], year=2025)


@pytest.mark.django_db(transaction=True)
def test_a_thread_asks_over_its_own_connection():
    codes = AskedAgain(
        lambda keys: Area.objects.filter(pk__among=keys).values_list("code", flat=True), keys=KEYS
    )
    area = ResidentFactory().living_area
    assert codes(keys=[area.pk]) == [area.code]
    found: list[list[str]] = []

    def ask() -> None:
        with transaction.atomic():
            found.append(codes(keys=[area.pk]))
        connection.close()

    other = Thread(target=ask)
    other.start()
    other.join()

    assert found == [[area.code]]
