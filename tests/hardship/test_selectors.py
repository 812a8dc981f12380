"""Who holds what on a day, and what we knew on another."""

import datetime

import pytest
from django.utils import timezone

from hardship.models import Recognition
from hardship.selectors import (
    categories_on,
    changed_between,
    counties_of,
    county_of,
    held_by,
    person_facts,
    persons_on,
)
from hardship.selectors.identities import FIELDS
from policy.conditions import Identity
from registry.batch.chronicles import chronicle, standing
from registry.batch.history import record_history, update_with_history
from tests.hardship.factories import RecognitionFactory
from tests.registry.factories import InsuredSpellFactory, ResidentFactory, area, daoli, harbin, tangshan

pytestmark = pytest.mark.django_db
MAY = datetime.date(2025, 5, 1)


def day(text):
    return datetime.date.fromisoformat(text)


def moment(text):
    return timezone.make_aware(datetime.datetime.fromisoformat(text))


def dated(record, text):
    """Say that the last history row of `record` was written at `text`."""
    last = record.history.latest()
    Recognition.history.filter(pk=last.pk).update(history_date=moment(text))


def test_many_identities_are_held_at_once_each_with_its_own_days():
    person, nobody = ResidentFactory.create_batch(2)
    RecognitionFactory(resident=person, attributes={"residence": "rural"})
    RecognitionFactory(
        resident=person, of="severe_disability", valid_from=day("2025-04-30"), attributes={"level": 2}
    )
    RecognitionFactory(resident=person, of="orphan", ended=True)
    RecognitionFactory(resident=person, of="exited_poverty", valid_from=day("2025-05-02"))

    held = categories_on(resident_ids=[person.pk, nobody.pk], day=MAY)

    assert held == {
        person.pk: (
            Identity("severe_disability", day("2025-04-30"), {"level": 2}),
            Identity("subsistence_allowance", day("2024-01-01"), {"residence": "rural"}),
        ),
        nobody.pk: (),
    }


@pytest.mark.parametrize(
    ("on", "held"), [("2023-12-31", 0), ("2024-01-01", 1), ("2024-12-31", 1), ("2025-01-01", 0)]
)
def test_first_day_counts_and_end_day_does_not(on, held):
    record = RecognitionFactory(ended=True)

    assert len(held_by(record.resident_id, day=day(on))) == held


def test_an_attribute_that_changed_does_not_begin_the_identity_anew():
    first = RecognitionFactory(valid_to=day("2025-03-01"), attributes={"residence": "rural"})
    RecognitionFactory(
        resident=first.resident, valid_from=day("2025-03-01"), attributes={"residence": "urban"}
    )
    after_gap = RecognitionFactory(ended=True)
    RecognitionFactory(resident=after_gap.resident, valid_from=day("2025-02-01"))

    held = categories_on(resident_ids=[first.resident_id, after_gap.resident_id], day=MAY)

    assert held[first.resident_id][0] == Identity(
        "subsistence_allowance", day("2024-01-01"), {"residence": "urban"}
    )
    assert held[after_gap.resident_id][0].since == day("2025-02-01")


def test_what_was_true_and_what_we_knew_are_two_clocks():
    record = RecognitionFactory()
    dated(record, "2024-02-10T09:00")
    update_with_history(
        Recognition.objects.filter(pk=record.pk), {"valid_to": day("2025-03-01")}, reason="end 名单"
    )
    dated(record, "2025-06-20T09:00")

    def known(text):
        ids = [record.resident_id]
        return len(categories_on(resident_ids=ids, day=MAY, known_at=moment(text))[record.resident_id])

    assert known("2024-02-10T08:59") == 0  # not yet heard of
    assert known("2024-02-10T09:00") == 1
    assert known("2025-06-20T08:59") == 1  # nobody knew yet that it had ended in March
    assert known("2025-06-20T09:00") == 0
    assert held_by(record.resident_id, day=MAY) == frozenset()


def test_a_struck_out_record_was_known_until_it_was_struck_out():
    record = RecognitionFactory()
    dated(record, "2024-02-10T09:00")
    record_history(Recognition, [record.pk], change="-", reason="void 差错", at=moment("2025-06-20T09:00"))
    ids = [record.resident_id]
    Recognition.objects.filter(pk=record.pk).delete()

    assert categories_on(resident_ids=ids, day=MAY, known_at=moment("2025-06-20T08:59"))[ids[0]]
    assert not categories_on(resident_ids=ids, day=MAY, known_at=moment("2025-06-20T09:00"))[ids[0]]


