"""Doing what a change calls for ends where knowing it in time would have; what is frozen stays to the byte."""

import datetime
import random
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from benefits.models import Accumulator, Alert, AlertState, Claim, IncentiveRevision, IncentiveState
from benefits.services.alerts import scan_month
from benefits.services.retroactive.follow import follow_changes
from benefits.services.settle import settle_claims
from casework.models import Case, CaseFigure
from casework.services import confirm_case, decide_case
from hardship.services.recognitions import (
    NewRecognition,
    correct_recognitions,
    end_recognitions,
    recognize,
    void_recognitions,
)
from policy.models import PolicyVersion
from tests.benefits.factories import bill, closed_year, hospital, insured, law, recognized, somebody
from tests.hardship.factories import category
from tests.registry.factories import harbin

pytestmark = pytest.mark.django_db
DAY = datetime.date
LATER = DAY(2026, 1, 10)
CATEGORIES = ("subsistence_allowance", "extreme_hardship", "subsistence_margin")
SEEDS = range(12)


@pytest.fixture(autouse=True)
def _law_and_hospital():
    law()
    hospital()
    for code in CATEGORIES:
        category(code)


def says(rule: str) -> None:
    """Let Harbin's law say of both layers what becomes of settled claims."""
    version = PolicyVersion.objects.get(area="230100")
    leaf = f'{{ value = "{rule}", unit = "rule", clause = "试〔2025〕1号" }}'
    for section in ("critical_illness", "medical_assistance"):
        head = f"[{section}]\n"
        if head not in version.text:
            version.text += f"\n{head}"
        version.text = version.text.replace(head, f"{head}late_identity = {leaf}\nwrong_identity = {leaf}\n")
    version.approved_at += datetime.timedelta(seconds=1)
    version.save()


def bills(person, seed: int, stamp: str) -> list:
    chance = random.Random(seed)  # noqa: S311
    days = sorted(chance.sample(range(20, 360), chance.randint(2, 6)))
    amounts = [chance.choice(["900.05", "12345.67", "60000", "88888.88", "350000"]) for _ in days]
    first = DAY(2025, 1, 1)
    return [
        bill(person, f"{stamp}{at}", amount, day=first + datetime.timedelta(days=day))
        for at, (day, amount) in enumerate(zip(days, amounts, strict=True))
    ]


def spells(seed: int) -> list:
    """Return what was so: category, from, to."""
    chance = random.Random(seed)  # noqa: S311
    found = []
    for code in chance.sample(CATEGORIES, chance.randint(1, 2)):
        start = DAY(2024, 11, 1) + datetime.timedelta(days=chance.randint(0, 300))
        end = start + datetime.timedelta(days=chance.randint(20, 300)) if chance.random() < 0.5 else None
        found.append((code, start, end))
    return found


def recorded(person, code: str, start: datetime.date, end: datetime.date | None):
    row = NewRecognition(resident_id=person.pk, category=code, valid_from=start, valid_to=end)
    (made,) = recognize(rows=[row], reason="test")
    return made


def late(person, truth):
    """Tell nothing, then the truth."""
    yield
    for spell in truth:
        recorded(person, *spell)


def ended(person, truth):
    """Tell of no end, then of the ends."""
    made = [recorded(person, code, start, None) for code, start, _ in truth]
    yield
    for one, (_, _, end) in zip(made, truth, strict=True):
        if end is not None:
            end_recognitions(recognition_ids=[one.pk], on=end, reason="test")


def moved(person, truth):
    """Tell of beginnings a month too early, then of the right ones."""
    month = datetime.timedelta(days=30)
    made = [recorded(person, code, start - month, end) for code, start, end in truth]
    yield
    right = {one.pk: {"valid_from": start} for one, (_, start, _) in zip(made, truth, strict=True)}
    correct_recognitions(corrections=right, reason="test")


def struck(person, truth):
    """Tell of everything, then that it never was, and the truth."""
    made = [recorded(person, code, DAY(2024, 12, 1), None) for code in CATEGORIES]
    yield
    void_recognitions(recognition_ids=[one.pk for one in made], reason="test")
    for spell in truth:
        recorded(person, *spell)


WAYS = (late, ended, moved, struck)


def told_wrong_then_right(person, seed: int, settle) -> datetime.datetime:
    """Tell something else, settle, then put it right; return when that began."""
    way = WAYS[seed % len(WAYS)](person, spells(seed))
    next(way)
    settle()
    began = timezone.now()
    assert next(way, None) is None
    return began


def follow(since: datetime.datetime) -> None:
    follow_changes(since=since, until=timezone.now(), day=LATER)


def everything(person) -> tuple:
    claims = Claim.objects.filter(resident=person).order_by("discharged_on", "number")
    totals = Accumulator.objects.values().get(resident=person)
    state = IncentiveState.objects.filter(resident_id=person.pk).values().first()
    for own in ("id", "resident_id"):
        totals.pop(own)
    for own in ("pk", "resident_id", "run_id"):
        (state or {}).pop(own, None)
    money = ("basic_paid", "critical_illness_paid", "assistance_paid", "own_burden", "out_of_pocket")
    return list(claims.values_list(*money, "totals_before")), totals, state


