"""What identities known late touch of contributions: requoted, frozen, next year's, or for a person to decide."""

import datetime
from dataclasses import replace
from decimal import Decimal

import pytest
from django.utils import timezone

from casework.models import Verdict
from enrollment.models import ContributionPeriod
from enrollment.rules.late_identities import Answer, PaidYear
from enrollment.rules.retroactive import Turned, regrant_for
from enrollment.services.enroll import enroll
from enrollment.services.follow_identities import follow_identities
from enrollment.services.retroactive import touched_contributions
from hardship.selectors import identity_changes
from hardship.services.recognitions import end_recognitions, void_recognitions
from policy.conditions import Identity, Person
from policy.loader import load_shipped
from tests.enrollment.test_grant_corrections import aided_later
from tests.enrollment.test_late_identities import held, payer
from tests.registry.factories import ResidentFactory

pytestmark = pytest.mark.usefixtures("law")
DAY = datetime.date
MARCH = DAY(2025, 3, 1)
HARBIN = load_shipped("230100/2025")
LOW = Identity("subsistence_allowance", DAY(2024, 9, 1))


def touched(person, since: datetime.datetime, *, day: datetime.date = MARCH):
    changes = identity_changes(resident_ids=[person.pk], since=since, until=timezone.now())
    found = touched_contributions(changes, before=day).get(person.pk)
    rows = [*found.told, *found.asked] if found else []
    return [(row.label, row.old, row.new, row.verdict) for row in rows]


def test_a_wrong_identity_leaves_a_person_to_decide_about_the_aid():
    person = payer(held_from=DAY(2024, 9, 1))
    start = timezone.now()
    void_recognitions(recognition_ids=[person.recognitions.get().pk], reason="误登")

    assert touched(person, start) == [
        ("2025 年度参保资助", 240, 0, Verdict.ASKS),
        ("其中 医疗救助基金（基本医保）", 240, 0, Verdict.ASKS),
        ("个人应缴", 160, 400, Verdict.ASKS),
        ("本人应补", None, 240, Verdict.ASKS),
    ]


def test_an_exit_after_payment_known_late_is_frozen():
    person = payer(held_from=DAY(2024, 9, 1))
    start = timezone.now()
    end_recognitions(recognition_ids=[person.recognitions.get().pk], on=DAY(2025, 1, 15), reason="退出")

    assert touched(person, start) == [("2025 年度参保资助", 240, 0, Verdict.FROZEN)]


@pytest.mark.parametrize(
    ("since", "verdict"),
    [
        (DAY(2024, 9, 1), Verdict.ASKS),
        (DAY(2024, 11, 20), Verdict.ASKS),
        (DAY(2025, 1, 15), Verdict.NEXT_YEAR),
    ],
)
def test_an_identity_the_year_was_paid_without(since, verdict):
    person = payer()
    start = timezone.now()
    held(person, since)

    assert touched(person, start) == [("2025 年度参保资助", 0, 240, verdict)]


def test_a_higher_identity_of_somebody_aided_after_the_payment_is_asked_about_not_frozen():
    person = aided_later().resident
    start = timezone.now()
    held(person, DAY(2024, 12, 10), of="extreme_hardship")

    assert touched(person, start) == [("2025 年度参保资助", 240, 400, Verdict.ASKS)]


def test_a_payment_that_knew_it_is_not_touched():
    start = timezone.now()
    person = payer(held_from=DAY(2024, 9, 1))

    assert touched(person, start) == []


def test_an_unpaid_year_shows_the_new_quote_as_done():
    person = ResidentFactory()
    enroll(resident_ids=[person.pk], coverage_year=2025, on=DAY(2024, 10, 8))
    start = timezone.now()
    held(person, DAY(2024, 9, 1))
    follow_identities(since=start, until=timezone.now(), day=DAY(2024, 12, 1))

    assert touched(person, start) == [
        ("2025 年度参保资助", 0, 240, Verdict.CHANGED),
        ("2025 年度个人应缴", 400, 160, Verdict.CHANGED),
    ]
    assert ContributionPeriod.objects.get().payable == 160


def test_the_rule_says_what_the_aid_would_have_been_and_why():
    truth = Person(day=DAY(2024, 10, 8), coverage_year=2025, identities=(LOW,))
    paid = PaidYear(replace(truth, identities=()), Decimal(0))

    answer = regrant_for(HARBIN, paid=paid, truth=truth, turned=[Turned(LOW.category, LOW, truth.day)])

    assert (answer.value.answer, answer.value.total) == (Answer.CASE, 240)
    assert answer.value.rule.clause == "黑医保发〔2024〕45号 四"


def test_where_the_documents_do_not_freeze_a_person_decides():
    silent = HARBIN.data.model_copy(
        update={"assistance": HARBIN.data.assistance.model_copy(update={"frozen_at_payment": None})}
    )
    truth = Person(day=DAY(2024, 10, 8), coverage_year=2025, identities=(LOW,))
    turned = [Turned(LOW.category, None, DAY(2025, 2, 1))]

    answer = regrant_for(
        replace(HARBIN, data=silent), paid=PaidYear(truth, Decimal(240)), truth=truth, turned=turned
    )

    assert (answer.value.answer, answer.value.total) == (Answer.CASE, 0)
    assert "frozen_at_payment" in answer.value.rule.reading
