"""Money that waits: given to those it is meant for, or sent back; every yuan is somewhere, and told once."""

import datetime
from decimal import Decimal

import pytest

from casework.models import Case, CaseState
from casework.services import CaseOutdated, confirm_case, decide_case
from enrollment.admin.held import what_to_do
from enrollment.models import ContributionPeriod, Payment, PaymentState
from enrollment.services.aid_facts import AidFacts
from enrollment.services.allocations import (
    AllocationWaits,
    NotHeld,
    Part,
    PartsInvalid,
    PartStillHeld,
    propose_allocation,
)
from enrollment.services.effects import propose_refund
from enrollment.services.enroll import enroll
from enrollment.services.payments import record_payments, retry_held_payments
from enrollment.services.refunds import RefundForbidden
from policy.loader import build, read_shipped
from registry.batch.history import update_with_history
from tests.enrollment.factories import row
from tests.registry.factories import ResidentFactory, UserFactory, harbin, identity_number

pytestmark = pytest.mark.usefixtures("law")
DAY = datetime.date
OCTOBER = DAY(2024, 10, 5)
YUAN = Decimal


def owing(*years, **said):
    person = ResidentFactory(**said)
    for year in years or (2025,):
        enroll(resident_ids=[person.pk], coverage_year=year, on=OCTOBER)
    return person


def held(person=None, *, amount=800, **said):
    """Take in money that cannot be booked."""
    said = {"resident_id": None, "id_number": "nobody"} | said if person is None else said
    line = row(person or ResidentFactory(), OCTOBER, amount=YUAN(amount), **said)
    (outcome,) = record_payments(rows=[line], area=harbin())
    assert outcome.outcome == "held"
    return Payment.objects.get(serial=line.serial)


def part(person, amount, year=2025):
    return Part(resident_id=person and person.pk, coverage_year=year, amount=YUAN(amount))


def given(payment, *parts):
    """Propose to give held money away, and confirm it as somebody else."""
    first, second = UserFactory.create_batch(2)
    case = propose_allocation(payment=payment, parts=parts, reason="一笔替两人缴", user=first)
    return confirm_case(case=case, user=second)


def refund(serial, amount, **said):
    person, kind = said.pop("person", None), said.pop("kind", "refund")
    said = {"resident_id": None, "id_number": "nobody"} | said if person is None else said
    line = row(
        person or ResidentFactory(),
        DAY(2024, 11, 1),
        kind=kind,
        amount=YUAN(amount),
        reverses_serial=serial,
        **said,
    )
    (outcome,) = record_payments(rows=[line], area=harbin())
    return outcome


def states():
    return dict(Payment.objects.values_list("serial", "state"))


def test_one_sum_for_two_people_is_booked_to_both_once_a_second_person_has_confirmed():
    first, second = owing(), owing()
    payment = held(first)
    question = Case.objects.get(kind="unmatched_payment")

    case = given(payment, part(first, 400), part(second, 400))

    payment.refresh_from_db()
    assert (payment.state, payment.contribution, payment.note) == (PaymentState.SPLIT, None, "已分配为 2 笔")
    parts = Payment.objects.filter(part_of=payment).order_by("serial")
    assert [(each.serial, each.resident, each.amount, each.state) for each in parts] == [
        (f"{payment.serial}/1", first, 400, "booked"),
        (f"{payment.serial}/2", second, 400, "booked"),
    ]
    assert [each.paid_on for each in parts] == [payment.paid_on] * 2
    assert set(ContributionPeriod.objects.values_list("paid", "state")) == {(400, "paid")}
    assert [each.history_change_reason for each in payment.history.order_by("history_id")] == [
        "receive payment",
        "allocate payment",
    ]
    question.refresh_from_db()
    assert (question.state, case.performed_at is None) == (CaseState.CLOSED, False)
    assert "已入账 800 元" in case.events.get(kind="effect").text.replace("800.00", "800")


