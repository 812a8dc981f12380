"""A year that is given back is given back once, to the fen: nothing else moves it until the money has gone."""

import datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from casework.models import Case
from casework.services import CaseOutdated, confirm_case
from enrollment.models import Balance, ContributionPeriod
from enrollment.services.balances import RefundUnderWay, square_balance
from enrollment.services.cover_elsewhere import Followed, follow_cover
from enrollment.services.enroll import buy_back, enroll, requote
from enrollment.services.follow_changes import Requoted, requote_open
from enrollment.services.follow_identities import _said, follow_identities
from enrollment.services.grant_corrections import propose_grant_correction
from enrollment.services.payments import record_payments
from enrollment.services.refund_figures import RefundRefused
from enrollment.services.refunds import NewRefund, propose_refund
from policy.admin.reasons import reason_text
from tests.enrollment.factories import row
from tests.enrollment.test_late_identities import held
from tests.registry.factories import ResidentFactory, UserFactory, harbin

pytestmark = pytest.mark.usefixtures("law")
DAY = datetime.date
ON, AIDED, BACK = DAY(2024, 10, 8), DAY(2024, 11, 10), DAY(2024, 11, 20)


def paid(amount: int = 200, *, serial: str = "P1") -> ContributionPeriod:
    """Return a year of which so much of 400 is paid."""
    person = ResidentFactory()
    enroll(resident_ids=[person.pk], coverage_year=2025, on=ON)
    record_payments(rows=[row(person, ON, serial=serial, amount=Decimal(amount))], area=harbin())
    return ContributionPeriod.objects.get(resident=person)


def asked(year, reason: str = "duplicate") -> Case:
    new = NewRefund(reason=reason, on=DAY(2024, 11, 1), evidence="退申1号", words="本人申请")
    return propose_refund(contribution=year, refund=new, user=UserFactory())


def refunded(year) -> Case:
    return confirm_case(case=asked(year), user=UserFactory())


def aided(year) -> Requoted:
    """Let 低保 lower what is due to 160, and quote anew who has not paid; return how many were, or were left alone."""
    held(year.resident, DAY(2024, 11, 5))
    return requote_open(resident_ids=[year.resident_id], day=AIDED)


def came(person, amount: int, *, serial: str = "", kind: str = "refund", of: str = "P1"):
    said = {"serial": serial} if serial else {}
    back = {} if kind == "payment" else {"reverses_serial": of}
    line = row(person, BACK, kind=kind, amount=Decimal(amount), **said, **back)
    (outcome,) = record_payments(rows=[line], area=harbin())
    return outcome


def balances() -> list[tuple]:
    return list(Balance.objects.order_by("pk").values_list("kind", "amount", "is_premium", "state"))


def stands() -> tuple:
    year = ContributionPeriod.objects.select_related("enrollment").get()
    return year.state, year.paid, year.enrollment.status


def test_news_leaves_a_year_alone_that_is_given_back():
    year = paid()
    case = refunded(year)

    assert aided(year) == (0, 1)
    assert requote_open(resident_ids=[year.resident_id], day=AIDED) == (0, 1)

    (told,) = case.events.filter(kind="commented")  # the case says so, once
    assert "退费已决定，税务退费流水到达前不重新核定" in told.text
    assert balances() == [("refund", 200, True, "open")]
    assert came(year.resident, 200).outcome == "booked"
    assert balances() == [("refund", 200, True, "squared")]
    assert stands() == ("reversed", 0, "withdrawn")


def test_the_nightly_look_and_the_counter_say_how_many_were_left_alone():
    year, start = paid(), timezone.now()
    refunded(year)
    held(year.resident, DAY(2024, 11, 5))

    counts = follow_identities(since=start, until=timezone.now(), day=AIDED)

    assert (counts["requoted"], counts["under_refund"]) == (0, 1)
    assert _said(counts).startswith("重新核定 0，退费在办未重新核定 1")
    assert follow_cover([year.resident_id], user=None).said == ""  # of no year of these days
    assert "退费在办，未重新核定" in Followed(0, 0, requoted=0, under_refund=1).said


