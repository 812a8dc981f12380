"""Two rows of one serial number: what is recorded stands, or the other takes its place by rows of their own."""

import datetime
from decimal import Decimal

import pytest

from casework.models import Case, CaseEvent
from casework.services import CaseOutdated, SecondPersonNeeded, confirm_case, decide_case
from enrollment.models import Balance, ContributionPeriod, Payment
from enrollment.models.payment import LONGEST_TAX_SERIAL
from enrollment.services.booking.clashes import ask_about_clashes
from enrollment.services.clash_effects import NotReplaced
from enrollment.services.enroll import enroll
from enrollment.services.payments import PaymentRow, record_payments
from enrollment.services.refunds import NewRefund, propose_refund
from policy.admin.reasons import reason_text
from tests.enrollment.factories import row
from tests.registry.factories import ResidentFactory, UserFactory, daoli, harbin, shangzhi, tangshan

pytestmark = pytest.mark.usefixtures("law")
DAY = datetime.date
ON = DAY(2024, 10, 8)


def enrolled():
    person = ResidentFactory()
    enroll(resident_ids=[person.pk], coverage_year=2025, on=ON)
    return person


def clash(first, **otherwise):
    """Record a row and another under its number; return the question."""
    facts = {name: getattr(first, name) for name in ("serial", "coverage_year", "amount", "paid_on", "kind")}
    record_payments(rows=[first], area=harbin())
    other = row(otherwise.pop("resident"), **(facts | otherwise))
    (found,) = record_payments(rows=[other], area=harbin())
    assert (found.outcome, found.code) == ("refused", "serial_conflict")
    ask_about_clashes([other], area_id=harbin().pk, user=None)
    return Case.objects.get(kind="serial_conflict")


def decided(case, decision):
    decide_case(case=case, decision=decision, reason="税务部门来函", user=UserFactory())
    return confirm_case(case=case, user=UserFactory())


def payments():
    return list(Payment.objects.order_by("pk").values_list("serial", "kind", "state", "amount", "paid_on"))


def told(case):
    return CaseEvent.objects.filter(case=case, kind="effect").get().text


def test_the_other_row_takes_the_place_of_the_recorded_one_by_two_people_with_the_reason():
    person = enrolled()
    first = row(person, ON, serial="A", amount=Decimal(100))
    case = clash(first, resident=person, amount=Decimal(400), paid_on=DAY(2024, 10, 9))
    assert case.needs_second
    clerk = UserFactory()
    decide_case(case=case, decision="replace", reason="税务部门来函", user=clerk)
    assert Payment.objects.count() == 1
    with pytest.raises(SecondPersonNeeded):
        confirm_case(case=case, user=clerk)

    confirm_case(case=case, user=UserFactory())

    assert payments() == [
        ("A", "payment", "booked", 100, ON),
        ("A/冲正", "reversal", "booked", -100, ON),
        ("A/更正", "payment", "booked", 400, DAY(2024, 10, 9)),
    ]
    year = ContributionPeriod.objects.get()
    assert (year.state, year.paid, year.paid_on) == ("paid", 400, DAY(2024, 10, 9))
    for payment in Payment.objects.exclude(serial="A"):
        assert payment.note == f"税务部门书面更正流水 A（工单 #{case.pk}）"
        assert reason_text(payment.history.latest().history_change_reason) == "税务更正缴费流水"
    assert told(case) == "税务流水 A 的原记录 100.00 元已冲正，后一笔 400 元已入账。"
    (again,) = record_payments(rows=[first])
    assert again.outcome == "unchanged"


def test_money_recorded_for_the_wrong_person_goes_to_the_right_one():
    wrong, right = enrolled(), enrolled()
    case = clash(row(wrong, ON, serial="A"), resident=right)

    decided(case, "replace")

    states = dict(ContributionPeriod.objects.values_list("resident", "state"))
    assert states == {wrong.pk: "reversed", right.pk: "paid"}


def test_what_waits_goes_back_unbooked_and_the_other_may_wait_for_its_own_reason():
    stranger, dead = ResidentFactory(), ResidentFactory(died_on=DAY(2024, 10, 1))
    case = clash(row(stranger, ON, serial="A"), resident=dead)
    assert Payment.objects.get().state == "held"

    decided(case, "replace")

    assert [each[:3] for each in payments()] == [
        ("A", "payment", "returned"),
        ("A/冲正", "reversal", "returned"),
        ("A/更正", "payment", "held"),
    ]
    assert "待处理" in told(case)
    questions = Case.objects.filter(kind="unmatched_payment").order_by("pk")
    assert [(each.detail["serial"], each.state) for each in questions] == [
        ("A", "closed"),
        ("A/更正", "open"),
    ]


def test_the_recorded_row_stands_and_nothing_moves():
    person = enrolled()
    case = clash(row(person, ON, serial="A"), resident=person, amount=Decimal(100))
    before = payments()

    decided(case, "stands")

    assert payments() == before
    assert told(case).startswith("账目未变动")


def test_what_was_taken_back_meanwhile_is_not_taken_back_twice():
    person = enrolled()
    case = clash(row(person, ON, serial="A", amount=Decimal(100)), resident=person, amount=Decimal(400))
    record_payments(rows=[row(person, ON, kind="reversal", amount=Decimal(100), reverses_serial="A")])
    before = payments()

    with pytest.raises((CaseOutdated, NotReplaced)):
        decided(case, "replace")

    assert payments() == before
    assert CaseEvent.objects.filter(case=case, kind="effect").count() == 0


