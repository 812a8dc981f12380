"""Reads: totals, the cap with its ledger, alerts of an agency."""

import datetime
from decimal import Decimal

import pytest
from django.http import HttpRequest

from benefits.admin.caps import caps as caps_section
from benefits.selectors.alerts import alerts_for, scoped_alerts
from benefits.selectors.caps import cap_of
from benefits.selectors.totals import claims_of, totals_of
from benefits.services.alert_answers import acknowledge_alert
from benefits.services.alerts import scan_month
from benefits.services.settle import settle_claims
from benefits.services.void import void_claim
from policy.errors import PolicyNotFound
from tests.benefits.factories import bill, closed_year, hospital, insured, law, recognized
from tests.benefits.test_year_end import policy_also_for
from tests.exchange.factories import AgencyFactory
from tests.registry.factories import ResidentFactory, StaffScopeFactory, harbin, shangzhi, tangshan

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _law_and_hospital():
    law()
    hospital()


def test_totals_are_those_of_the_claims_that_stand():
    person = insured()
    first, second = (
        outcome.claim
        for outcome in settle_claims(claims=[bill(person, "A1", 5000), bill(person, "A2", 7000)], user=None)
    )
    void_claim(claim=first, user=None, reason="误报")

    assert totals_of(resident_id=person.pk, year=2025).total == 7000
    assert claims_of(resident_id=person.pk, year=2025) == [second]
    assert totals_of(resident_id=person.pk, year=2024).total == 0


def test_the_cap_tells_the_years_behind_it():
    for year in (2026, 2027, 2028):
        policy_also_for(year)
    person = insured(None, 2025, 2028)
    for year in (2025, 2026, 2027):
        closed_year(area=harbin(), year=year, today=datetime.date(2028, 1, 5))

    ledger = cap_of(resident_id=person.pk, year=2028)

    assert ledger.policy_key == "230100/2028"
    assert ledger.cap.value.cap == Decimal(392000)
    assert [entry.state.lapsed_years for entry in ledger.entries] == [0, 1, 2]
    assert [entry.next_cap for entry in ledger.entries] == [Decimal(404000), Decimal(396000), Decimal(392000)]
    assert ledger.entries[0].facts.zero_claim
    assert any("断保" in step.label for step in ledger.entries[1].steps)
    assert [entry.facts.year for entry in cap_of(resident_id=person.pk, year=2027).entries] == [2025, 2026]


def test_the_cap_is_the_sum_of_its_ledger_and_next_year_is_told():
    for year in (2026, 2027, 2028):
        policy_also_for(year)
    person = insured(None, 2025, 2028)
    for year in (2025, 2026, 2027):
        closed_year(area=harbin(), year=year, today=datetime.date(2028, 1, 5))

    found = cap_of(resident_id=person.pk, year=2028)

    assert [(each.year, each.kind.value, each.amount) for each in found.ledger] == [
        (2028, "base", 400000),
        (2026, "lapsed", -4000),
        (2027, "lapsed", -4000),
    ]
    assert sum(each.amount for each in found.ledger) == found.cap.value.cap == 392000
    ahead = found.prospects
    assert (ahead.year, ahead.enrolled, ahead.stayed, ahead.returned) == (2029, 396000, 400000, 388000)
    assert ahead.is_carried
    assert ahead.zero_claim_so_far


def test_the_ledger_tells_years_nobody_closed_and_what_was_used():
    for year in (2026, 2027, 2028):
        policy_also_for(year)
    person = insured(None, 2025, 2026, 2027, 2028)
    closed_year(area=harbin(), year=2026, today=datetime.date(2027, 1, 5))  # 2025 is folded up
    claims = [bill(person, "A1", 700000, basic_paid=0, day=datetime.date(2027, 3, 1))]
    (outcome,) = settle_claims(claims=claims, user=None)
    assert outcome.claim.critical_illness_paid == 408000
    closed_year(area=harbin(), year=2027, today=datetime.date(2028, 1, 5))

    found = cap_of(resident_id=person.pk, year=2028)

    assert [(each.year, each.kind.value, each.count, each.used) for each in found.ledger[1:]] == [
        (2026, "zero_claim", 1, None),
        (2027, "zero_claim", 1, None),
        (2027, "reset", -2, None),
        (2027, "used", 0, 8000),
    ]
    assert sum(each.amount for each in found.ledger) == found.cap.value.cap == 400000


