"""Why people are not insured, who spoke to them and who looks after them: by hand and by the towns' sheet."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enrollment.models import Contact, OutreachAssignment, UninsuredReason
from enrollment.parsers.reasons import FORM
from enrollment.selectors.outreach import days_left, looked_up
from enrollment.selectors.standings import Narrowed, people_standing, stands_of, task_of
from enrollment.services.lists import REASONS, FileSource, apply_list, import_list, plan_list
from enrollment.services.outreach import (
    ContactSaid,
    DayAhead,
    NotTheirArea,
    ReasonSaid,
    assign_people,
    end_reasons,
    record_contacts,
    record_reasons,
)
from exchange.models import InboundRow
from exchange.parsers.templates import sample_of
from exchange.parsers.writer import write_xlsx
from registry.models import Role
from registry.rules.phones import masked_phone
from tests.enrollment.factories import InsuredFactory
from tests.registry.factories import (
    InsuredSpellFactory,
    ResidentFactory,
    StaffScopeFactory,
    UserFactory,
    daoli,
    harbin,
    identity_number,
    shangzhi,
)

pytestmark = pytest.mark.usefixtures("law")
DAY = datetime.date
TODAY = DAY(2024, 12, 10)
FOUND = DAY(2024, 12, 3)
HEAD = ("姓名", "身份证号码", "参保年度", "未参保原因", "核实日期", "核实方式", "凭据", "备注")


@pytest.fixture
def task():
    daoli()
    return task_of(area=harbin(), coverage_year=2025, today=TODAY)


def said(person, why="lost", **more):
    return ReasonSaid(resident_id=person.pk, reason=why, **({"stated_on": FOUND, "source": "visit"} | more))


def record(task, *rows, user=None):
    return record_reasons(task=task, rows=rows, user=user)


def spells():
    return list(
        UninsuredReason.objects.order_by("resident", "stated_on").values_list(
            "reason", "stated_on", "ended_on"
        )
    )


def test_a_reason_is_recorded_with_who_and_why(task):
    person, user = ResidentFactory(), UserFactory()

    done = record(task, said(person), user=user)

    row = UninsuredReason.objects.get()
    assert done.new == {person.pk}
    assert (row.reason, row.recorded_by, stands_of(task, [person.pk])[person.pk].standing) == (
        "lost",
        user,
        "lost",
    )
    assert [(each.history_user, each.history_change_reason) for each in row.history.all()] == [
        (user, "state reason")
    ]


def test_the_same_reason_again_changes_nothing(task):
    person = ResidentFactory()
    record(task, said(person))

    again = record(task, said(person, stated_on=TODAY))

    assert again.unchanged == {person.pk}
    assert spells() == [("lost", FOUND, None)]


def test_a_later_reason_ends_the_one_before_it(task):
    person = ResidentFactory()
    record(task, said(person))

    done = record(task, said(person, "army", stated_on=TODAY, document="入伍通知书"))

    assert done.changed == {person.pk}
    assert spells() == [("lost", FOUND, TODAY), ("army", TODAY, None)]


def test_a_reason_of_the_same_day_replaces_it(task):
    person = ResidentFactory()
    record(task, said(person))

    record(task, said(person, "refused"))

    assert spells() == [("refused", FOUND, None)]
    assert UninsuredReason.objects.get().history.count() == 2


def test_an_earlier_reason_does_not_go_before_a_later_one(task):
    person = ResidentFactory()
    record(task, said(person))

    done = record(task, said(person, "refused", stated_on=DAY(2024, 11, 1)))

    assert done.refused[person.pk].code == "later_reason"
    assert spells() == [("lost", FOUND, None)]


@pytest.mark.parametrize("why", ["employee_scheme", "army", "prison", "died", "resident_scheme_elsewhere"])
def test_what_moves_the_rate_needs_a_paper(task, why):
    person = ResidentFactory()

    without, proven = record(task, said(person, why)), record(task, said(person, why, document="凭据1号"))

    assert without.refused[person.pk].code == "no_document"
    assert proven.new == {person.pk}


def test_what_the_records_show_needs_no_reason(task):
    insured, employed = (ResidentFactory(number=identity_number(serial)) for serial in range(2))
    dead = ResidentFactory(number=identity_number(2), died_on=FOUND)
    InsuredFactory(resident=insured, year=2025, paid_on=FOUND)
    InsuredSpellFactory(resident=employed, starts_on=FOUND, ends_on=None)
    unborn = ResidentFactory(number=identity_number(4), born_on=DAY(2024, 12, 11))
    ahead = ResidentFactory(number=identity_number(5))

    done = record(
        task,
        *(said(person) for person in (insured, dead, employed, unborn)),
        said(ahead, stated_on=DAY(2024, 12, 11)),
    )

    assert {pk: why.code for pk, why in done.refused.items()} == {
        insured.pk: "insured",
        dead.pk: "dead",
        employed.pk: "covered",
        unborn.pk: "not_asked",
        ahead.pk: "day_ahead",
    }
    assert "本地职工医保" in done.refused[employed.pk].message
    assert spells() == []


def test_a_reason_that_names_the_cover_found_is_taken(task):
    employed = ResidentFactory()
    InsuredSpellFactory(resident=employed, starts_on=FOUND, ends_on=None)

    done = record(task, said(employed, "employee_scheme", document="参保凭证"))

    assert done.new == {employed.pk}
    assert stands_of(task, [employed.pk])[employed.pk].contradiction == ""


def test_an_ended_reason_leaves_the_person_to_be_reached(task):
    person = ResidentFactory()
    record(task, said(person))

    ended = end_reasons(
        coverage_year=2025, resident_ids=[person.pk], on=TODAY, today=TODAY, why="已联系上", user=None
    )

    row = UninsuredReason.objects.get()
    assert ended == [row.pk]
    assert stands_of(task, [person.pk])[person.pk].standing == "waiting"
    assert row.history.first().history_change_reason == "end reason: 已联系上"


def test_a_reason_ended_on_its_own_day_never_should_have_been(task):
    person = ResidentFactory()
    record(task, said(person))

    end_reasons(coverage_year=2025, resident_ids=[person.pk], on=FOUND, today=TODAY, why="录错人", user=None)

    assert spells() == []
    assert UninsuredReason.history.first().history_change_reason == "strike out reason: 录错人"


def test_recording_costs_the_same_for_3_people_and_for_30(task):
    def cost(numbers):
        people = [ResidentFactory(number=identity_number(serial)) for serial in numbers]
        with CaptureQueriesContext(connection) as asked:
            record(task, *map(said, people))
        return len(asked)

    assert cost(range(3)) == cost(range(3, 33))


def spoken(*people, **more):
    facts = {"contacted_on": FOUND, "way": "phone", "outcome": "promised", **more}
    keys = [person.pk for person in people]
    return record_contacts(
        coverage_year=2025, resident_ids=keys, said=ContactSaid(**facts), today=TODAY, user=None
    )


def test_a_contact_said_twice_is_one_contact(task):
    person = ResidentFactory()

    assert (spoken(person), spoken(person), spoken(person, note="已转账")) == (1, 0, 1)
    assert Contact.objects.count() == 2


def test_nobody_was_spoken_to_tomorrow(task):
    with pytest.raises(DayAhead):
        spoken(ResidentFactory(), contacted_on=DAY(2024, 12, 11))
    with pytest.raises(DayAhead):
        end_reasons(
            coverage_year=2025, resident_ids=[], on=DAY(2024, 12, 11), today=TODAY, why="x", user=None
        )


def test_a_colleague_looks_after_people_of_their_own_area(task):
    here, there = (
        ResidentFactory(number=identity_number(1)),
        ResidentFactory(number=identity_number(2), living_area=shangzhi()),
    )
    first = StaffScopeFactory(area=daoli(), role=Role.CLERK).user
    second = StaffScopeFactory(area=daoli(), role=Role.CLERK).user

    assert assign_people(coverage_year=2025, resident_ids=[here.pk], assignee=first, user=None) == 1
    assert assign_people(coverage_year=2025, resident_ids=[here.pk], assignee=first, user=None) == 0
    assert assign_people(coverage_year=2025, resident_ids=[here.pk], assignee=second, user=None) == 1
    with pytest.raises(NotTheirArea):
        assign_people(coverage_year=2025, resident_ids=[here.pk, there.pk], assignee=first, user=None)
    assert OutreachAssignment.objects.get().assignee == second


def test_the_list_is_narrowed_by_contact_and_colleague(task):
    silent, promised, moved = (ResidentFactory(number=identity_number(serial)) for serial in range(3))
    spoken(promised, moved)
    spoken(moved, outcome="away", contacted_on=TODAY)
    clerk = StaffScopeFactory(area=daoli(), role=Role.CLERK).user
    assign_people(coverage_year=2025, resident_ids=[moved.pk], assignee=clerk, user=None)

    def found(**narrowed):
        return [row.resident_id for row in people_standing(task, Narrowed(**narrowed), most=9)]

    assert found(contact="never") == [silent.pk]
    assert found(contact="promised") == [promised.pk]
    assert found(contact="away") == [moved.pk]
    assert found(assignee="none") == [silent.pk, promised.pk]
    assert found(assignee=str(clerk.pk)) == [moved.pk]


def test_the_list_tells_the_last_contact_in_as_many_queries_for_any_number(task):
    people = [ResidentFactory(number=identity_number(serial)) for serial in range(6)]
    spoken(*people)
    spoken(people[0], outcome="away", contacted_on=TODAY)

    def cost(most):
        stands = people_standing(task, Narrowed(), most=most)
        with CaptureQueriesContext(connection) as asked:
            lines = looked_up(task, stands)
        return len(asked), lines

    (few, first), (many, lines) = cost(1), cost(6)
    assert few == many
    assert (first[0].contacts, first[0].last_contact.outcome) == (2, "away")
    assert [line.person for line in lines] == people


@pytest.mark.parametrize(
    ("day", "left"), [(DAY(2024, 12, 31), 1), (DAY(2024, 12, 10), 22), (DAY(2026, 1, 1), None)]
)
def test_days_left_count_the_last_day(task, day, left):
    assert days_left(task, day) == left


def test_a_phone_number_shows_its_ends_only():
    assert masked_phone("13812345678") == "138****5678"
    assert masked_phone("84212345") == "842*2345"
    assert masked_phone("1234567") == "*******"
    assert masked_phone("") == ""


def sheet(*rows, head=HEAD):
    return FileSource(content=write_xlsx(head, rows), file_name="核实.xlsx", area=harbin(), as_of=TODAY)


def line(serial, why="失联", *, name="王桂兰", document="", year="2025", day="2024-12-03"):
    return (name, identity_number(serial), year, why, day, "入户核实", document, "")


def told(batch):
    rows = InboundRow.objects.filter(batch=batch).order_by("number")
    return [(row.outcome, row.code) for row in rows]


def test_a_sheet_is_judged_line_by_line_and_applied_once(task):
    people = [ResidentFactory(number=identity_number(serial)) for serial in range(6)]
    InsuredFactory(resident=people[1], year=2025, paid_on=FOUND)
    record(task, said(people[4], "refused", source="visit"))
    source = sheet(
        line(0),
        line(1),
        line(2, "异地职工"),
        line(3, "参军", document="入伍通知书"),
        line(3, "参军", document="入伍通知书"),
        line(4, "失联", day="2024-12-05"),
        line(5, name="李四"),
        line(9),
        line(0, "自愿放弃"),
        line(5, "不知道"),
    )

    batch = plan_list(kind=REASONS, source=source)
    planned = told(batch)
    assert spells() == [("refused", FOUND, None)]
    apply_list(kind=REASONS, batch=batch, user=UserFactory())

    assert planned == [
        ("new", ""),
        ("conflict", "insured"),
        ("refused", "no_document"),
        ("new", ""),
        ("duplicate", "repeated"),
        ("changed", ""),
        ("conflict", "name_differs"),
        ("refused", "unknown_person"),
        ("conflict", "contradictory"),
        ("refused", "word_unknown"),
    ]
    assert spells() == [
        ("lost", FOUND, None),
        ("army", FOUND, None),
        ("refused", FOUND, DAY(2024, 12, 5)),
        ("lost", DAY(2024, 12, 5), None),
    ]
    kept = UninsuredReason.objects.get(resident=people[0])
    assert (kept.batch, kept.row_number, kept.history.get().history_batch) == (batch, 2, batch.pk)


def test_a_line_that_became_wrong_since_the_plan_is_not_applied(task):
    person = ResidentFactory(number=identity_number(0))
    batch = plan_list(kind=REASONS, source=sheet(line(0)))
    InsuredFactory(resident=person, year=2025, paid_on=FOUND)

    apply_list(kind=REASONS, batch=batch)

    assert told(batch) == [("conflict", "insured")]
    assert spells() == []


def test_a_sheet_of_a_year_without_policy_says_so(task):
    ResidentFactory(number=identity_number(0))

    batch = import_list(kind=REASONS, source=sheet(line(0, year="2031")), wet_run=True)

    row = InboundRow.objects.get(batch=batch)
    assert (row.outcome, row.code) == ("refused", "policy_not_found")
    assert "2031" in row.message


def test_somebody_of_another_area_is_not_spoken_for(task):
    ResidentFactory(number=identity_number(0), living_area=shangzhi())
    content = write_xlsx(HEAD, [line(0)])
    source = FileSource(content=content, file_name="核实.xlsx", area=daoli(), as_of=TODAY)

    assert told(plan_list(kind=REASONS, source=source)) == [("conflict", "outside_area")]


def test_the_sample_can_be_read(task):
    source = FileSource(content=sample_of(FORM), file_name="样例.xlsx", area=harbin(), as_of=TODAY)

    assert told(plan_list(kind=REASONS, source=source)) == [("refused", "unknown_person")] * 2


def test_planning_a_sheet_costs_the_same_for_3_lines_and_for_30(task):
    def cost(numbers):
        for serial in numbers:
            ResidentFactory(number=identity_number(serial))
        source = sheet(*(line(serial) for serial in numbers))
        with CaptureQueriesContext(connection) as asked:
            plan_list(kind=REASONS, source=source)
        return len(asked)

    assert cost(range(3)) == cost(range(3, 33))