def test_what_is_being_refunded_is_not_replaced():
    person = enrolled()
    case = clash(row(person, ON, serial="A"), resident=person, paid_on=DAY(2024, 10, 20))
    refund = NewRefund(reason="duplicate", on=DAY(2024, 11, 1), evidence="退申1号", words="本人申请")
    asked = propose_refund(contribution=ContributionPeriod.objects.get(), refund=refund, user=UserFactory())
    confirm_case(case=asked, user=UserFactory())
    before = payments()

    with pytest.raises(NotReplaced, match="原记录不能冲正：该年度退费已决定，待税务退费流水到达"):
        decided(case, "replace")

    assert payments() == before
    assert Balance.objects.get().state == "open"
    assert ContributionPeriod.objects.get().state == "paid"


def replaced(person, *, serial="A", was=100, becomes=400, resident=None):
    """Record money and let another row of its serial number replace it."""
    first = row(person, ON, serial=serial, amount=Decimal(was))
    case = clash(first, resident=resident or person, amount=Decimal(becomes))
    decided(case, "replace")


def taken_back(resident, amount, **said):
    """Take money of the serial number A back as the tax authority says it; return the new payment."""
    facts = {"kind": "reversal", "serial": "Z", "amount": Decimal(amount), "reverses_serial": "A"}
    record_payments(rows=[row(resident, DAY(2024, 11, 1), **(facts | said))], area=harbin())
    return Payment.objects.get(serial="Z")


def test_the_tax_authority_takes_back_under_its_own_number_what_replaced_its_row():
    person = enrolled()
    replaced(person)

    back = taken_back(person, 400)

    assert (back.state, back.reverses.serial, back.reverses_serial) == ("booked", "A/更正", "A")
    assert ContributionPeriod.objects.get().paid == 0


def test_whose_number_nobody_says_is_the_person_of_the_row_that_replaced_the_other():
    wrong, right = enrolled(), enrolled()
    replaced(wrong, was=400, resident=right)
    nobody = PaymentRow("Z", 2025, Decimal(400), DAY(2024, 11, 1), kind="reversal", reverses_serial="A")

    (found,) = record_payments(rows=[nobody], area=harbin())

    assert (found.outcome, found.resident_id) == ("booked", right.pk)


def test_the_sum_that_was_replaced_is_not_taken_from_the_one_in_its_place():
    person = enrolled()
    replaced(person)

    back = taken_back(person, 100)

    assert (back.state, back.hold_reason) == ("held", "exceeds_original")
    assert back.note == "原流水 A 的 100.00 元已凭税务部门书面更正冲正，更正后余 400.00 元"
    assert ContributionPeriod.objects.get().paid == 400


def test_a_third_row_is_held_against_what_stands_and_replaces_nothing():
    person = enrolled()
    first = row(person, ON, serial="A", amount=Decimal(100))
    case = clash(first, resident=person, amount=Decimal(400))
    early, late = (row(person, ON, serial="A", amount=Decimal(amount)) for amount in (300, 200))
    ask_about_clashes([early], area_id=harbin().pk, user=None)
    decided(case, "replace")
    before = payments()
    ask_about_clashes([late], area_id=harbin().pk, user=None)

    asked_before, asked_after = Case.objects.filter(kind="serial_conflict").exclude(pk=case.pk).order_by("pk")

    with pytest.raises(CaseOutdated, match="税务部门书面更正为 400"):
        decided(asked_before, "replace")
    assert [option["code"] for option in asked_after.options] == ["stands"]
    assert asked_after.detail["recorded_amount"] == "400.00"
    assert payments() == before


def test_the_longest_serial_number_is_replaced_too():
    replaced(enrolled(), serial="9" * LONGEST_TAX_SERIAL)

    assert Payment.objects.get(serial__endswith="/更正").amount == 400


def test_a_row_that_takes_money_back_offers_no_replacement():
    person = enrolled()
    case = clash(row(person, ON, serial="A"), resident=person, kind="reversal", reverses_serial="B")

    assert [option["code"] for option in case.options] == ["stands"]
    assert not case.needs_second


@pytest.mark.parametrize(("sender", "fund"), [(shangzhi, harbin), (tangshan, tangshan)])
def test_no_other_area_takes_money_back_by_its_serial_number(sender, fund):
    mine = ResidentFactory(living_area=daoli())
    enroll(resident_ids=[mine.pk], coverage_year=2025, on=ON)
    record_payments(rows=[row(mine, ON, serial="A")], area=daoli())
    theirs = ResidentFactory(living_area=sender(), pooling_area=fund())

    ask_about_clashes([row(theirs, ON, serial="A")], area_id=sender().pk, user=None)

    case = Case.objects.get(kind="serial_conflict")
    assert (case.area, [each["code"] for each in case.options], case.needs_second) == (
        daoli(),
        ["stands"],
        False,
    )
    assert f"后一笔由{sender().name}报来" in case.reason
    assert "row" not in case.detail


def test_the_other_row_is_held_to_the_fund_of_who_sent_it():
    wrong = enrolled()
    there = ResidentFactory(living_area=tangshan(), pooling_area=tangshan())
    enroll(resident_ids=[there.pk], coverage_year=2025, on=ON)
    case = clash(row(wrong, ON, serial="A"), resident=there)

    decided(case, "replace")

    assert Payment.objects.get(serial="A/更正").hold_reason == "outside_area"