def test_the_counter_is_told_why_it_is_not_quoted_anew():
    year = paid()
    refunded(year)
    held(year.resident, DAY(2024, 11, 5))

    with pytest.raises(RefundUnderWay, match="退费已决定，待税务退费流水到达，其间不能重新核定"):
        requote(resident_ids=[year.resident_id], coverage_year=2025, day=AIDED, user=UserFactory())
    with pytest.raises(RefundUnderWay):
        buy_back(resident_id=year.resident_id, coverage_year=2025, months=0, day=AIDED)

    assert balances() == [("refund", 200, True, "open")]
    assert stands() == ("partly_paid", 200, "active")


def test_no_other_grant_comes_to_a_paid_year_that_is_given_back():
    year = paid(400)
    refunded(year)
    held(year.resident, DAY(2024, 10, 1))
    case = propose_grant_correction(contribution=year, evidence="民发1号", reason="低保", user=UserFactory())

    with pytest.raises(RefundUnderWay):
        confirm_case(case=case, user=UserFactory())

    assert balances() == [("refund", 400, True, "open")]


def test_a_refund_takes_over_what_was_paid_too_much():
    year = paid()
    assert aided(year).anew == 1
    assert balances() == [("refund", 40, False, "open")]
    year.refresh_from_db()
    case = asked(year)
    assert list(case.figures.order_by("position").values_list("label", "old", "new"))[:3] == [
        ("2025 年度个人实缴", 200, 0),
        ("应退本人", None, 200),
        ("原列“应退应补”的应退，并入上项不另退", 40, 0),
    ]

    confirm_case(case=case, user=UserFactory())

    assert balances() == [("refund", 40, False, "cancelled"), ("refund", 200, True, "open")]
    excess = Balance.objects.get(amount=40)
    assert reason_text(excess.history.latest().history_change_reason) == "应退应补取消：并入退费"
    assert came(year.resident, 200).outcome == "booked"
    assert balances()[1] == ("refund", 200, True, "squared")
    assert stands() == ("reversed", 0, "withdrawn")


def test_what_went_by_a_document_does_not_go_again():
    year = paid()
    aided(year)
    year.refresh_from_db()
    case = asked(year)
    square_balance(balance=Balance.objects.get(), on=AIDED, document="银付1号", user=UserFactory())

    with pytest.raises((CaseOutdated, RefundRefused)):
        confirm_case(case=case, user=UserFactory())
    other = paid(serial="P2")
    aided(other)
    other.refresh_from_db()
    square_balance(
        balance=Balance.objects.get(contribution=other), on=AIDED, document="银付2号", user=UserFactory()
    )
    with pytest.raises(RefundRefused, match="已另行退付"):
        confirm_case(case=asked(other, "overpaid"), user=UserFactory())

    assert [each[1:] for each in balances()] == [(40, False, "squared")] * 2


def test_money_for_a_year_that_is_given_back_waits():
    year = paid(100)
    refunded(year)

    rest = came(year.resident, 300, kind="payment", serial="P2")

    assert (rest.outcome, rest.code) == ("held", "refund_under_way")
    assert rest.message == "该年度退费已决定，待税务退费流水到达，其间不能缴费、冲正"
    assert stands() == ("partly_paid", 100, "active")
    assert came(year.resident, 100).outcome == "booked"
    assert stands() == ("reversed", 0, "withdrawn")


@pytest.mark.parametrize("amount", [200, 400])
def test_parts_add_up_to_what_was_decided(amount: int):
    year = paid(amount)
    refunded(year)

    assert came(year.resident, 100).outcome == "booked"
    assert balances() == [("refund", amount, True, "open")]
    assert stands() == ("partly_paid", amount - 100, "active")
    assert aided(year).anew == 0
    assert came(year.resident, amount).code == "exceeds_original"
    assert came(year.resident, amount - 100, serial="LAST").outcome == "booked"

    assert balances() == [("refund", amount, True, "squared")]
    assert Balance.objects.get().payment.serial == "LAST"
    assert stands() == ("reversed", 0, "withdrawn")


def test_a_refund_of_a_part_paid_year_nobody_decided_waits_until_somebody_has():
    year = paid()

    early = came(year.resident, 200)

    assert (early.outcome, early.code) == ("held", "refund_not_decided")
    assert stands() == ("partly_paid", 200, "active")
    refunded(year)
    assert balances() == [("refund", 200, True, "squared")]
    assert stands() == ("reversed", 0, "withdrawn")