def test_what_was_paid_too_much_is_left_to_refund_and_goes_when_the_tax_authority_sends_it_back():
    person = owing()
    payment = held(person, amount=401)

    given(payment, part(person, 400), part(None, 1))

    rest = Payment.objects.get(serial=f"{payment.serial}/2")
    assert (rest.state, rest.hold_reason, rest.resident) == ("held", "to_refund", None)
    assert retry_held_payments(payment_ids=[rest.pk]) == []

    assert refund(payment.serial, 1, person=person).outcome == "returned"

    rest.refresh_from_db()
    assert (rest.state, rest.hold_reason) == ("returned", "")
    assert ContributionPeriod.objects.get().paid == 400
    assert refund(payment.serial, 400, person=person, kind="reversal").outcome == "booked"
    assert ContributionPeriod.objects.get().paid == 0


def test_money_of_the_wrong_year_is_given_to_the_right_one():
    person = owing(number=identity_number(77))
    payment = held(person, amount=400, coverage_year=2031)

    given(payment, part(person, 400))

    assert states() == {payment.serial: "split", f"{payment.serial}/1": "booked"}
    assert ContributionPeriod.objects.get().paid == 400


def test_all_of_it_for_one_person_and_the_same_year_stays_one_row():
    person = owing()
    payment = held(amount=400)

    given(payment, part(person, 400))

    payment.refresh_from_db()
    assert (payment.state, payment.resident) == ("booked", person)
    assert Payment.objects.count() == 1


def test_a_part_that_cannot_be_booked_splits_nothing():
    person, stranger = owing(), ResidentFactory()
    payment = held(person)

    with pytest.raises(PartStillHeld, match="400 元仍不能入账：没有参保登记"):
        given(payment, part(person, 400), part(stranger, 400))

    assert states() == {payment.serial: "held"}
    assert ContributionPeriod.objects.get().paid == 0


@pytest.mark.parametrize(
    ("amounts", "words"),
    [
        ((400, 399.99), "合计 799.99 元，应等于 800.00 元"),
        ((800, 0), "须大于零"),
        ((400.001, 399.999), "最多到分"),
        ((), "请分成 1 至 20 笔"),
    ],
)
def test_parts_make_up_the_money_to_the_fen(amounts, words):
    payment = held()
    people = [owing() for _ in amounts]

    with pytest.raises(PartsInvalid, match=words):
        propose_allocation(
            payment=payment,
            parts=[part(person, str(amount)) for person, amount in zip(people, amounts, strict=True)],
            reason="x",
            user=UserFactory(),
        )


def test_a_years_money_is_proposed_once_and_only_while_it_waits():
    person = owing()
    payment = held()
    twice = [part(person, 400), part(person, 400)]
    clerk = UserFactory()

    with pytest.raises(PartsInvalid, match="同一人同一年度只能写一笔"):
        propose_allocation(payment=payment, parts=twice, reason="x", user=clerk)
    with pytest.raises(PartsInvalid, match="提出退费"):
        propose_allocation(payment=payment, parts=[part(None, 800)], reason="x", user=clerk)
    case = propose_allocation(
        payment=payment, parts=[part(person, 400), part(None, 400)], reason="x", user=clerk
    )
    with pytest.raises(AllocationWaits):
        propose_allocation(payment=payment, parts=[part(person, 800)], reason="x", user=clerk)

    assert refund(payment.serial, 800).outcome == "returned"
    with pytest.raises(CaseOutdated, match="已退回，不能再分配"):
        confirm_case(case=case, user=UserFactory())
    with pytest.raises(NotHeld):
        propose_allocation(payment=payment, parts=[part(person, 800)], reason="x", user=clerk)


def test_money_nobody_knows_goes_back_whole_by_the_tax_authoritys_row():
    payment = held(amount=400)
    question = Case.objects.get()

    assert refund(payment.serial, 399).code == "original_held"
    assert refund(payment.serial, 400, id_number="somebody else").code == "original_unknown"
    back = refund(payment.serial, 400)

    payment.refresh_from_db()
    question.refresh_from_db()
    assert (back.outcome, payment.state, question.state) == ("returned", "returned", CaseState.CLOSED)
    assert "已由税务部门退回" in question.events.get(kind="closed").text
    assert refund(payment.serial, 400).outcome == "held"
    sums = Payment.objects.filter(state="returned").values_list("amount", flat=True)
    assert sum(sums) == 0


