"""A person is warned of once a year; what takes the ground away takes the warning back, and another may follow."""

import datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from benefits.models import Accumulator, Alert, AlertState, Claim
from benefits.services.alert_cases import mind_overdue
from benefits.services.alerts import scan_month
from benefits.services.void import void_claim
from oversight.selectors.alert_statistics import alert_statistics
from policy.models import PolicyVersion
from tests.benefits.factories import hospital, insured, law, recognized
from tests.benefits.test_alert_scan import change_policy, from_poverty, scan, spent
from tests.benefits.test_year_end import policy_also_for
from tests.registry.factories import harbin, tangshan

pytestmark = pytest.mark.django_db
DAY = datetime.date
ONCE = 'repeat = { value = "once_per_year"'
YEAR_TO_DATE = 'span = { value = "year_to_date"'


@pytest.fixture(autouse=True)
def _law_and_hospital():
    law()
    hospital()


@pytest.fixture
def rolling():
    """Let the policies of two years look at twelve months."""
    policy_also_for(2026)
    for version in PolicyVersion.objects.filter(area="230100"):
        version.text = version.text.replace(YEAR_TO_DATE, 'span = { value = "rolling_12_months"')
        version.approved_at = timezone.now()
        version.save()


def january():
    return scan_month(area=harbin(), month="2026-01", wet_run=True, today=DAY(2026, 2, 1))


def twice_watched():
    """Return the rules that warn of somebody whom another rule watches from April on."""
    person = insured()
    spent(person, "60000", "A1")
    march = scan("2025-03").alerts
    recognized(person, "sudden_hardship", DAY(2025, 4, 5), risk_eliminated=False)
    april = scan("2025-04")
    return [alert.rule for alert in march], [alert.rule for alert in april.alerts], april.warned_before


def test_help_given_after_one_warning_brings_no_second_by_the_other_rule():
    assert twice_watched() == (["fall_into_poverty"], [], 1)


def test_each_rule_warns_once_where_the_documents_say_so():
    change_policy(ONCE, 'repeat = { value = "once_per_rule_and_year"')

    assert twice_watched() == (["fall_into_poverty"], ["return_to_poverty"], 0)
    assert scan("2025-05").alerts == []


def test_a_claim_of_the_year_before_was_part_of_the_ground(rolling):
    person = from_poverty(insured(None, 2025, 2026))
    claim = spent(person, "7000", "A1", DAY(2025, 11, 10))
    spent(person, "7000", "A2", DAY(2026, 1, 10))
    (alert,) = january().alerts

    void_claim(claim=claim, user=None, reason="误报")

    alert.refresh_from_db()
    assert (alert.coverage_year, alert.amount, alert.state) == (2026, 14000, AlertState.WITHDRAWN)


@pytest.mark.raw_writes("a year that was settled before the person moved")
def test_twelve_months_count_on_both_sides_of_a_move(rolling):
    person = from_poverty(insured(None, 2025, 2026))
    spent(person, "7000", "A1", DAY(2025, 11, 10))
    spent(person, "7000", "A2", DAY(2026, 1, 10))
    for model in (Accumulator, Claim):
        model.objects.filter(resident=person, coverage_year=2025).update(pooling_area=tangshan())

    assert [alert.amount for alert in january().alerts] == [14000]


@pytest.mark.raw_writes("a year that is settled elsewhere")
def test_twelve_months_are_looked_at_where_the_later_year_is(rolling):
    person = from_poverty(insured(None, 2025, 2026))
    spent(person, "11000", "A1", DAY(2025, 11, 10))
    spent(person, "100", "A2", DAY(2026, 1, 10))
    for model in (Accumulator, Claim):
        model.objects.filter(resident=person, coverage_year=2026).update(pooling_area=tangshan())

    assert january().checked == 0


def test_a_late_bill_that_takes_the_deductible_withdraws_the_warning_of_a_stay():
    change_policy(YEAR_TO_DATE, 'span = { value = "stay"')
    person = from_poverty(insured())
    claim = spent(person, "14000", "B1", DAY(2025, 5, 10))
    (alert,) = scan("2025-05").alerts

    spent(person, "10000", "A1", DAY(2025, 2, 10))

    claim.refresh_from_db()
    alert.refresh_from_db()
    assert claim.own_burden < alert.threshold < alert.amount
    assert alert.state == AlertState.WITHDRAWN


def test_a_new_warning_is_asked_after_and_the_withdrawn_one_stays_counted():
    person = from_poverty(insured())
    claim = spent(person, "11000", "A1")
    (first,) = scan("2025-03", today=DAY(2025, 4, 1)).alerts
    assert mind_overdue(today=DAY(2025, 4, 30)) == {"answered": 1}
    void_claim(claim=claim, user=None, reason="误报")
    spent(person, "12000", "A2")

    (again,) = scan("2025-05", today=DAY(2025, 6, 1)).alerts

    assert again.pk != first.pk
    assert mind_overdue(today=DAY(2025, 7, 30)) == {"answered": 1}
    found = alert_statistics(area=harbin(), first="2025-01", last="2025-12", today=DAY(2025, 8, 1)).months
    assert {
        month: (each.pushed, each.withdrawn) for month, each in found if month in ("2025-03", "2025-05")
    } == {
        "2025-03": (0, 1),
        "2025-05": (1, 0),
    }
    assert list(Alert.objects.order_by("pk").values_list("amount", flat=True)) == [
        Decimal(11000),
        Decimal(12000),
    ]
