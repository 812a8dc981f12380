"""Identities that begin or become known after payment: asked about, put off, frozen; looked at daily."""

import datetime
import importlib
from decimal import Decimal

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from casework.models import Case
from casework.services import NewCase, confirm_case, decide_case, open_case
from enrollment.models import ContributionPeriod, Payment
from enrollment.rules.late_identities import Answer, PaidYear, late_identity
from enrollment.services import follow_identities as follow
from enrollment.services.enroll import enroll
from enrollment.services.follow_identities import KIND, OVERLAP, follow_identities, last_look
from enrollment.services.late_identities import ask_about_late_identities
from enrollment.services.payments import record_payments
from enrollment.tasks import follow_identity_changes
from exchange.models import Job
from hardship.services.recognitions import (
    NewRecognition,
    correct_recognitions,
    recognize,
    void_recognitions,
)
from policy.conditions import Identity, Person
from policy.loader import build, load_shipped, read_shipped
from tests.enrollment.factories import InsuredFactory, row
from tests.hardship.factories import category
from tests.registry.factories import ResidentFactory, UserFactory, daoli, tangshan

pytestmark = pytest.mark.usefixtures("law")
DAY = datetime.date
HARBIN = load_shipped("230100/2025")
PAID = DAY(2024, 10, 8)
MARCH = DAY(2025, 3, 1)


def payer(*, held_from: datetime.date | None = None, **said):
    """Return somebody who has paid for 2025, a subsistence allowance counted if held."""
    person = ResidentFactory(**said)
    if held_from:
        held(person, held_from)
    enroll(resident_ids=[person.pk], coverage_year=2025, on=PAID)
    contribution = ContributionPeriod.objects.get(resident=person)
    (outcome,) = record_payments(rows=[row(person, PAID, amount=contribution.payable)])
    assert outcome.outcome == "booked"
    return person


def held(person, since: datetime.date, *, of: str = "subsistence_allowance"):
    """Record an identity."""
    category(of)
    new = NewRecognition(resident_id=person.pk, category=of, valid_from=since, authority="civil_affairs")
    return recognize(rows=[new], reason="test")


def looked(since: datetime.datetime, *, day: datetime.date = MARCH) -> dict[str, int]:
    """Return the counts of a look, those of nothing left out."""
    counts = ask_about_late_identities(since=since, until=timezone.now(), day=day)
    return {name: count for name, count in counts.items() if count}


def asked():
    """Return the cases of such questions."""
    return Case.objects.filter(kind="assistance_choice")


def money() -> list:
    figures = ContributionPeriod.objects.order_by("pk").values_list("assisted", "payable", "paid", "grant")
    return [list(figures), list(Payment.objects.order_by("pk").values_list("amount", "state"))]


def test_recognised_inside_the_window_after_paying_a_person_decides_once():
    person = payer()
    start, before = timezone.now(), money()
    held(person, DAY(2024, 11, 20))

    assert looked(start) == {"case": 1, "cases_opened": 1}
    assert looked(start) == {"case": 1}

    case = asked().get()
    assert money() == before
    assert (case.kind, case.resident_id, case.area_id) == (
        "assistance_choice",
        person.pk,
        person.living_area_id,
    )
    assert case.needs_second
    assert case.clause == "黑医保发〔2024〕45号 四"
    assert "集中参保期内缴费后才认定的，通知未写，逐案决定" in case.reason
    assert [option["label"] for option in case.options] == [
        "自 2025 年度起资助：事后资助 240.00 元（按该身份医疗救助基金 240.00 元）",
        "2025 年度不资助、不退费，自 2026 年度起按届时身份资助",
    ]


@pytest.mark.parametrize(
    ("begun", "of", "day", "counts"),
    [
        ("2024-12-31", "subsistence_allowance", "2024-12-31", {"case": 1, "cases_opened": 1}),
        ("2024-12-31", "subsistence_allowance", "2024-12-30", {}),
        ("2024-12-31", "subsistence_allowance", "2026-01-01", {"case": 1, "cases_opened": 1}),
        ("2024-12-31", "subsistence_allowance", "2027-05-04", {"case": 1, "cases_opened": 1}),
        ("2024-09-20", "subsistence_allowance", "2026-01-20", {"case": 1, "cases_opened": 1}),
        ("2025-12-31", "subsistence_allowance", "2026-01-20", {"next_year": 1}),
        ("2026-01-01", "subsistence_allowance", "2026-01-20", {}),
        ("2025-01-01", "subsistence_allowance", "2025-03-01", {"next_year": 1}),
        ("2024-11-20", "severe_disability", "2025-03-01", {"no_more_aid": 1}),
    ],
)
def test_the_documents_answer_by_the_day_of_recognition(begun: str, of: str, day: str, counts):
    person = payer()
    start = timezone.now()
    held(person, DAY.fromisoformat(begun), of=of)

    assert looked(start, day=DAY.fromisoformat(day)) == counts