def test_before_the_year_end_the_ledger_is_the_base_alone():
    policy_also_for(2026)
    person = insured(None, 2025, 2026)

    found = cap_of(resident_id=person.pk, year=2026)

    assert [each.kind.value for each in found.ledger] == ["base"]
    assert found.cap.value.cap == 400000


def test_the_ledger_knows_of_insurance_before_the_first_year():
    person = insured(None, 2024)
    policy_also_for(2026)
    closed_year(area=harbin(), year=2025, today=datetime.date(2026, 1, 5))

    (entry,) = cap_of(resident_id=person.pk, year=2026).entries

    assert entry.state.lapsed_years == 1
    assert entry.next_cap == cap_of(resident_id=person.pk, year=2025).prospects.enrolled == 396000
    assert any(step.label.startswith("断保年数") and step.figure == 1 for step in entry.steps)


def test_the_cap_before_the_year_end_and_of_the_excluded():
    policy_also_for(2026)
    person = insured(None, 2025, 2026)

    early = cap_of(resident_id=person.pk, year=2026)
    assert early.cap.value.cap == Decimal(400000)
    assert "尚未核算" in early.cap.steps[0].label

    closed_year(area=harbin(), year=2025, today=datetime.date(2026, 1, 5))
    recognized(person, "at_risk_of_poverty", datetime.date(2026, 6, 1))

    assert cap_of(resident_id=person.pk, year=2026, day=datetime.date(2026, 5, 31)).cap.value.cap == 404000
    assert cap_of(resident_id=person.pk, year=2026, day=datetime.date(2026, 6, 1)).cap.value.cap == 400000


def test_no_cap_where_the_documents_have_none():
    person = ResidentFactory(living_area=tangshan(), pooling_area=tangshan())

    assert cap_of(resident_id=person.pk, year=2025).cap is None
    with pytest.raises(PolicyNotFound):
        cap_of(resident_id=person.pk, year=2019)


def test_an_agency_and_a_clerk_see_the_alerts_of_their_area():
    person = insured()
    recognized(person, "exited_poverty", datetime.date(2021, 1, 1))
    settle_claims(claims=[bill(person, "A1", 11000, basic_paid=0)], user=None)
    (alert,) = scan_month(
        area=harbin(), month="2025-03", wet_run=True, today=datetime.date(2025, 4, 1)
    ).alerts
    city, other_kind, elsewhere = (
        AgencyFactory(),
        AgencyFactory(kind="hospital"),
        AgencyFactory(area=shangzhi()),
    )

    assert alerts_for(city).get().acknowledged_at is None
    acknowledge_alert(alert=alert, agency=city)
    assert alerts_for(city).get().acknowledged_at is not None
    assert not alerts_for(other_kind).exists()
    assert not alerts_for(elsewhere).exists()
    assert scoped_alerts(StaffScopeFactory().user).get() == alert
    assert not scoped_alerts(StaffScopeFactory(area=tangshan()).user).exists()


def test_the_file_shows_the_last_closed_year_before_the_next_has_a_policy():
    person = insured(None, 2025)
    closed_year(area=harbin(), year=2025, today=datetime.date(2026, 1, 5))

    shown = str(caps_section(person, HttpRequest()))

    assert "2025 年：参保、当年零报销，次年封顶线 404,000.00 元" in shown
    assert "连续参保年数" in shown
    assert "次年展望" in shown
    assert "2025 年封顶线" in shown
    assert "黑医保发〔2024〕45号 六(二)" in shown
