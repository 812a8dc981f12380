"""Every kind of money that does not fit: what the clerk sees, what they do on the pages, and where each yuan ends."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from casework.models import Case
from enrollment.admin.held import WAYS
from enrollment.models import ContributionPeriod, HoldReason, Payment
from enrollment.services.enroll import enroll
from enrollment.services.payments import record_payments
from exchange.models import InboundBatch
from policy.services.versions import load_shipped_policies
from registry.models import Resident, Role
from tests.enrollment.factories import row
from tests.exchange.factories import InboundBatchFactory
from tests.pages.conftest import at_desk, staff
from tests.registry.factories import ResidentFactory, harbin, identity_number

pytestmark = pytest.mark.django_db
DAY = datetime.date
OCTOBER = DAY(2024, 10, 5)
LIST = "/admin/enrollment/payment/"
HELD = f"{LIST}?state__exact=held"
MEANT = {"_form_submitted": "True"}


@dataclass
class Desk:
    """A clerk and a reviewer of Harbin, somebody who owes 2025 and somebody else who does."""

    clerk: Any
    reviewer: Any
    person: Resident
    other: Resident
    batch: InboundBatch

    def pay(self, amount: Any, paid_on: datetime.date = OCTOBER, **said: Any) -> Payment:
        line = row(self.person, paid_on, amount=Decimal(amount), **said)
        record_payments(rows=[line], batch=self.batch)
        return Payment.objects.get(serial=line.serial)

    def does(self, payment: Payment, action: str, **said: str) -> None:
        self.clerk.post(f"{LIST}{payment.pk}/{action}/", MEANT | said)

    def confirms(self, kind: str) -> None:
        case = Case.objects.filter(kind=kind).latest("pk")
        self.reviewer.post(f"/admin/casework/case/{case.pk}/confirm/", MEANT)

    def gives(self, payment: Payment, *lines: str) -> None:
        self.does(payment, "allocate", parts="\n".join(lines), reason="核对属实")
        self.confirms("payment_allocation")

    def sends_back(self, payment: Payment) -> None:
        self.does(payment, "refund", reason="核对属实")
        self.confirms("unmatched_payment")
        assert Payment.objects.get(pk=payment.pk).hold_reason == HoldReason.TO_REFUND
        self.refunded(payment, payment.amount)

    def refunded(self, payment: Payment, amount: Any) -> None:
        self.pay(amount, DAY(2024, 12, 2), kind="refund", reverses_serial=payment.serial)


def desk_for(serial: int) -> Desk:
    """Return the desk with two people who owe 2025; `serial` tells theirs from another desk's."""
    people = [
        ResidentFactory(number=identity_number(serial + n), name=name)
        for n, name in enumerate((f"王桂兰{serial}", "王建国"))
    ]
    enroll(resident_ids=[each.pk for each in people], coverage_year=2025, on=OCTOBER)
    clerk, reviewer = (at_desk(staff(role, harbin())) for role in (Role.CLERK, Role.REVIEWER))
    return Desk(
        clerk, reviewer, *people, InboundBatchFactory(kind="payments", area=harbin(), as_of=DAY(2025, 12, 31))
    )


@pytest.fixture
def desk():
    load_shipped_policies()
    return desk_for(11)


def over(desk):
    paid = desk.pay(401)
    return paid, lambda: (
        desk.gives(paid, f"{desk.person.id_number} 2025 400.00", "退费 1"),
        desk.refunded(paid, 1),
    )


def double(desk):
    desk.pay(400)
    paid = desk.pay(400, DAY(2024, 10, 6))
    return paid, lambda: desk.sends_back(paid)


def for_two(desk):
    paid = desk.pay(800)
    return paid, lambda: desk.gives(
        paid, f"{desk.person.id_number} 2025 400", f"{desk.other.id_number} 2025 400"
    )


def dead(desk):
    desk.person.died_on = DAY(2024, 10, 1)
    desk.person.save()
    paid = desk.pay(400)
    return paid, lambda: desk.sends_back(paid)


def unknown(desk):
    paid = desk.pay(400, resident_id=None, id_number="1", name=desk.person.name)
    return paid, lambda: desk.gives(paid, f"{desk.person.id_number} 2025 400.00")


def unregistered(desk):
    new = ResidentFactory()
    line = row(new, OCTOBER)
    record_payments(rows=[line], area=harbin())
    paid = Payment.objects.get(serial=line.serial)

    def register():
        enroll(resident_ids=[new.pk], coverage_year=2025, on=OCTOBER)
        desk.does(paid, "retry")

    return paid, register


def wrong_year(desk):
    paid = desk.pay(400, coverage_year=2031)
    return paid, lambda: desk.gives(paid, f"{desk.person.id_number} 2025 400.00")


def too_early(desk):
    paid = desk.pay(400, DAY(2024, 8, 31))
    return paid, lambda: desk.sends_back(paid)


def too_late(desk):
    paid = desk.pay(1070, DAY(2025, 10, 1))
    return paid, lambda: desk.sends_back(paid)


def confirmed(desk):
    paid = desk.pay(1070, DAY(2025, 10, 1))
    year = ContributionPeriod.objects.get(resident=desk.person)

    def confirm():
        url = f"/admin/enrollment/contributionperiod/{year.pk}/note_confirmation/"
        desk.clerk.post(url, MEANT | {"confirmation": "本人确认当年无待遇 档案7号"})
        desk.does(paid, "retry")

    return paid, confirm


