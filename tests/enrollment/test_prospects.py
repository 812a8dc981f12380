"""What each way to pay would cost and give: today, at the edges of the windows, with months bought back."""

import datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enrollment.services.prospects import prospects
from policy.errors import PolicyNotFound
from registry.models import Resident
from tests.enrollment.factories import InsuredFactory
from tests.registry.factories import ResidentFactory, area, tangshan

pytestmark = pytest.mark.usefixtures("law")
DAY = datetime.date


def ways(person, today, **asked):
    found = prospects(resident_id=person.pk, coverage_year=2025, today=today, **asked)
    return [
        (
            each.label,
            str(each.paid_on),
            each.quote and each.quote.dues.payable,
            each.start and str(each.start),
        )
        for each in found
    ]


def test_before_the_windows_every_edge_is_shown():
    assert ways(ResidentFactory(), DAY(2024, 12, 20)) == [
        ("今日", "2024-12-20", 400, "2025-01-01"),
        ("集中参保缴费期末日", "2024-12-31", 400, "2025-01-01"),
        ("延长缴费期首日", "2025-01-01", 400, "2025-01-02"),
        ("延长缴费期末日", "2025-02-28", 400, "2025-03-01"),
        ("延长缴费期结束后至6月30日首日", "2025-03-01", 400, "2025-06-01"),
        ("延长缴费期结束后至6月30日末日", "2025-06-30", 400, "2025-09-30"),
        ("7月1日之后首日", "2025-07-01", 1070, "2025-10-01"),
        ("7月1日之后末日", "2025-12-31", 1070, None),
    ]


def test_on_the_last_days_little_is_left():
    assert ways(ResidentFactory(), DAY(2025, 10, 1)) == [
        ("今日", "2025-10-01", 1070, None),
        ("7月1日之后末日", "2025-12-31", 1070, None),
    ]


def test_where_documents_are_silent_the_silence_is_said():
    person = ResidentFactory(living_area=area("130203", parent=tangshan()), pooling_area=tangshan())

    (today,) = prospects(resident_id=person.pk, coverage_year=2025, today=DAY(2025, 3, 1))

    assert today.quote is None
    assert "没有规定" in today.refusal
    assert today.start is None


def test_without_a_policy_nothing_can_be_said():
    with pytest.raises(PolicyNotFound):
        prospects(resident_id=ResidentFactory().pk, coverage_year=2030, today=DAY(2029, 11, 1))


@pytest.fixture
def third(third_region) -> Resident:
    """Return somebody of a region that sells months, last insured in 2021."""
    person = ResidentFactory(living_area=third_region, pooling_area=third_region)
    InsuredFactory(resident=person, year=2021)
    return person


def test_each_price_of_buying_back_is_shown_with_the_most_it_buys(third):
    found = prospects(resident_id=third.pk, coverage_year=2027, today=DAY(2026, 11, 10))

    today = found[0]
    assert (today.fixed_months, today.variable_months, today.months_left) == ("3", "4", "7")
    bought = [(each.months, each.costs, each.months_left) for each in found if each.months]
    assert bought == [(1, Decimal(420), "6")]  # a second month of the same price would leave six as well


def test_the_days_and_the_months_cost_no_queries(third):
    def queries(today) -> int:
        with CaptureQueriesContext(connection) as seen:
            prospects(resident_id=third.pk, coverage_year=2027, today=today)
        return len(seen)

    queries(DAY(2026, 11, 10))

    assert queries(DAY(2026, 11, 10)) == queries(DAY(2027, 12, 1))
