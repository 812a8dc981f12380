"""Money of each level: due, received, late."""

import datetime
from decimal import Decimal

import pytest

from enrollment.models import FundTransfer
from enrollment.services.enroll import enroll
from enrollment.services.payments import record_payments
from enrollment.services.transfers import NewTransfer, TransferConflict, record_transfer, transfer_report
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
    return {line.level: line for line in transfer_report(area=area, fiscal_year=2024, on=on)}


def test_what_is_missing_on_the_day_after_the_deadline_is_overdue():
    classed(harbin(), "equalised")
    for _ in range(2):
        pay(ResidentFactory())
    local = NewTransfer(
        fiscal_year=2024,
        level="local",
        amount=Decimal("152.76"),
        received_on=DAY(2024, 11, 30),
        document="财社〔2024〕1号",
    )
    record_transfer(area=harbin(), transfer=local)

    on_the_day, after = by_level(harbin(), DAY(2024, 11, 30)), by_level(harbin(), DAY(2024, 12, 1))

    assert {level: line.due for level, line in after.items()} == {
        "central": 804,
        "local": Decimal("160.80"),
        "province": Decimal("375.20"),
    }
    assert on_the_day["local"].state == "pending"
    assert (after["local"].state, after["local"].days_late) == ("overdue", 1)
    assert (after["local"].shortfall, after["local"].shortfall_share) == (Decimal("8.04"), Decimal("0.05"))
    assert by_level(harbin(), DAY(2024, 11, 29))["local"].received == 0


def test_subsidies_claimed_next_year_are_not_due_this_year():
    classed(harbin(), "equalised")
    target = RecognitionFactory(valid_from=DAY(2025, 8, 10)).resident
    pay(target, 160, DAY(2025, 8, 15))

    lines = by_level(harbin(), DAY(2025, 8, 16))

    assert (lines["central"].due, lines["central"].claimed_later) == (0, 402)


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

    assert {level: (line.due, line.state) for level, line in lines.items()} == {
        "central": (402, ""),
        "city": (Decimal("53.60"), ""),
        "county": (134, ""),
        "province": (Decimal("80.40"), ""),
    }
    assert "没有规定" in str(lines["city"].steps[0].figure)


def test_years_no_policy_speaks_of_are_refused():
    with pytest.raises(PolicyNotFound):
        transfer_report(area=harbin(), fiscal_year=2019, on=DAY(2024, 1, 1))
