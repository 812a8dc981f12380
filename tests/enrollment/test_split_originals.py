"""The whole of a payment taken back after it was given to several: one decision, to the fen, or nothing."""

import pytest

from casework.models import Case
from casework.services import CaseOutdated, confirm_case, decide_case
from enrollment.models import ContributionPeriod, Payment
from enrollment.services.allocations import PartStillHeld
from tests.enrollment.test_held_payments import given, held, owing, part, refund, states
from tests.registry.factories import UserFactory

pytestmark = pytest.mark.usefixtures("law")


def by_parts(serial):
    """Decide that what takes a split payment back goes by its parts, and confirm it as somebody else."""
    case = Case.objects.get(subject_ref=f"payment:{serial}")
    assert "by_parts" in [option["code"] for option in case.options]
    decided = decide_case(case=case, decision="by_parts", reason="税务部门全额冲正", user=UserFactory())
    return confirm_case(case=decided, user=UserFactory())


def paid():
    return set(ContributionPeriod.objects.values_list("paid", "state"))


def test_all_of_it_goes_back_from_everybody_it_was_given_to():
    first, second = owing(), owing()
    payment = held(first, amount=830)
    given(payment, part(first, 400), part(second, 400), part(None, 30))
    assert paid() == {(400, "paid")}
    back = refund(payment.serial, 830, person=first, kind="reversal")
    assert (back.outcome, back.code) == ("held", "original_split")
    assert back.message == f"原流水 {payment.serial} 已分配给多人，各余 400.00 元、400.00 元、30.00 元"

    case = by_parts(back.serial)

    assert paid() == {(0, "reversed")}
    assert states() == {
        payment.serial: "split",
        f"{payment.serial}/1": "booked",
        f"{payment.serial}/2": "booked",
        f"{payment.serial}/3": "returned",
        back.serial: "split",
        f"{back.serial}/1": "booked",
        f"{back.serial}/2": "booked",
        f"{back.serial}/3": "returned",
    }
    taken = Payment.objects.filter(part_of__serial=back.serial).order_by("pk")
    assert [(each.reverses.serial, each.amount) for each in taken] == [
        (f"{payment.serial}/1", -400),
        (f"{payment.serial}/2", -400),
        (f"{payment.serial}/3", -30),
    ]
    assert f"税务流水 {back.serial} 已按原分配冲正 3 笔，共 830.00 元" in case.events.get(kind="effect").text
    assert (
        not Case.objects.exclude(state="closed").filter(kind="unmatched_payment", performed_at=None).exists()
    )


def test_what_is_left_goes_back_where_a_part_went_before():
    first, second = owing(), owing()
    payment = held(first)
    given(payment, part(first, 400), part(second, 400))
    assert refund(payment.serial, 100, person=second, kind="reversal").outcome == "booked"

    back = refund(payment.serial, 700, person=first, kind="reversal")
    by_parts(back.serial)

    assert paid() == {(0, "reversed")}
    amounts = (
        Payment.objects.filter(part_of__serial=back.serial).order_by("pk").values_list("amount", flat=True)
    )
    assert list(amounts) == [-400, -300]


def test_another_sum_than_all_that_is_left_goes_nowhere():
    first, second = owing(), owing()
    payment = held(first)
    given(payment, part(first, 400), part(second, 400))
    back = refund(payment.serial, 500, person=first, kind="reversal")

    with pytest.raises(CaseOutdated, match=r"各笔共余 800\.00 元，与 500\.00 元不符"):
        by_parts(back.serial)

    assert paid() == {(400, "paid")}
    assert states()[back.serial] == "held"


def test_a_refund_of_paid_premiums_is_decided_by_the_rules_of_refunds_first():
    first, second = owing(), owing()
    payment = held(first)
    given(payment, part(first, 400), part(second, 400))
    back = refund(payment.serial, 800, person=first)

    with pytest.raises(PartStillHeld, match="元不能退费：退费须先"):
        by_parts(back.serial)

    assert paid() == {(400, "paid")}
    assert states()[back.serial] == "held"
    assert not Payment.objects.filter(part_of__serial=back.serial).exists()