def test_a_million_are_looked_up_as_their_chronicles_say():
    people = ResidentFactory.create_batch(4)
    twin, changed, struck_out = (RecognitionFactory(resident=person) for person in people[:3])
    for record in (twin, changed, struck_out):
        dated(record, "2024-02-10T09:00")
    dated(RecognitionFactory(resident=people[0], of="orphan", ended=True), "2024-05-01T09:00")
    update_with_history(
        Recognition.objects.filter(pk=changed.pk), {"attributes": {"residence": "urban"}}, reason="名单"
    )
    dated(changed, "2024-03-01T09:00")
    record_history(Recognition, [struck_out.pk], change="-", reason="差错", at=moment("2024-04-01T09:00"))
    Recognition.objects.filter(pk=struck_out.pk).delete()
    ids = [person.pk for person in people]
    recorded = chronicle(Recognition, FIELDS, owners=ids)

    def known(at):
        rows = [
            (pk, row) for row, about in standing(Recognition, FIELDS, owners=ids, moment=at) for pk in about
        ]
        return [[row for pk, row in rows if pk == each] for each in ids]

    for text in (
        "2024-02-10T08:59",
        "2024-02-10T09:00",
        "2024-03-01T09:00",
        "2024-04-01T09:00",
        "2025-01-01",
    ):
        assert known(moment(text)) == [sorted(recorded.at(pk, moment(text)), key=str) for pk in ids]
    assert known(None) == known(moment("2025-01-01"))
    assert [len(rows) for rows in known(None)] == [2, 1, 0, 0]


@pytest.mark.raw_writes("the days are moved beneath the history")
def test_changes_are_found_by_when_they_were_recorded_and_when_they_dawn():
    recorded, before, dawning, ending, later = RecognitionFactory.create_batch(5)
    for record, text in [
        (recorded, "2025-05-01T10:00"),
        (before, "2025-05-01T09:59"),
        (dawning, "2025-01-01T00:00"),
        (ending, "2025-01-01T00:00"),
        (later, "2025-05-02T10:00"),
    ]:
        dated(record, text)
    Recognition.objects.filter(pk=dawning.pk).update(valid_from=day("2025-05-02"))
    Recognition.objects.filter(pk=ending.pk).update(valid_to=day("2025-05-02"))

    found = changed_between(since=moment("2025-05-01T10:00"), until=moment("2025-05-02T10:00"))

    assert found == {recorded.resident_id, dawning.resident_id, ending.resident_id}


def test_people_come_with_hukou_events_and_the_year_end_before():
    soldier = ResidentFactory(discharged_on=day("2025-02-01"))
    spouse = ResidentFactory(military_spouse=soldier, hukou_area=tangshan())
    RecognitionFactory(resident=spouse, ended=True)

    people = persons_on(resident_ids=[soldier.pk, spouse.pk], day=MAY, coverage_year=2025)
    elsewhere = persons_on(resident_ids=[spouse.pk], day=MAY, coverage_year=2026, pooling_area=tangshan())

    assert people[soldier.pk].events == {"birth": day("1965-03-01"), "discharge": day("2025-02-01")}
    assert people[soldier.pk].has_local_hukou is True
    assert people[spouse.pk].events["spouse_discharge"] == day("2025-02-01")
    assert people[spouse.pk].has_local_hukou is False
    assert people[spouse.pk].held_at_previous_year_end == {"subsistence_allowance"}
    assert people[spouse.pk].identities == ()
    assert elsewhere[spouse.pk].has_local_hukou is True
    assert elsewhere[spouse.pk].held_at_previous_year_end == frozenset()


def test_employee_cover_ends_on_its_last_day_and_months_run_through_adjoining_spells():
    person, working = ResidentFactory.create_batch(2)
    InsuredSpellFactory(resident=person, starts_on=day("2020-01-01"), ends_on=day("2021-01-01"))
    InsuredSpellFactory(
        resident=person,
        scheme="resident_scheme_elsewhere",
        starts_on=day("2023-01-01"),
        ends_on=day("2024-01-01"),
    )
    InsuredSpellFactory(resident=person, starts_on=day("2024-01-01"), ends_on=day("2025-03-01"))
    InsuredSpellFactory(resident=working, ends_on=None)

    people = persons_on(resident_ids=[person.pk, working.pk], day=MAY, coverage_year=2025)
    earlier = persons_on(resident_ids=[person.pk], day=day("2025-02-28"), coverage_year=2025)

    assert people[person.pk].events["employee_cover_end"] == day("2025-02-28")
    assert people[person.pk].employee_months == 26
    assert "employee_cover_end" not in people[working.pk].events
    assert earlier[person.pk].employee_months == 0


def test_any_number_of_people_and_days_cost_the_same_queries(django_assert_num_queries):
    people, city = ResidentFactory.create_batch(30), harbin()
    for person in people:
        RecognitionFactory(resident=person)

    for count in (3, 30):
        ids = [person.pk for person in people[:count]]
        with django_assert_num_queries(3):  # recognitions, insured spells, residents
            facts = person_facts(resident_ids=ids, pooling_area=city)
            for month in range(1, 13):
                facts.on(ids[0], day=datetime.date(2025, month, 1), coverage_year=2025)
    with django_assert_num_queries(1):
        categories_on(resident_ids=ids, day=MAY, known_at=timezone.now())


def test_county_is_where_the_person_lives():
    town = area("230102001", name="兆麟街道", level="town", parent=daoli())
    villager, citizen = ResidentFactory(living_area=town), ResidentFactory(living_area=harbin())

    assert counties_of(resident_ids=[villager.pk, citizen.pk]) == {villager.pk: "230102", citizen.pk: None}
    assert county_of(villager) == "230102"
    assert county_of(citizen) is None
