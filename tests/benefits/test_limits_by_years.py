"""Limits by continuous years (随连续参保年数的限额): a year before that changes moves what the year after paid."""

from decimal import Decimal

import pytest
from django.utils import timezone

from benefits.models import Claim, PayoutAdjustment
from benefits.selectors.near_limits import people_near_limits
from benefits.services.insured_years import follow_insured_years
from benefits.services.replay_states import replay_benefits
from benefits.services.settle import settle_claims
from policy.models import PolicyVersion
from tests.benefits.factories import bill, hospital, insured, law
from tests.benefits.test_closing_at_once import carried_over
from tests.benefits.test_insured_years import DAY, payer, take_back
from tests.benefits.test_year_end import run
from tests.registry.factories import harbin, tangshan

pytestmark = pytest.mark.django_db
ONE_FOR_ALL = "yearly_limit = { value = 300,"
BY_YEARS = (
    "limit_by_years = { value = { counts_this_year = true, rows = [{ years = 0, amount = 50 },"
    " { years = 2, amount = 80 }, { years = 3, amount = 110 }] },"
)


@pytest.fixture(autouse=True)
def _law():
    """Let Harbin limit outpatient payouts of 2026 by continuous years."""
    law()
    carried_over()
    hospital()
    version = PolicyVersion.objects.get(area="230100", year=2026)
    assert version.text.count(ONE_FOR_ALL) == 1
    version.text = version.text.replace(ONE_FOR_ALL, BY_YEARS).replace(
        f'{BY_YEARS} unit = "yuan/year"', f'{BY_YEARS} unit = "rule"'
    )
    version.save()


def visited(person, number, eligible):
    day = DAY(2026, 1, 3)
    claim = bill(person, number, eligible, day=day, admitted_on=day, kind="outpatient")
    (outcome,) = settle_claims(claims=[claim], user=None)
    assert outcome.code == ""


def paid(person):
    claims = Claim.objects.filter(resident=person).order_by("number")
    return dict(claims.values_list("number", "basic_paid"))


def moved(person):
    rows = PayoutAdjustment.objects.filter(claim__resident=person).order_by("pk")
    return list(rows.values_list("claim__number", "amount"))


def test_the_close_of_the_year_before_pays_the_higher_limit_on_top():
    person = payer()
    insured(person, 2026)
    visited(person, "A", 60)
    visited(person, "B", 140)
    assert paid(person) == {"A": Decimal(30), "B": Decimal(20)}  # 50 in the first year counted

    run()

    assert paid(person) == {"A": Decimal(30), "B": Decimal(50)}  # 80 in the second
    assert moved(person) == [("B", Decimal(30))]


def test_a_year_taken_back_recovers_what_rested_on_it():
    person = payer()
    insured(person, 2026)
    run()
    visited(person, "A", 200)
    assert paid(person) == {"A": Decimal(80)}
    since = timezone.now()

    take_back(person)
    follow_insured_years(since=since, until=timezone.now())

    assert paid(person) == {"A": Decimal(50)}
    assert moved(person) == [("A", Decimal(-30))]
    assert all(each.equal for each in replay_benefits(resident_ids=[person.pk]))


def test_who_is_below_every_limit_is_left_alone():
    below, at = payer(1), payer(2)
    for number, (person, eligible) in enumerate(((below, "99.98"), (at, 100))):
        insured(person, 2026)
        visited(person, f"A{number}", eligible)

    found = people_near_limits(area=harbin(), year=2026)
    run()

    assert [row.resident for row in found] == [at]
    assert not PayoutAdjustment.objects.exists()
    assert below.claims.get().history.count() == 1
    for nobody in ((harbin(), 2025), (harbin(), 2031), (tangshan(), 2026)):
        assert not people_near_limits(area=nobody[0], year=nobody[1]).exists()
