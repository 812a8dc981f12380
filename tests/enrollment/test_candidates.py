"""Money of somebody nobody knows is booked to one of those it may be meant for; what is booked otherwise is closed."""

import datetime
from decimal import Decimal

import pytest

from casework.models import Case, CaseState
from casework.services import CaseNotReady, confirm_case, decide_case, renew_case
from enrollment.models import ContributionPeriod, ContributionState, Payment
from enrollment.services.effects import StillHeld
from enrollment.services.enroll import enroll
from enrollment.services.payments import record_payments, retry_held_payments
from tests.enrollment.factories import row
from tests.registry.factories import ResidentFactory, UserFactory, harbin, identity_number, tangshan

pytestmark = pytest.mark.usefixtures("law")
DAY = datetime.date
OCTOBER = DAY(2024, 10, 5)
NAME = "欧阳长河"
MISTYPED = identity_number(321, female=False)


def owing(**said):
    """Return somebody of the name who owes 2025."""
    person = ResidentFactory(**({"name": NAME} | said))
    enroll(resident_ids=[person.pk], coverage_year=2025, on=OCTOBER)
    return person


def unknown_money(**said):
    """Take in money of a number nobody has; return its row and the question about it."""
    line = row(
        ResidentFactory(), OCTOBER, **({"resident_id": None, "id_number": MISTYPED, "name": NAME} | said)
    )
    (outcome,) = record_payments(rows=[line], area=harbin())
    assert (outcome.outcome, outcome.code) == ("held", "unknown_person")
    return line, Case.objects.get(detail__serial=line.serial)


def people(case):
    """Return the keys of those the question offers, in its order."""
    codes = [option["code"].partition(":") for option in case.options]
    return [int(argument) for code, _, argument in codes if code == "person"]


def picked(case, person):
    """Have two people book the money to somebody."""
    first, second = UserFactory.create_batch(2)
    chosen = decide_case(case=case, decision=f"person:{person.pk}", reason="号码录错一位", user=first)
    return confirm_case(case=chosen, user=second)


def test_who_has_the_name_and_owes_the_year_in_the_area_is_offered_the_likest_number_first():
    far = owing(number=identity_number(9876, female=True))
    near = owing(number=identity_number(322, female=False))
    paid = owing()
    record_payments(rows=[row(paid, OCTOBER)])
    owing(living_area=tangshan(), pooling_area=tangshan(), hukou_area=tangshan())
    owing(name="欧阳长江")
    ResidentFactory(name=NAME)

    _, case = unknown_money()

    assert people(case) == [near.pk, far.pk]
    assert [option["code"] for option in case.options[2:]] == ["retry", "refund"]
    label = case.options[0]["label"]
    assert f"{NAME}（{near.masked_id_number}，" in label
    assert "2025 年度尚欠 400.00 元" in label
    assert near.id_number not in label


def test_the_money_is_booked_to_the_one_picked_once_a_second_person_has_confirmed():
    person, other = owing(), owing()
    line, case = unknown_money()

    done = picked(case, person)

    payment = Payment.objects.get(serial=line.serial)
    assert (payment.state, payment.resident_id, payment.hold_reason) == ("booked", person.pk, "")
    states = dict(ContributionPeriod.objects.values_list("resident", "state"))
    assert states == {person.pk: ContributionState.PAID, other.pk: ContributionState.QUOTED}
    assert (done.state, done.performed_at is None) == (CaseState.DECIDED, False)
    assert f"400.00 元已入账给{NAME}" in case.events.get(kind="effect").text
    assert [each.outcome for each in record_payments(rows=[line], area=harbin())] == ["unchanged"]


def test_what_the_one_picked_does_not_owe_any_more_is_refused_and_stays_held():
    person = owing()
    line, case = unknown_money()
    record_payments(rows=[row(person, OCTOBER)])

    with pytest.raises(StillHeld, match="已缴清，重复缴费"):
        picked(case, person)

    payment = Payment.objects.get(serial=line.serial)
    assert (payment.state, payment.resident_id, payment.hold_reason) == ("held", None, "unknown_person")


def test_a_question_asked_anew_offers_who_came_to_owe_since():
    _, case = unknown_money()
    assert people(case) == []
    person = owing()

    again = renew_case(case=case, user=UserFactory())

    assert again is not None
    assert people(again) == [person.pk]
    picked(again, person)
    assert ContributionPeriod.objects.get().paid == Decimal(400)


@pytest.mark.parametrize("decision", ["", "refund"])
def test_a_question_about_money_booked_another_way_is_closed_decided_or_not(decision: str):
    line, case = unknown_money()
    if decision:
        decide_case(case=case, decision=decision, reason="查无此人", user=UserFactory())
    owing(number=MISTYPED)

    (outcome,) = retry_held_payments(payment_ids=[Payment.objects.get(serial=line.serial).pk])

    assert outcome.outcome == "booked"
    case.refresh_from_db()
    assert case.state == CaseState.CLOSED
    assert "已另行入账" in case.events.get(kind="closed").text
    with pytest.raises(CaseNotReady):
        confirm_case(case=case, user=UserFactory())