def decide_all(decision: str) -> int:
    clerk, _ = User.objects.get_or_create(username="clerk")
    reviewer, _ = User.objects.get_or_create(username="reviewer")
    cases = list(Case.objects.filter(kind="retroactive_change", state="open"))
    for case in cases:
        decide_case(case=case, decision=decision, reason="test", user=clerk)
        confirm_case(case=case, user=reviewer)
    return len(cases)


def close_year() -> None:
    closed_year(area=harbin(), year=2025, today=DAY(2026, 1, 5))


@pytest.mark.parametrize("seed", SEEDS)
def test_what_the_documents_change_ends_where_knowing_it_in_time_would_have(seed):
    says("resettle")
    known, told = insured(somebody(1)), insured(somebody(2))
    for spell in spells(seed):
        recorded(known, *spell)
    settle_claims(claims=bills(known, seed, "A"), user=None)

    def settle():
        settle_claims(claims=bills(told, seed, "B"), user=None)
        close_year()

    began = told_wrong_then_right(told, seed, settle)
    before = everything(told)
    follow(began)
    assert everything(told) == before

    decided = decide_all("ruled")

    assert everything(told) == everything(known)
    assert decided == (before != everything(known))


@pytest.mark.parametrize("seed", SEEDS[:6])
def test_what_the_documents_freeze_stays_to_the_byte(seed):
    says("frozen")
    told = insured(somebody(2))
    settle = lambda: settle_claims(claims=bills(told, seed, "B"), user=None)  # noqa: E731
    began = told_wrong_then_right(told, seed, settle)
    rows = list(Claim.objects.order_by("pk").values()), list(Accumulator.objects.order_by("pk").values())

    follow(began)
    decided = decide_all("ruled")

    assert decided == 0
    assert rows == (
        list(Claim.objects.order_by("pk").values()),
        list(Accumulator.objects.order_by("pk").values()),
    )
    verdicts = set(CaseFigure.objects.values_list("verdict", flat=True))
    assert verdicts <= {"frozen"}


def test_a_year_held_by_mistake_counts_again_and_the_cap_follows():
    person = insured(somebody(1))
    wrong = recorded(person, "subsistence_margin", DAY(2025, 3, 1), None)
    close_year()
    held = IncentiveState.objects.get(resident_id=person.pk, year=2025)
    assert (held.excluded, held.continuous_years, held.next_cap) == (True, 0, Decimal(400000))
    began = timezone.now()
    void_recognitions(recognition_ids=[wrong.pk], reason="误登")

    follow(began)

    case = Case.objects.get(kind="retroactive_change")
    shown = {
        row.label.partition("：")[2]: (row.old, row.new)
        for row in CaseFigure.objects.filter(case=case, verdict="changed")
    }
    assert shown == {"次年大病保险封顶线": (400000, 404000), "连续参保年数": (0, 1)}
    assert case.clause == "黑医保发〔2024〕45号 六(二)"
    decide_all("ruled")
    state = IncentiveState.objects.get(resident_id=person.pk, year=2025)
    assert (state.excluded, state.continuous_years, state.next_cap) == (False, 1, Decimal(404000))
    assert IncentiveRevision.objects.get().reason == f"追溯变更 工单{case.pk}"


def test_an_alert_without_ground_any_more_is_shown_and_withdrawn():
    says("resettle")
    person = insured(somebody(1))
    recognized(person, "exited_poverty", DAY(2021, 1, 1))
    settle_claims(claims=[bill(person, "A", 60_000)], user=None)
    scan_month(area=harbin(), month="2025-03", wet_run=True, today=DAY(2025, 4, 1))
    began = timezone.now()
    recorded(person, "extreme_hardship", DAY(2025, 1, 1), None)

    follow(began)

    (row,) = CaseFigure.objects.filter(subject_ref__startswith="alert:")
    assert (row.old, row.new, row.verdict) == (Decimal("16368.00"), None, "changed")
    assert Alert.objects.get().state == AlertState.SENT
    decide_all("ruled")
    assert Alert.objects.get().state == AlertState.WITHDRAWN


def test_as_many_queries_for_many_people_as_for_few():
    people = [insured(somebody(at)) for at in range(1, 15)]
    stays = [bill(person, f"A{person.pk}", 60_000) for person in people]
    settle_claims(claims=stays, user=None)
    close_year()

    def queries(some) -> int:
        began = timezone.now()
        for person in some:
            recorded(person, "subsistence_allowance", DAY(2025, 2, 1), None)
        with CaptureQueriesContext(connection) as seen:
            follow(began)
        assert Case.objects.filter(resident__in=some, state="open").count() == len(some)
        return len(seen)

    queries(people[:1])  # the policies are built
    assert queries(people[1:3]) == queries(people[3:])