def test_an_upgrade_after_payment_is_frozen_and_a_lower_identity_adds_nothing():
    lower, upper = payer(held_from=DAY(2024, 9, 10)), payer(held_from=DAY(2024, 9, 10))
    start, before = timezone.now(), money()
    held(upper, DAY(2024, 11, 20), of="extreme_hardship")
    held(lower, DAY(2024, 11, 20), of="exited_poverty")

    assert looked(start) == {"frozen": 1, "no_more_aid": 1}
    assert money() == before


def test_what_was_so_on_the_pay_day_and_became_known_later_is_asked_about():
    unknown, corrected = payer(), payer()
    (later,) = held(corrected, DAY(2024, 12, 20))
    start = timezone.now()
    held(unknown, DAY(2024, 9, 1))
    correct_recognitions(corrections={later.pk: {"valid_from": DAY(2024, 9, 1)}}, reason="test")

    assert looked(start) == {"case": 2, "cases_opened": 2}
    case = asked().get(resident=unknown)
    assert case.title.startswith("2025 年度缴费后得知")
    assert "缴费时身份已经变动，缴费按原身份核定，逐案决定" in case.reason


def test_a_question_that_waits_is_not_asked_beside_itself_and_one_that_changed_is_asked_again():
    person = payer()
    start = timezone.now()
    (later,) = held(person, DAY(2024, 11, 20))
    looked(start)
    assert looked(start) == {"case": 1}

    first = asked().get()
    assert first.dedupe_key == f"assistance_choice:{person.pk}:2025:subsistence_allowance:2024-11-20:0:240.00"
    case = decide_case(case=first, decision="aid_next_year", reason="通知未写", user=UserFactory())
    assert looked(start) == {"case": 1}
    confirm_case(case=case, user=UserFactory())
    correct_recognitions(corrections={later.pk: {"valid_from": DAY(2024, 11, 25)}}, reason="test")

    assert looked(start) == {"case": 1, "cases_opened": 1}
    assert looked(start) == {"case": 1}
    assert asked().order_by("-pk")[0].detail["since"] == "2024-11-25"


def test_a_question_closes_when_the_identity_is_struck_out_and_is_asked_again_when_it_comes_back():
    person, other = payer(), payer()
    start = timezone.now()
    (wrong,) = held(person, DAY(2024, 11, 20))
    held(other, DAY(2024, 11, 20))
    looked(start)
    case = asked().get(resident=person)

    void_recognitions(recognition_ids=[wrong.pk], reason="误登")

    assert looked(start) == {"case": 1, "cases_closed": 1}
    case.refresh_from_db()
    assert (case.state, case.decision) == ("closed", "")
    assert "无须决定，系统办结" in case.events.get(kind="closed").text
    assert asked().get(resident=other).state == "open"
    assert looked(start) == {"case": 1}

    held(person, DAY(2024, 11, 20))
    assert looked(start) == {"case": 2, "cases_opened": 1}
    assert asked().get(resident=person, state="open").figures.exists()


def test_keys_of_questions_that_stand_take_up_what_was_asked_and_give_it_back():
    module = importlib.import_module("enrollment.migrations.0008_questions_name_what_they_asked")
    (change,) = module.Migration.operations
    question = {"kind": "assistance_choice", "title": "问", "area_id": daoli().pk}
    said = {"since": "2024-11-20", "aid": "240.00"}
    old = open_case(case=NewCase(dedupe_key="assistance_choice:7:2025:low", detail=said, **question))
    new_key = "assistance_choice:7:2025:low:2024-11-20:0:240.00"

    def keys():
        return list(asked().order_by("pk").values_list("dedupe_key", flat=True))

    for _ in range(2):
        change.code(apps, None)
        assert keys() == [new_key]
    open_case(case=NewCase(dedupe_key=f"{old.dedupe_key}:2024-09-01:0:240.00", **question))
    change.reverse_code(apps, None)

    assert keys() == [old.dedupe_key, None]