def test_money_and_its_refund_in_one_file_never_enter_the_books():
    person = ResidentFactory()
    paid = row(person, OCTOBER)
    back = row(person, DAY(2024, 10, 9), kind="refund", reverses_serial=paid.serial)

    outcomes = record_payments(rows=[back, paid], area=harbin())

    assert [each.outcome for each in outcomes] == ["returned", "returned"]
    assert not Case.objects.exclude(state=CaseState.CLOSED).exists()


def paid_twice(monkeypatch, rule: str = ""):
    """Return money that pays a year twice, under a policy with a rule about what is paid too much."""
    if rule:
        leaf = {"value": rule, "unit": "rule", "clause": "某文件 五"}
        policy = build("230100/2025", read_shipped, {"refunds.overpaid": leaf})
        monkeypatch.setattr(AidFacts, "policy", lambda *_: policy)
    paid = owing()
    record_payments(rows=[row(paid, OCTOBER)])
    return held(paid, amount=400)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("", "没有规定，由人决定"),
        ("any_day", "多缴：可以退费（某文件 五）"),
        ("case", "多缴：逐案决定（某文件 五）"),
    ],
)
def test_money_that_pays_twice_is_decided_with_the_rule_in_sight(rule, said, monkeypatch):
    payment = paid_twice(monkeypatch, rule)

    case = propose_refund(payment=payment, reason="重复缴费", user=UserFactory())

    assert said in what_to_do(payment)
    assert said in case.events.get(kind="commented").text
    confirm_case(case=case, user=UserFactory())
    assert said in case.events.get(kind="effect").text
    payment.refresh_from_db()
    assert payment.hold_reason == "to_refund"
    assert "退费规定" not in what_to_do(payment)


def test_what_the_documents_do_not_give_back_stays_until_it_is_given_to_somebody(monkeypatch):
    payment = paid_twice(monkeypatch, "no_refund")

    with pytest.raises(RefundForbidden, match="某文件 五"):
        propose_refund(payment=payment, reason="重复缴费", user=UserFactory())
    case = decide_case(
        case=Case.objects.get(kind="unmatched_payment"), decision="refund", reason="退", user=UserFactory()
    )
    with pytest.raises(RefundForbidden):
        confirm_case(case=case, user=UserFactory())

    payment.refresh_from_db()
    assert payment.hold_reason == "double"


def test_a_year_of_another_platform_leaves_money_that_pays_twice_to_two_people(monkeypatch):
    payment = paid_twice(monkeypatch)
    update_with_history(ContributionPeriod.objects.all(), {"policy_key": ""}, reason="import")

    assert "由两人决定" in what_to_do(payment)


def test_a_proposed_refund_waits_for_the_tax_authority_once_confirmed():
    paid = owing()
    record_payments(rows=[row(paid, OCTOBER)])
    payment = held(paid, amount=400)
    first, second = UserFactory.create_batch(2)

    case = propose_refund(payment=payment, reason="重复缴费", user=first)
    assert Payment.objects.get(pk=payment.pk).hold_reason == "double"
    confirm_case(case=case, user=second)

    payment.refresh_from_db()
    assert (payment.state, payment.hold_reason) == ("held", "to_refund")
    assert retry_held_payments(payment_ids=[payment.pk]) == []
    assert refund(payment.serial, 400, person=paid).outcome == "returned"
    assert ContributionPeriod.objects.get().paid == 400


def test_a_refund_of_all_that_was_split_is_asked_about_with_what_is_left_named():
    first, second = owing(), owing()
    payment = held(first)
    given(payment, part(first, 400), part(second, 400))

    said = refund(payment.serial, 800, person=first, kind="reversal")

    assert (said.outcome, said.code) == ("held", "original_split")
    assert f"原流水 {payment.serial} 已分配给多人，各余 400.00 元、400.00 元" in said.message
    assert f"{payment.serial}/1" not in said.message  # a number of ours: the tax authority knows one sum
    assert refund(payment.serial, 400, person=second, kind="reversal").outcome == "booked"
    assert dict(ContributionPeriod.objects.values_list("resident", "paid")) == {first.pk: 400, second.pk: 0}
