"""Where people were on a day: dated by two clocks, said by whoever records a move."""

import datetime

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry.batch.places import dated_places, places_on
from registry.models import Resident, School
from registry.rules.places import standing, stands_on
from registry.services import Move, PlaceKind, move, move_resident
from registry.services.move_residents import ImpossibleMove
from tests.registry.factories import ResidentFactory, UserFactory, daoli, harbin, shangzhi, tangshan

pytestmark = pytest.mark.django_db
DAY = datetime.date
DAYS = [DAY(2024, month, day) for month in (1, 4, 7, 10) for day in (1, 15)]


def moved(person, kind, to, since, **more):
    return move(resident=person, to=Move(PlaceKind(kind), to, since, "居住证"), reason="迁移", **more)


def test_a_move_counts_from_its_day_and_not_before():
    person = ResidentFactory()

    moved(person, "hukou", tangshan(), DAY(2025, 3, 15))

    (before,) = places_on(residents=[person.pk], day=DAY(2025, 3, 14)).values()
    (after,) = places_on(residents=[person.pk], day=DAY(2025, 3, 15)).values()
    assert (before.hukou_area_id, before.hukou_since) == (daoli().pk, None)
    assert (after.hukou_area_id, after.hukou_since) == (tangshan().pk, DAY(2025, 3, 15))
    assert after.living_area_id == daoli().pk


def test_what_was_known_is_told_of_any_moment():
    person = ResidentFactory()
    person.refresh_from_db()
    early = timezone.now()
    moved(person, "living", tangshan(), DAY(2025, 3, 15))

    (then,) = places_on(residents=[person.pk], day=DAY(2025, 6, 1), known_at=early).values()
    (now,) = places_on(residents=[person.pk], day=DAY(2025, 6, 1)).values()
    assert (then.living_area_id, then.pooling_area_id) == (daoli().pk, harbin().pk)
    assert (now.living_area_id, now.pooling_area_id) == (tangshan().pk, tangshan().pk)
    assert places_on(residents=[person.pk], day=DAY(2025, 6, 1), known_at=timezone.now()) == {person.pk: now}
    long_ago = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    assert places_on(residents=[person.pk], day=DAY(2025, 6, 1), known_at=long_ago) == {}


def test_days_that_cannot_be_are_refused_and_nothing_changes():
    person = ResidentFactory()
    moved(person, "hukou", shangzhi(), DAY(2025, 3, 15))
    versions = person.history.count()

    for day in (timezone.localdate() + datetime.timedelta(days=1), DAY(1965, 2, 28), DAY(2025, 3, 14)):
        with pytest.raises(ImpossibleMove):
            moved(person, "hukou", tangshan(), day)
    moved(person, "hukou", shangzhi(), DAY(2025, 3, 15))

    assert person.history.count() == versions


def test_a_correction_may_go_back_and_says_so():
    clerk, person = UserFactory(), ResidentFactory()
    moved(person, "hukou", tangshan(), DAY(2025, 3, 15))

    moved(person, "hukou", shangzhi(), DAY(2025, 3, 1), is_correction=True, user=clerk)

    found = places_on(residents=[person.pk], day=DAY(2025, 5, 1))[person.pk]
    assert found.hukou_area_id == shangzhi().pk
    last = person.history.latest()
    assert (last.history_change_reason, last.history_user) == ("迁移（凭证：居住证）", clerk)


def test_a_later_day_of_the_same_place_corrects_the_day():
    assert standing([("甲", None), ("乙", DAY(2025, 5, 1)), ("乙", DAY(2025, 6, 1))]) == [
        ("甲", None),
        ("乙", DAY(2025, 6, 1)),
    ]
    assert standing([("甲", None), ("乙", DAY(2025, 5, 1)), ("甲", None)]) == [("甲", None)]
    assert stands_on([("甲", DAY(2025, 5, 1))], DAY(2024, 1, 1))[0] == "甲"


def test_school_is_a_place_too_and_may_end():
    person, school = ResidentFactory(), School.objects.create(code="S1", name="第一中学", area=daoli())
    moved(person, "school", school, DAY(2023, 9, 1))
    moved(person, "school", None, DAY(2025, 7, 1))

    found = [
        places_on(residents=[person.pk], day=day)[person.pk].school_id
        for day in (DAY(2023, 8, 31), DAY(2023, 9, 1), DAY(2025, 6, 30), DAY(2025, 7, 1))
    ]
    assert found == [None, school.pk, school.pk, None]


def test_a_move_without_a_day_counts_for_every_day():
    person = ResidentFactory()

    move_resident(resident=person, living_area=tangshan(), hukou_area=tangshan(), reason="更正")

    assert places_on(residents=[person.pk], day=DAY(1970, 1, 1))[person.pk].hukou_area_id == tangshan().pk


@pytest.mark.parametrize("known_at", [False, True])
def test_the_queries_do_not_grow(known_at):
    def cost(count):
        people = ResidentFactory.create_batch(count)
        for each in people:
            moved(each, "hukou", tangshan(), DAY(2025, 3, 15))
        moment = timezone.now() if known_at else None
        with CaptureQueriesContext(connection) as queries:
            found = places_on(residents=[each.pk for each in people], day=DAY(2025, 1, 1), known_at=moment)
        assert {each.hukou_area_id for each in found.values()} == {daoli().pk}
        return len(queries)

    assert cost(2) == cost(9) <= 2


MOVES = st.lists(
    st.tuples(
        st.sampled_from(["living", "hukou"]),
        st.integers(0, 3),
        st.sampled_from(DAYS),
        st.booleans(),
    ),
    max_size=8,
)


def test_what_was_known_of_any_day_at_any_moment_stays_known():
    """Random moves, some told late, some correcting: the answer of a moment is the same ever after."""
    areas = [daoli(), shangzhi(), harbin(), tangshan()]

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(moves=MOVES)
    def holds(moves):
        with transaction.atomic():
            person = ResidentFactory()
            known = [(timezone.now(), on_all_days(person.pk))]
            for kind, where, since, is_correction in moves:
                last = getattr(person, f"{kind}_since")
                told = before(person, kind)
                if last is not None and since < last and not is_correction:
                    with pytest.raises(ImpossibleMove):
                        moved(person, kind, areas[where], since)
                else:
                    same = areas[where].pk == getattr(person, f"{kind}_area_id")
                    moved(person, kind, areas[where], since, is_correction=is_correction)
                    now = before(person, kind)
                    assert all(now[day] == areas[where].pk for day in DAYS if day >= since)
                    assert same or all(now[day] == told[day] for day in DAYS if day < since)
                known.append((timezone.now(), on_all_days(person.pk)))
            for moment, answers in known:
                assert on_all_days(person.pk, known_at=moment) == answers
            transaction.set_rollback(True)

    holds()


def on_all_days(pk, *, known_at=None):
    return {day: places_on(residents=[pk], day=day, known_at=known_at)[pk] for day in DAYS}


def before(person, kind):
    told = dated_places([person.pk])[person.pk]
    return {day: getattr(told.on(day), f"{kind}_area_id") for day in DAYS}


def test_the_record_itself_holds_what_was_said_last():
    person = ResidentFactory()
    moved(person, "living", tangshan(), DAY(2025, 3, 15))

    kept = Resident.objects.get(pk=person.pk)
    assert (kept.living_area, kept.pooling_area, kept.living_since) == (
        tangshan(),
        tangshan(),
        DAY(2025, 3, 15),
    )
