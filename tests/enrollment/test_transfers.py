"""Money of each level: due, received, late."""

import datetime
from decimal import Decimal

import pytest

from enrollment.models import FundTransfer
from enrollment.services.enroll import enroll
from enrollment.services.payments import record_payments
from enrollment.services.subsidy_standing import subsidy_standing
from enrollment.services.transfers import NewTransfer, TransferConflict, record_transfer
from policy.errors import PolicyNotFound
from tests.enrollment.factories import classed, row
from tests.hardship.factories import RecognitionFactory
from tests.registry.factories import ResidentFactory, harbin, tangshan

pytestmark = pytest.mark.usefixtures("law")
DAY = datetime.date


def pay(person, amount=400, paid_on=DAY(2024, 10, 5)):  # noqa: B008
    enroll(resident_ids=[person.pk], coverage_year=2025, on=paid_on)
    (outcome,) = record_payments(rows=[row(person, paid_on, amount=Decimal(amount))])
    assert outcome.outcome == "booked"


def by_level(area, on):
    lines = subsidy_standing(area=area, year=2024, on=on)
    return {line.key[1]: line for line in lines if line.area == area and line.key[0] == "basic"}


def local(area, amount, on=DAY(2024, 11, 30), document="财社〔2024〕1号"):  # noqa: B008
    said = NewTransfer(
        fiscal_year=2024, level="local", amount=Decimal(amount), received_on=on, document=document
    )
    return record_transfer(area=area, transfer=said)


def test_what_is_missing_on_the_day_after_the_deadline_is_overdue():
    classed(harbin(), "equalised")
    for _ in range(2):
        pay(ResidentFactory())
    local(harbin(), "152.76")

    on_the_day, after = by_level(harbin(), DAY(2024, 11, 30)), by_level(harbin(), DAY(2024, 12, 1))

    assert {level: line.sums.due for level, line in after.items()} == {
        "central": 804,
        "local": Decimal("160.80"),
        "province": Decimal("375.20"),
    }
    assert on_the_day["local"].status.state == "pending"
    late = after["local"].status
    assert (late.state, late.days_late) == ("overdue", 1)
    assert (late.shortfall, late.shortfall_share) == (Decimal("8.04"), Decimal("0.05"))
    assert by_level(harbin(), DAY(2024, 11, 29))["local"].sums.received == 0


def test_subsidies_claimed_next_year_are_not_due_this_year():
    classed(harbin(), "equalised")
    target = RecognitionFactory(valid_from=DAY(2025, 8, 10)).resident
    pay(target, 160, DAY(2025, 8, 15))

    assert by_level(harbin(), DAY(2025, 8, 16)) == {}


def test_the_same_document_is_recorded_once_and_never_changed():
    transfer = NewTransfer(
        fiscal_year=2024,
        level="central",
        amount=Decimal(10),
        received_on=DAY(2024, 11, 1),
        document="财社〔2024〕1号",
    )
    first = record_transfer(area=harbin(), transfer=transfer)

    assert record_transfer(area=harbin(), transfer=transfer) == first
    with pytest.raises(TransferConflict):
        record_transfer(
            area=harbin(),
            transfer=NewTransfer(
                fiscal_year=2024,
                level="central",
                amount=Decimal(11),
                received_on=DAY(2024, 11, 1),
                document="财社〔2024〕1号",
            ),
        )
    assert FundTransfer.objects.count() == 1


def test_without_a_published_deadline_nothing_is_called_late():
    classed(tangshan(), "city_county")
    pay(ResidentFactory(living_area=tangshan(), pooling_area=tangshan()), 430)

    lines = by_level(tangshan(), DAY(2025, 6, 1))

    assert {level: (line.sums.due, line.missing.least, line.status) for level, line in lines.items()} == {
        "central": (402, 402, None),
        "city": (Decimal("53.60"), Decimal("53.60"), None),
        "county": (134, 134, None),
        "province": (Decimal("80.40"), Decimal("80.40"), None),
    }


def test_years_no_policy_speaks_of_are_refused():
    with pytest.raises(PolicyNotFound):
        subsidy_standing(area=harbin(), year=2019, on=DAY(2024, 1, 1))