# kind: reason it is held for; states and sums at the end; what the year has got
KINDS = [
    (over, "wrong_amount", {("split", 401), ("booked", 400), ("returned", 1), ("returned", -1)}, 400),
    (double, "double", {("booked", 400), ("returned", 400), ("returned", -400)}, 400),
    (for_two, "wrong_amount", {("split", 800), ("booked", 400)}, 400),
    (dead, "dead", {("returned", 400), ("returned", -400)}, 0),
    (unknown, "unknown_person", {("booked", 400)}, 400),
    (unregistered, "not_enrolled", {("booked", 400)}, 0),
    (wrong_year, "year_not_published", {("split", 400), ("booked", 400)}, 400),
    (too_early, "before_window", {("returned", 400), ("returned", -400)}, 0),
    (too_late, "no_benefit_day", {("returned", 1070), ("returned", -1070)}, 0),
    (confirmed, "no_benefit_day", {("booked", 1070)}, 1070),
]


@pytest.mark.parametrize(("come", "reason", "ends", "paid"), KINDS, ids=[each[0].__name__ for each in KINDS])
def test_what_the_clerk_sees_and_does_to_the_fen(
    desk: Desk, come: Callable[[Desk], Any], reason: str, ends: set[Any], paid: int
):
    payment, mend = come(desk)

    listed = desk.clerk.get(HELD).content.decode()
    page = desk.clerk.get(f"{LIST}{payment.pk}/change/").content.decode()
    assert payment.hold_reason == reason
    assert payment.serial in listed
    assert WAYS[reason] in page
    assert f"待处理缴费：{HoldReason(reason).label}" in page

    mend()
    desk.clerk.get(LIST)  # what was done is said once, on the next page

    rows = Payment.objects.order_by("pk")
    assert {(each.state, each.amount) for each in rows} == ends
    booked = sum(each.amount for each in rows if each.state == "booked")
    assert booked == sum(ContributionPeriod.objects.values_list("paid", flat=True))
    assert ContributionPeriod.objects.get(resident=desk.person).paid == paid
    assert payment.serial not in desk.clerk.get(HELD).content.decode()
    assert not Case.objects.filter(kind="unmatched_payment").exclude(state__in=["closed", "decided"]).exists()


def test_paying_too_little_is_no_question_and_the_rest_closes_the_year(desk):
    desk.pay("399.99")

    kept = ContributionPeriod.objects.get(resident=desk.person)
    assert (kept.state, kept.payable - kept.paid) == ("partly_paid", Decimal("0.01"))
    assert not Case.objects.exists()
    desk.pay("0.01", DAY(2024, 12, 31))
    kept.refresh_from_db()
    assert (kept.state, kept.paid, kept.paid_on) == ("paid", 400, DAY(2024, 12, 31))


def test_paying_late_is_owed_by_the_terms_of_the_day(desk):
    desk.pay(400, DAY(2025, 7, 1))
    kept = ContributionPeriod.objects.get(resident=desk.person)
    assert (kept.state, kept.payable - kept.paid) == ("partly_paid", 670)

    desk.pay(670, DAY(2025, 7, 2))

    kept.refresh_from_db()
    assert (kept.state, kept.paid, kept.benefit_start) == ("paid", 1070, DAY(2025, 10, 2))


def test_every_reason_says_what_to_do():
    assert set(WAYS) == {reason.value for reason in HoldReason}


def test_the_list_tells_age_and_colleague_filters_by_them_and_is_taken_away(desk):
    held = [desk.pay(401), desk.pay(402)]
    desk.does(held[0], "take_up")

    listed = desk.clerk.get(HELD).content.decode()
    mine = desk.clerk.get(f"{HELD}&work=mine").content.decode()
    nobodys = desk.clerk.get(f"{HELD}&work=nobody").content.decode()
    old = desk.clerk.get(f"{HELD}&age=30").content.decode()
    reasons = desk.clerk.get(f"{HELD}&hold_reason__exact=double").content.decode()
    sheet = b"".join(desk.clerk.get(f"{LIST}export_csv/?state__exact=held").streaming_content).decode()

    assert "0 天" in listed
    assert (held[0].serial in mine, held[1].serial in mine) == (True, False)
    assert (held[0].serial in nobodys, held[1].serial in nobodys) == (False, True)
    assert not any(each.serial in page for each in held for page in (old, reasons))
    assert all(each.serial in sheet for each in held)


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ("看不懂", "第 1 行看不懂"),
        (f"{identity_number(11)} 2025 一百", "第 1 行看不懂"),
        (f"{identity_number(99)} 2025 401", "第 1 行：管辖范围内没有该证件号码的参保人"),
    ],
)
def test_lines_that_cannot_be_read_are_named_and_nothing_is_proposed(desk, parts, words):
    paid = desk.pay(401)

    answer = desk.clerk.post(f"{LIST}{paid.pk}/allocate/", MEANT | {"parts": parts, "reason": "x"})

    assert words in answer.content.decode()
    assert not Case.objects.filter(kind="payment_allocation").exists()


def test_sums_that_do_not_add_up_are_said_on_the_page(desk):
    paid = desk.pay(401)

    desk.does(paid, "allocate", parts=f"{desk.person.id_number} 400", reason="x")

    page = desk.clerk.get(f"{LIST}{paid.pk}/change/").content.decode()
    assert "各笔合计 400 元，应等于 401.00 元" in page


def test_the_work_list_costs_the_same_for_three_and_for_thirty(desk):
    def queries(count: int) -> int:
        for _ in range(count):
            desk.pay(401)
        with CaptureQueriesContext(connection) as asked:
            desk.clerk.get(HELD)
        return len(asked)

    queries(1)
    assert queries(2) == queries(27)
