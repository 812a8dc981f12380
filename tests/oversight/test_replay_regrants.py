"""What a case gave a paid year is given again from what was known then, whatever was recorded later."""

import datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from casework.models import Case
from enrollment.models import ContributionPeriod
from hardship.models import AssistanceGrant
from oversight.services.replay import replay, replay_of
from tests.oversight.lives import Lives

pytestmark = pytest.mark.django_db
DAY = datetime.date
SPRING = DAY(2024, 12, 20)


@pytest.fixture
def lives():
    return Lives()


def paid_year(lives, who=3):
    return ContributionPeriod.objects.get(resident=lives.people[who], coverage_year=2025)


def given_late(lives, category="subsistence_allowance"):
    """Return a year paid in full, given aid by two people for an identity of the pay day known later."""
    lives.happen(("recognized", 3, category, DAY(2024, 9, 1), None))
    lives.happen(("looked_at",))
    case = Case.objects.get(kind="assistance_choice", resident=lives.people[3])
    assert lives.happen(("case_decided", list(open_cases()).index(case), 0))
    return paid_year(lives)


def open_cases():
    waiting = Case.objects.filter(kind__in=("assistance_choice", "retroactive_change"), state="open")
    return waiting.exclude(options=[]).order_by("kind", "-pk")


def differing():
    return [each for each in replay_of().decisions() if not each.equal]


def test_aid_given_after_the_payment_replays_whatever_is_struck_out_later(lives):
    year = given_late(lives)
    grant = AssistanceGrant.objects.get(resident=lives.people[3])
    lives.happen(("struck_out", 2))
    lives.happen(("law_changed", 0))
    lives.happen(("moved", 3, 0, True))

    again = replay(grant)

    assert (grant.case, grant.decided_at) == (year.case, year.decided_at)
    assert grant.is_after_payment
    assert again is not None
    assert again.equal
    assert again.replayed["grant_total"] == again.replayed["assisted"] == grant.total > 0
    assert again.replayed["grant_payers"] == grant.payers
    assert again.replayed["grant_tier"] == grant.tier
    assert again.trace
    assert differing() == []


def test_the_quote_before_and_the_grant_after_are_two_decisions(lives):
    year = given_late(lives)

    times = [
        (each.replayed["assisted"], each.replayed["payable"])
        for each in replay_of(coverage_year=2025).decisions()
        if each.kind == "contribution" and each.resident_id == year.resident_id and each.equal
    ]

    assert times[0][0] == 0 < times[-1][0] == year.assisted
    assert times[-1] == (year.assisted, year.payable)


def test_a_correction_that_leaves_nothing_replays(lives):
    lives.happen(("recognized", 2, "subsistence_allowance", DAY(2023, 9, 1), None))
    lives.happen(("paid", 2, 2025, SPRING, False))
    wrong = AssistanceGrant.objects.get(resident=lives.people[2])
    lives.happen(("struck_out", 2))
    lives.happen(("grant_corrected", 0))
    year = paid_year(lives, 2)
    assert (year.grant, year.assisted) == (None, 0)
    lives.happen(("recognized", 2, "extreme_hardship", DAY(2023, 9, 1), None))

    again, before = replay(year), replay(wrong)

    assert again is not None
    assert before is not None
    assert again.equal
    assert before.equal
    assert again.decided_at > before.decided_at
    assert (again.replayed["grant_total"], again.replayed["payable"]) == (None, year.payable)
    assert before.replayed["grant_total"] == wrong.total > 0
    assert differing() == []


def test_what_a_retroactive_change_takes_back_replays(lives):
    lives.happen(("recognized", 2, "subsistence_allowance", DAY(2023, 9, 1), None))
    lives.happen(("paid", 2, 2025, SPRING, False))
    lives.happen(("looked_at",))
    lives.happen(("struck_out", 2))
    lives.happen(("looked_at",))
    case = Case.objects.get(kind="retroactive_change", resident=lives.people[2])
    option = [each["code"] for each in case.options].index("premium")
    assert lives.happen(("case_decided", list(open_cases()).index(case), option))
    year = paid_year(lives, 2)
    assert (year.case, year.grant) == (case, None)
    lives.happen(("recognized", 2, "extreme_hardship", DAY(2023, 9, 1), None))

    again = replay(year)

    assert again is not None
    assert again.equal
    assert again.replayed["assisted"] == 0
    assert differing() == []


def test_a_year_taken_back_and_quoted_anew_is_no_decision_of_the_case_any_more(lives):
    given_late(lives)
    lives.happen(("reversed", 0, DAY(2025, 1, 5)))
    lives.happen(("quoted_anew", 3, 2025, SPRING))
    year = paid_year(lives)

    again = replay(year)

    assert year.case is None
    assert year.state == "reversed"
    assert again is not None
    assert again.equal
    assert again.replayed["assisted"] > 0
    assert differing() == []


@pytest.mark.raw_writes("records altered past the program")
def test_a_grant_of_a_case_that_does_not_follow_is_found(lives):
    year = given_late(lives)
    grant = year.grant
    grant.history.update(total=grant.total - 1)
    year.history.filter(case__isnull=False).update(assisted=year.assisted - 1, payable=year.payable + 1)

    (found,) = differing()

    assert {each.name for each in found.differences} == {"assisted", "payable", "grant_total"}


def test_cases_cost_the_same_queries_however_many(lives):
    def cost():
        with CaptureQueriesContext(connection) as seen:
            list(replay_of().decisions())
        return len(seen)

    given_late(lives)
    few = cost()
    lives.happen(("recognized", 3, "extreme_hardship", DAY(2024, 9, 1), None))
    lives.happen(("looked_at",))
    assert lives.happen(("case_decided", 0, 0))
    lives.happen(("treated", 1, DAY(2024, 4, 10), 100_000))
    lives.happen(("treated", 1, DAY(2024, 5, 10), 100_000))

    assert ContributionPeriod.history.filter(case__isnull=False).values("decided_at").distinct().count() == 2
    assert cost() == few
    assert paid_year(lives).assisted == Decimal(430)
