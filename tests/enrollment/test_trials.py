"""What a file of money would do, said without doing it, is what it then does."""

import datetime
from decimal import Decimal

import pytest

from casework.models import Case
from enrollment.models import ContributionPeriod, Enrollment, Payment
from enrollment.services import payments
from enrollment.services.payments import record_payments, try_payments
from exchange.models import InboundBatch
from tests.enrollment.factories import InsuredFactory, row
from tests.registry.factories import ResidentFactory, harbin, identity_number

pytestmark = pytest.mark.usefixtures("law")
DAY = datetime.date
NOVEMBER, DECEMBER = DAY(2024, 11, 20), DAY(2024, 12, 20)


def insured_last_year(**facts):
    return InsuredFactory(coverage_year=2024, **facts).resident


def said(outcomes):
    return [(each.serial, each.outcome, each.code, each.message) for each in outcomes]


@pytest.fixture
def batch():
    return InboundBatch.objects.create(
        kind="payments", area=harbin(), file_name="缴费.xlsx", sha256="0" * 64, as_of=DAY(2025, 12, 31)
    )


@pytest.fixture
def rows():
    """Return a file in which rows rest on each other: years of one person, refunds, serials twice, strangers."""
    renews, newborn, pays_twice, stranger = (
        insured_last_year(),
        ResidentFactory(),
        insured_last_year(),
        identity_number(990),
    )
    unknown = {"resident_id": None, "id_number": stranger, "serial": "T-unknown"}
    return [
        row(renews, NOVEMBER, serial="T-a"),
        row(renews, NOVEMBER, serial="T-a"),
        row(renews, DECEMBER, serial="T-a"),
        row(renews, DECEMBER, serial="T-b", kind="reversal", reverses_serial="T-a"),
        row(newborn, NOVEMBER, serial="T-c", coverage_year=2025),
        row(pays_twice, NOVEMBER, serial="T-d"),
        row(pays_twice, DECEMBER, serial="T-e"),
        row(pays_twice, DECEMBER, serial="T-f", coverage_year=2026),
        row(pays_twice, DECEMBER, serial="T-g", amount=Decimal(0)),
        row(renews, NOVEMBER, **unknown),
        row(renews, NOVEMBER, **unknown),
        row(renews, DECEMBER, **unknown),
    ]


@pytest.mark.parametrize("chunk", [1, 5_000])
def test_a_trial_says_what_recording_does_and_keeps_nothing(batch, rows, monkeypatch, chunk):
    monkeypatch.setattr(payments, "CHUNK", chunk)
    before = [model.objects.count() for model in (Payment, ContributionPeriod, Enrollment, Case)]

    tried = try_payments(rows=rows, batch=batch)

    assert [model.objects.count() for model in (Payment, ContributionPeriod, Enrollment, Case)] == before
    assert said(tried) == said(record_payments(rows=rows, batch=batch))
    assert [each.outcome for each in tried] == [
        "booked", "unchanged", "refused", "booked", "held", "booked", "held", "held", "refused", "held", "unchanged",
        "refused",
    ]  # fmt: skip


def test_a_serial_twice_in_a_file_is_a_repetition_wherever_its_chunks_end(batch, monkeypatch):
    monkeypatch.setattr(payments, "CHUNK", 1)
    person, other = insured_last_year(), insured_last_year()
    rows = [
        row(person, NOVEMBER, serial="T-1"),
        row(other, NOVEMBER, serial="T-1"),
        row(other, NOVEMBER, serial="T-2"),
    ]

    outcomes = record_payments(rows=rows, batch=batch)

    assert [(each.outcome, each.code) for each in outcomes] == [
        ("booked", ""),
        ("refused", "serial_conflict"),
        ("booked", ""),
    ]
    assert "清单内" in outcomes[1].message
    assert Payment.objects.count() == 2
