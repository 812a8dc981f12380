"""A row that comes again under its serial number with something put right: what waits takes it, what is booked not."""

import datetime
from decimal import Decimal

import pytest

from casework.models import Case
from enrollment.models import ContributionPeriod, FamilyPayer, Payment
from enrollment.services.enroll import enroll
from enrollment.services.payments import record_payments, retry_held_payments, try_payments
from policy.admin.reasons import reason_text
from tests.enrollment.factories import row
from tests.enrollment.test_family_account import DAY as PAID
from tests.enrollment.test_family_account import family, payer  # noqa: F401
from tests.exchange.factories import InboundBatchFactory
from tests.registry.factories import ResidentFactory, harbin, tangshan

pytestmark = pytest.mark.usefixtures("law")
DAY = datetime.date
ON, BACK = DAY(2024, 10, 8), DAY(2024, 10, 20)


@pytest.fixture
def taken_back():
    """Return what takes a payment back but names another, once it is held, and the same put right."""
    person = ResidentFactory()
    enroll(resident_ids=[person.pk], coverage_year=2025, on=ON)
    wrong = row(person, BACK, kind="reversal", serial="R", reverses_serial="typo")
    found = record_payments(rows=[row(person, ON, serial="A"), wrong])
    assert [(each.outcome, each.code) for each in found] == [("booked", ""), ("held", "original_unknown")]
    return wrong, wrong._replace(reverses_serial="A")


def test_the_right_original_takes_the_payment_back_and_answers_the_question(taken_back):
    wrong, right = taken_back

    (booked,) = record_payments(rows=[right])
    (again,) = record_payments(rows=[right])

    kept = Payment.objects.get(serial="R")
    assert (booked.outcome, booked.payment_id, again.outcome) == ("booked", kept.pk, "unchanged")
    assert (kept.state, kept.reverses_serial, kept.reverses.serial) == ("booked", "A", "A")
    assert ContributionPeriod.objects.get().state == "reversed"
    assert reason_text(kept.history.latest().history_change_reason) == "税务更正缴费流水"
    assert kept.history.earliest().reverses_serial == "typo"
    assert Case.objects.get(kind="unmatched_payment").state == "closed"
    (late,) = record_payments(rows=[wrong])
    assert (late.outcome, late.code) == ("refused", "serial_conflict")


def test_what_cannot_be_booked_yet_waits_with_what_was_put_right():
    person = ResidentFactory()
    wrong = row(person, BACK, kind="reversal", serial="R", reverses_serial="typo")
    record_payments(rows=[wrong], area=harbin())
    right = wrong._replace(reverses_serial="A")

    (waits,) = record_payments(rows=[right], area=harbin())
    enroll(resident_ids=[person.pk], coverage_year=2025, on=ON)
    record_payments(rows=[row(person, ON, serial="A")])
    (booked,) = retry_held_payments(payment_ids=[waits.payment_id])

    assert (waits.outcome, booked.outcome) == ("held", "booked")
    assert Payment.objects.get(serial="R").reverses.serial == "A"


def test_a_row_that_leaves_the_original_out_says_nothing_new(taken_back):
    wrong, _ = taken_back

    (again,) = record_payments(rows=[wrong._replace(reverses_serial="")])

    assert (again.outcome, Payment.objects.get(serial="R").reverses_serial) == ("unchanged", "typo")


def test_two_lines_of_one_file_that_put_it_right_otherwise_are_told_apart(taken_back):
    _, right = taken_back

    found = record_payments(rows=[right, right, right._replace(reverses_serial="B")])

    assert [(each.outcome, each.code) for each in found] == [
        ("booked", ""),
        ("unchanged", "repeated"),
        ("refused", "serial_conflict"),
    ]


def test_a_trial_says_what_a_corrected_row_would_do_and_keeps_nothing(taken_back):
    _, right = taken_back

    (tried,) = try_payments(rows=[right], batch=InboundBatchFactory(area=harbin()))

    assert tried.outcome == "booked"
    assert Payment.objects.get(serial="R").reverses_serial == "typo"


@pytest.mark.raw_writes("decided elsewhere")
def test_what_is_decided_to_go_back_takes_no_correction(family):  # noqa: F811
    line = row(family[0], PAID, amount=Decimal(430), payer=payer(relation="other"))
    record_payments(rows=[line], area=tangshan())
    Payment.objects.filter(serial=line.serial).update(hold_reason="to_refund")

    (found,) = record_payments(rows=[line._replace(payer=payer())])

    assert (found.outcome, found.code) == ("refused", "serial_conflict")


@pytest.mark.parametrize(
    "wrong",
    [{"relation": "other"}, {"area_code": "230100"}, {"number": "13029919530707013"}],
    ids=["relation", "area", "number"],
)
def test_the_right_holder_of_a_family_account_books_the_money(family, wrong):  # noqa: F811
    line = row(family[0], PAID, amount=Decimal(430), payer=payer(**wrong))
    (waits,) = record_payments(rows=[line], area=tangshan())

    (booked,) = record_payments(rows=[line._replace(payer=payer())])

    assert (waits.outcome, booked.outcome) == ("held", "booked")
    kept = FamilyPayer.objects.get()
    assert (kept.relation, kept.area_code, kept.number_fits) == ("parent", "130283", True)
    assert reason_text(kept.history.latest().history_change_reason) == "税务更正缴费流水"
    assert ContributionPeriod.objects.get(resident=family[0]).state == "paid"


def test_another_relation_of_what_is_booked_is_a_conflict(family):  # noqa: F811
    line = row(family[0], PAID, amount=Decimal(430), payer=payer())
    record_payments(rows=[line])

    found = [
        record_payments(rows=[line._replace(payer=payer(relation=relation))])[0]
        for relation in ("spouse", "")
    ]

    assert [each.outcome for each in found] == ["refused", "unchanged"]
    assert FamilyPayer.objects.get().relation == "parent"
