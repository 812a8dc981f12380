"""Money of a year is reported from where it counts, whoever moves on; everything else from where people live."""

import datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enrollment.models import ContributionPeriod, Payment
from enrollment.services.partner_payments import record_payments_of_agency
from enrollment.services.partner_people import people_of_years
from registry.models import AccessLog
from registry.services import Move, PlaceKind, move
from tests.contract import city
from tests.enrollment.factories import InsuredFactory, classed, row
from tests.exchange.factories import AgencyFactory
from tests.registry.factories import ResidentFactory, daoli, harbin, identity_number, shangzhi, tangshan

pytestmark = pytest.mark.usefixtures("law")
DAY = datetime.date
NUMBER = identity_number(7)
PAID = DAY(2024, 10, 8)


@pytest.fixture
def gone():
    """Somebody who paid 2025 in 道里 and moved to Tangshan the spring after."""
    classed(harbin(), "equalised")
    person = ResidentFactory(number=NUMBER, living_area=daoli())
    InsuredFactory(resident=person, year=2024)
    (outcome,) = report(daoli(), row(person, PAID, id_number=NUMBER), key="paid")
    assert outcome.outcome == "booked"
    move(resident=person, to=Move(PlaceKind.LIVING, tangshan(), DAY(2025, 3, 1)), reason="搬迁")
    AccessLog.objects.all().delete()
    return person


def report(area, *rows, key="k"):
    who = AgencyFactory(area=area, kind="tax_authority")
    return record_payments_of_agency(agency=who, key=key, rows=rows)


def back(person, **said):
    serial = Payment.objects.get(kind="payment").serial
    what = {"id_number": NUMBER, "kind": "reversal", "reverses_serial": serial, "serial": "B1"}
    return row(person, DAY(2025, 3, 5), **what, **said)


@pytest.mark.parametrize("area", [daoli, harbin], ids=["county", "city"])
def test_a_reversal_comes_from_where_the_year_was_paid(gone, area):
    (outcome,) = report(area(), back(gone))

    assert (outcome.outcome, outcome.code) == ("booked", "")
    assert ContributionPeriod.objects.get(coverage_year=2025).paid == 0
    assert AccessLog.objects.get().purpose == "接口报送缴费"


@pytest.mark.parametrize("year", [2025, 2026])
def test_another_county_of_the_fund_and_other_years_are_strangers(gone, year):
    area = shangzhi() if year == 2025 else daoli()

    (outcome,) = report(area, back(gone, coverage_year=year))

    assert (outcome.outcome, outcome.code) == ("refused", "resident_not_found")
    assert ContributionPeriod.objects.get(coverage_year=2025).paid == Decimal(400)
    assert not AccessLog.objects.exists()


def test_where_they_live_now_money_for_the_other_fund_waits(gone):
    (outcome,) = report(tangshan(), back(gone))

    assert (outcome.outcome, outcome.code) == ("held", "outside_area")


def test_a_refund_is_asked_for_where_the_year_was_paid(gone):
    said = {
        "id_number": NUMBER, "coverage_year": 2025, "reason": "duplicate", "asked_on": "2024-12-20",
        "evidence": "退申17号", "words": "重复缴费",
    }  # fmt: skip
    answers = [
        city.client(city.agency(area=area), "refunds:write").post(
            "/api/v1/refunds/", said, headers={"Idempotency-Key": area.code}
        )
        for area in (shangzhi(), daoli())
    ]

    assert [each.status_code for each in answers] == [404, 200]


def test_many_who_left_cost_the_queries_of_one(gone):
    agency = AgencyFactory(area=daoli())
    costs = []
    for count in (1, 5):
        years = [(NUMBER, 2025)]
        for serial in range(1, count):
            other = ResidentFactory(number=identity_number(50 + serial), living_area=daoli())
            InsuredFactory(resident=other, year=2025)
            move(resident=other, to=Move(PlaceKind.LIVING, tangshan(), DAY(2025, 3, 1)), reason="搬迁")
            years.append((identity_number(50 + serial), 2025))
        with CaptureQueriesContext(connection) as queries:
            found = people_of_years(agency=agency, years=years, purpose="接口报送缴费")
        costs.append(len(queries))
        assert all(found.meant(*year) is not None for year in years)

    assert costs[0] == costs[1]
