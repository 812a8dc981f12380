"""Where people stand in a year's task: the rule, and the statement that says the same of everybody at once."""

import datetime
import random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enrollment.models import UninsuredReason, WhyNot
from enrollment.rules.standing import Contradiction, OnRecord, Standing, by_record, contradiction, standing
from enrollment.selectors.standings import (
    Narrowed,
    counted_below,
    counted_by_place,
    people_standing,
    stands_of,
    task_of,
)
from policy.errors import PolicyNotFound
from registry.batch.history import write_with_history
from registry.models import Scheme
from registry.services import Move, PlaceKind, move
from tests.enrollment.factories import InsuredFactory
from tests.hardship.factories import RecognitionFactory
from tests.registry.factories import (
    InsuredSpellFactory,
    ResidentFactory,
    area,
    daoli,
    harbin,
    identity_number,
    shangzhi,
    tangshan,
)

DAY = datetime.date
TODAY = DAY(2024, 12, 1)
SAID_ON = DAY(2024, 11, 1)
EVERYTHING = dict.fromkeys(
    ("insured_here", "insured_elsewhere", "employee_here", "employee_elsewhere", "is_dead"), True
)


@pytest.mark.parametrize(
    ("facts", "stands"),
    [
        ({}, Standing.WAITING),
        ({"reason": "lost"}, Standing.LOST),
        ({"employee_elsewhere": True, "reason": "lost"}, Standing.EMPLOYEE_ELSEWHERE),
        ({"employee_elsewhere": True, "insured_elsewhere": True}, Standing.RESIDENT_ELSEWHERE),
        ({"employee_here": True, "insured_elsewhere": True}, Standing.EMPLOYEE),
        ({"employee_here": True, "is_dead": True}, Standing.DIED),
        (EVERYTHING, Standing.INSURED_HERE),
    ],
)
def test_what_is_on_record_goes_before_what_somebody_said(facts, stands):
    assert standing(OnRecord(**facts)) == stands


@pytest.mark.parametrize(
    ("facts", "against"),
    [
        ({}, None),
        ({"insured_here": True}, None),
        ({"reason": "lost"}, None),
        ({"reason": "lost", "insured_here": True}, Contradiction.INSURED),
        ({"reason": "lost", "is_dead": True}, Contradiction.DEAD),
        ({"reason": "died", "is_dead": True}, None),
        ({"reason": "died"}, Contradiction.ALIVE),
        ({"reason": "refused", "employee_here": True}, Contradiction.COVERED),
        ({"reason": "employee_scheme", "employee_here": True}, None),
        ({"reason": "employee_scheme_elsewhere", "employee_here": True}, Contradiction.COVERED),
        ({"reason": "army", "discharged": True}, Contradiction.DISCHARGED),
        ({"reason": "army"}, None),
        ({"reason": "prison", "discharged": True}, None),
    ],
)
def test_the_records_speak_against_a_reason(facts, against):
    assert contradiction(OnRecord(**facts)) == against


@pytest.fixture
def task(law):
    daoli()
    return task_of(area=harbin(), coverage_year=2025, today=TODAY)


def reason(person, why, *, stated_on=SAID_ON, ended_on=None):
    row = UninsuredReason(
        resident=person,
        coverage_year=2025,
        reason=why,
        stated_on=stated_on,
        ended_on=ended_on,
        source="visit",
        document="凭据1",
    )
    write_with_history([row], reason="state reason")
    return row


def person_of(dice, serial):
    """Return a person about whom anything may be on record, and what is."""
    told = {name: dice.random() < 0.25 for name in (*EVERYTHING, "discharged")}
    told["insured_elsewhere"] = told["insured_elsewhere"] and not told["insured_here"]
    told["employee_elsewhere"] = told["employee_elsewhere"] and not told["employee_here"]
    told["reason"] = dice.choice(["", "", *WhyNot.values])
    person = ResidentFactory(
        number=identity_number(serial),
        living_area=dice.choice([daoli(), shangzhi()]),
        died_on=TODAY if told["is_dead"] else dice.choice([None, DAY(2024, 12, 2)]),
        discharged_on=TODAY if told["discharged"] else None,
    )
    if told["insured_here"] or told["insured_elsewhere"]:
        pool = harbin() if told["insured_here"] else tangshan()
        InsuredFactory(resident=person, year=2025, enrollment__pooling_area=pool, paid_on=TODAY)
    if told["employee_here"] or told["employee_elsewhere"]:
        code = dice.choice(["230102", ""]) if told["employee_here"] else dice.choice(["130200", "999999"])
        InsuredSpellFactory(resident=person, area_code=code, starts_on=TODAY, ends_on=None)
    if told["reason"]:
        reason(person, told["reason"])
    return person, OnRecord(**told)


@pytest.mark.parametrize("seed", range(4))
def test_the_statement_says_what_the_rule_says(task, seed):
    dice = random.Random(seed)  # noqa: S311 - repeatable, no secret
    people = dict(person_of(dice, serial) for serial in range(40))

    found = stands_of(task, [person.pk for person in people])

    assert {pk: (row.standing, row.by_record, row.contradiction) for pk, row in found.items()} == {
        person.pk: (standing(facts), by_record(facts), contradiction(facts) or "")
        for person, facts in people.items()
    }


