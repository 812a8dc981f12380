"""Receipts recorded wrongly: taken back by a row, recorded anew under the same document."""

import dataclasses
import datetime
from decimal import Decimal

import pytest

from enrollment.models import FundTransfer
from enrollment.selectors.subsidies import subsidy_sums
from enrollment.services.transfers import (
    NewTransfer,
    TransferConflict,
    TransferRefused,
    record_transfer,
    reverse_transfer,
)
from tests.registry.factories import harbin

pytestmark = pytest.mark.usefixtures("law")
DAY = datetime.date


def said(amount, document="财社〔2024〕1号"):
    return NewTransfer(
        fiscal_year=2024,
        level="central",
        amount=Decimal(amount),
        received_on=DAY(2024, 11, 20),
        document=document,
    )


def received(on):
    return subsidy_sums(area=harbin(), year=2024, on=on)[harbin().pk]["basic", "central"].received


def test_a_wrong_receipt_counts_on_no_day_and_its_document_is_recorded_anew():
    wrong = record_transfer(area=harbin(), transfer=said(1000))

    back = reverse_transfer(transfer=wrong, on=DAY(2024, 11, 20), reason="金额登记有误")
    right = record_transfer(area=harbin(), transfer=said(100))

    assert (back.amount, back.document, back.reverses) == (-1000, wrong.document, wrong)
    assert (right.entry, right.amount) == (2, 100)
    assert received(DAY(2024, 11, 20)) == 100
    assert record_transfer(area=harbin(), transfer=said(100)) == right
    with pytest.raises(TransferConflict):
        record_transfer(area=harbin(), transfer=said(1000))


def test_money_sent_back_counts_until_its_day():
    sent = record_transfer(area=harbin(), transfer=said(1000))
    reverse_transfer(transfer=sent, on=DAY(2024, 12, 5), reason="多拨退回")

    assert (received(DAY(2024, 12, 4)), received(DAY(2024, 12, 5))) == (1000, 0)


@pytest.mark.parametrize(
    ("on", "reason"), [(DAY(2024, 11, 19), "有误"), (DAY(2024, 11, 20), " "), (DAY.max, "有误")]
)
def test_taking_back_needs_a_reason_and_a_day_between_the_receipts_and_today(on, reason):
    sent = record_transfer(area=harbin(), transfer=said(1000))

    with pytest.raises(TransferRefused):
        reverse_transfer(transfer=sent, on=on, reason=reason)
    assert FundTransfer.objects.count() == 1


def test_money_of_a_day_to_come_is_not_recorded():
    with pytest.raises(TransferRefused):
        record_transfer(area=harbin(), transfer=dataclasses.replace(said(1000), received_on=DAY.max))
    assert not FundTransfer.objects.exists()


def test_a_receipt_is_taken_back_once_and_its_reversal_never():
    sent = record_transfer(area=harbin(), transfer=said(1000))
    back = reverse_transfer(transfer=sent, on=DAY(2024, 11, 20), reason="有误")

    for row in (sent, back):
        with pytest.raises(TransferRefused):
            reverse_transfer(transfer=row, on=DAY(2024, 11, 21), reason="有误")


def test_nothing_and_less_is_no_receipt():
    with pytest.raises(TransferRefused):
        record_transfer(area=harbin(), transfer=said(0))