def test_where_the_documents_are_silent_the_question_names_the_rule_and_the_documents():
    person = payer(living_area=tangshan(), pooling_area=tangshan(), hukou_area=tangshan())
    start = timezone.now()
    held(person, DAY(2024, 11, 20))

    assert looked(start) == {"case": 1, "cases_opened": 1}
    case = asked().get()
    assert "唐医保函〔2024〕45号没有规定，由人决定" in case.reason
    assert "“assistance.new_in_window_paid”（资助参保·集中期内先缴费后认定的资助）" in case.reason
    assert [option["code"] for option in case.options] == ["aid_this_year", "aid_next_year"]
    assert case.figures.values_list("label", "old", "new").get(position=1) == ("2025 年度参保资助", 0, 390)


def test_years_taken_over_and_years_not_paid_are_left_alone():
    over, waiting = InsuredFactory(year=2025).resident, ResidentFactory()
    enroll(resident_ids=[waiting.pk], coverage_year=2025, on=PAID)
    start = timezone.now()
    for person in (over, waiting):
        held(person, DAY(2024, 11, 20))

    assert looked(start) == {}


def test_three_people_cost_as_many_queries_as_nine():
    spent = []
    for _ in range(2):
        people = [payer() for _ in range(3 if not spent else 9)]
        start = timezone.now()
        for person in people:
            held(person, DAY(2024, 11, 20))
        with CaptureQueriesContext(connection) as queries:
            assert looked(start)["cases_opened"] == len(people)
        spent.append(len(queries))

    assert spent[0] == spent[1]


def test_one_look_quotes_anew_who_has_not_paid_and_asks_about_who_has():
    paid, waiting = payer(), ResidentFactory()
    enroll(resident_ids=[waiting.pk], coverage_year=2025, on=PAID)
    start = timezone.now()
    for person in (paid, waiting):
        held(person, DAY(2024, 11, 20))

    counts = follow_identities(since=start, until=timezone.now(), day=DAY(2024, 11, 21))

    assert counts == {"requoted": 1, "case": 1, "cases_opened": 1}
    payable = dict(ContributionPeriod.objects.values_list("resident", "payable"))
    assert payable == {paid.pk: 400, waiting.pk: 160}


def test_the_daily_task_begins_where_the_last_one_ended():
    now = timezone.localtime()
    assert last_look(until=now).date() == DAY(now.year - 1, 1, 1)

    first, second = follow_identity_changes(), follow_identity_changes()

    assert first == second == {"requoted": 0, "cases_opened": 0}
    one, two = Job.objects.filter(kind=KIND, status="done").order_by("pk")
    assert two.message == "重新核定 0，提出工单 0"
    ended = datetime.datetime.fromisoformat(one.params["until"])
    assert datetime.datetime.fromisoformat(two.params["since"]) == ended - OVERLAP
    assert last_look(until=now) == datetime.datetime.fromisoformat(two.params["until"])


def test_a_look_that_fails_is_not_put_down(monkeypatch):
    def broken(**_: object) -> int:
        raise ConnectionError

    monkeypatch.setattr(follow, "requote_changed", broken)
    with pytest.raises(ConnectionError):
        follow_identity_changes()

    assert not Job.objects.filter(kind=KIND).exists()


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        ({"assistance.new_in_window_paid": "this_year"}, Answer.THIS_YEAR),
        ({"assistance.new_in_window_paid": "next_year"}, Answer.NEXT_YEAR),
        ({}, Answer.CASE),
    ],
)
def test_a_region_answers_as_its_documents_say(change, answer: Answer):
    policy = build("230100/2025", read_shipped, change)
    person = Person(born_on=DAY(1970, 1, 1), day=PAID, coverage_year=2025)
    late = Identity("subsistence_allowance", DAY(2024, 11, 20))

    found = late_identity(policy, paid=PaidYear(person, Decimal(0)), late=late).value

    assert found.answer is answer
    assert found.asks == (answer is not Answer.NEXT_YEAR)
    assert found.grant is not None
    assert found.grant.total == 240


def test_a_region_that_does_not_freeze_has_a_person_adjust():
    policy = build("230100/2025", read_shipped, {"assistance.frozen_at_payment": False})
    held_then = Identity("subsistence_allowance", DAY(2024, 9, 1))
    person = Person(born_on=DAY(1970, 1, 1), day=PAID, coverage_year=2025, identities=(held_then,))

    paid = PaidYear(person, Decimal(240))
    found = late_identity(policy, paid=paid, late=Identity("extreme_hardship", DAY(2024, 11, 20))).value

    assert (found.answer, found.asks) == (Answer.REQUOTE, True)


def test_a_late_identity_needs_its_day():
    person = Person(born_on=DAY(1970, 1, 1), day=PAID, coverage_year=2025)

    with pytest.raises(ValueError, match="the day it began"):
        late_identity(HARBIN, paid=PaidYear(person, Decimal(0)), late=Identity("orphan"))