def test_facts_count_on_their_days_only(task):
    waiting = ResidentFactory(number=identity_number(1))
    InsuredSpellFactory(resident=waiting, starts_on=DAY(2024, 12, 2), ends_on=None)
    reason(waiting, "lost", stated_on=DAY(2024, 10, 1), ended_on=TODAY)
    left = ResidentFactory(number=identity_number(2))
    InsuredSpellFactory(
        resident=left, scheme=Scheme.RESIDENT_ELSEWHERE, starts_on=DAY(2023, 1, 1), ends_on=TODAY
    )
    paid_later = ResidentFactory(number=identity_number(3))
    InsuredFactory(resident=paid_later, year=2025, paid_on=DAY(2024, 12, 2))

    found = stands_of(task, [waiting.pk, left.pk, paid_later.pk])

    assert {row.standing for row in found.values()} == {"waiting"}


def test_whom_the_task_is_not_about_is_left_out(task):
    born_later = ResidentFactory(number=identity_number(1), born_on=DAY(2024, 12, 2))
    dead_before = ResidentFactory(number=identity_number(2), died_on=task.since - datetime.timedelta(days=1))
    dead_since = ResidentFactory(number=identity_number(3), died_on=task.since)

    found = stands_of(task, [born_later.pk, dead_before.pk, dead_since.pk])

    assert list(found) == [dead_since.pk]
    assert found[dead_since.pk].standing == "died"


def test_the_hardship_group_holds_an_identity_of_the_task(task):
    inside, ended, other = (ResidentFactory(number=identity_number(serial)) for serial in (1, 2, 3))
    RecognitionFactory(resident=inside)
    RecognitionFactory(resident=ended, valid_to=TODAY)
    RecognitionFactory(resident=other, of="severe_disability")

    found = people_standing(task, Narrowed(hardship_only=True), most=10)

    assert [row.resident_id for row in found] == [inside.pk]


def test_a_figure_is_the_count_of_its_list(task):
    dice = random.Random(7)  # noqa: S311 - repeatable, no secret
    for serial in range(30):
        person, _ = person_of(dice, serial)
        if dice.random() < 0.4:
            RecognitionFactory(resident=person)

    counted = counted_below(task)

    for code in Standing:
        for hardship in (False, True):
            listed = people_standing(task, Narrowed(standings=(code,), hardship_only=hardship), most=100)
            figure = sum(
                each.people
                for each in counted
                if each.standing == code and (each.in_hardship or not hardship)
            )
            assert len(listed) == figure
    against = people_standing(task, Narrowed(contradicted=True), most=100)
    assert len(against) == sum(each.people for each in counted if each.contradicted) > 0
    assert {each.place for each in counted} == {"230102", "230183"}
    assert sum(each.people for each in counted_by_place(task)) == sum(each.people for each in counted) == 30


def test_pages_go_by_key_and_whole_lists_by_place(task):
    town = area("230102001", name="新阳路街道", parent=daoli())
    first = ResidentFactory(number=identity_number(1), living_area=town)
    second = ResidentFactory(number=identity_number(2), living_area=daoli())

    page = people_standing(task, Narrowed(), most=1)
    rest = people_standing(task, Narrowed(), most=1, after=page[0].resident_id)
    whole = people_standing(task, Narrowed(), most=9, by_place=True)

    assert [row.resident_id for row in (*page, *rest)] == [first.pk, second.pk]
    assert [row.resident_id for row in whole] == [second.pk, first.pk]


def test_a_past_day_is_told_alike_whoever_moves_on(task):
    came, gone, paid = (ResidentFactory(number=identity_number(n)) for n in (1, 2, 3))
    move(resident=came, to=Move(PlaceKind.LIVING, tangshan(), DAY(2024, 3, 1), "居住证"), reason="迁居")
    InsuredFactory(resident=paid, year=2025, paid_on=DAY(2024, 10, 1))
    before = counted_below(task), counted_by_place(task), people_standing(task, Narrowed(), most=9)
    assert {each.resident_id: each.standing for each in before[2]} == {
        gone.pk: Standing.WAITING,
        paid.pk: Standing.INSURED_HERE,
    }

    for person, to in ((came, daoli()), (gone, shangzhi()), (paid, tangshan())):
        move(resident=person, to=Move(PlaceKind.LIVING, to, DAY(2024, 12, 20), "居住证"), reason="迁居")

    assert (counted_below(task), counted_by_place(task), people_standing(task, Narrowed(), most=9)) == before
    assert stands_of(task, [paid.pk])[paid.pk].standing == Standing.INSURED_HERE
    later = task_of(area=harbin(), coverage_year=2025, today=DAY(2024, 12, 20))
    assert {each.resident_id for each in people_standing(later, Narrowed(), most=9)} == {came.pk, gone.pk}
    assert {each.place for each in counted_below(later)} == {"230102", "230183"}


def test_who_moved_costs_no_query_each(task):
    def cost(serials):
        for serial in serials:
            person = ResidentFactory(number=identity_number(serial))
            to = Move(PlaceKind.LIVING, shangzhi(), DAY(2024, 12, 20), "居住证")
            move(resident=person, to=to, reason="迁居")
        with CaptureQueriesContext(connection) as asked:
            counted_below(task)
        return len(asked)

    assert cost(range(3)) == cost(range(3, 20)) == 4


def test_another_area_is_not_asked_about(law):
    ResidentFactory(living_area=shangzhi())
    narrow = task_of(area=daoli(), coverage_year=2025, today=TODAY)

    assert counted_below(narrow) == []


def test_no_policy_no_task(law):
    with pytest.raises(PolicyNotFound):
        task_of(area=harbin(), coverage_year=2031, today=TODAY)


def test_counting_asks_one_query_for_any_number_of_people(task):
    for serial in range(5):
        ResidentFactory(number=identity_number(serial))

    with CaptureQueriesContext(connection) as asked:
        counted_below(task)

    assert len(asked) == 2  # who moved since, the counts
