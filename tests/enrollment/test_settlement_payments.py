"""What payers paid of settlements: once a document, never more than open, taken back by a row with its reason."""

import datetime
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enrollment.models import SettlementPayment
from enrollment.services.settlement_payments import (
    NewSettlementPayment,
    SettlementPaymentConflict,
    SettlementPaymentRefused,
    owed_lines,
    record_settlement_payment,
    reverse_settlement_payment,
    settlement_standing,
)
from enrollment.services.settlements import approve_settlement, draw_up_settlement
from hardship.models import AssistanceGrant
from tests.enrollment.test_settlements import DAY, OCTOBER, at, granted
from tests.registry.factories import harbin, tangshan

pytestmark = pytest.mark.django_db
JOINT = "medical_assistance_fund+county"


@pytest.fixture
def maker():
    return User.objects.create_user("maker")


def parts(fund="390.01", care="30.00"):
    return [
        {"component": "basic", "payers": ["medical_assistance_fund", "county"], "amount": fund},
        {"component": "ltc", "payers": ["county"], "amount": care},
    ]


@pytest.fixture
def settled(maker):
    granted(at(2024, 10, 5), payers=parts())
    return approved(maker)


def approved(maker, month=OCTOBER):
    made = draw_up_settlement(area=harbin(), month=month, user=maker)
    second, _ = User.objects.get_or_create(username="second")
    return approve_settlement(settlement=made, user=second)


def said(amount, **more):
    facts = {
        "component": "basic",
        "payers": JOINT,
        "payer": "medical_assistance_fund",
        "amount": Decimal(amount),
        "paid_on": DAY(2024, 11, 20),
        "document": "哈医救〔2024〕1号",
    }
    return NewSettlementPayment(**(facts | more))


def rests(settlement):
    return {(line.component, line.payers): line.rest for line in owed_lines([settlement])}


def test_what_is_open_goes_down_by_what_each_payer_paid(settled, maker):
    record_settlement_payment(settlement=settled, payment=said(300), user=maker)
    record_settlement_payment(settlement=settled, payment=said("90.01", payer="county"), user=maker)

    assert rests(settled) == {("basic", JOINT): 0, ("ltc", "county"): 30}
    (basic, care) = settlement_standing(area=harbin(), year=2024)
    assert (basic.owed, basic.paid, care.rest) == (Decimal("390.01"), Decimal("390.01"), 30)
    assert settlement_standing(area=tangshan(), year=2024) == []
    assert settlement_standing(area=harbin(), year=2025) == []


def test_the_same_document_is_recorded_once(settled, maker):
    first = record_settlement_payment(settlement=settled, payment=said(300), user=maker)

    assert record_settlement_payment(settlement=settled, payment=said(300), user=maker) == first
    with pytest.raises(SettlementPaymentConflict):
        record_settlement_payment(settlement=settled, payment=said(301), user=maker)
    assert SettlementPayment.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": Decimal("390.02")},
        {"amount": Decimal(-1)},
        {"amount": Decimal(0)},
        {"payer": "family_planning_fund"},
        {"payers": "county"},
        {"document": " "},
        {"paid_on": datetime.date.max},
    ],
)
def test_what_nobody_owes_is_refused(settled, maker, wrong):
    payment = said(**({"amount": 1} | wrong))

    with pytest.raises(SettlementPaymentRefused):
        record_settlement_payment(settlement=settled, payment=payment, user=maker)
    assert not SettlementPayment.objects.exists()


def test_a_draft_is_not_paid(maker):
    granted(at(2024, 10, 5), payers=parts())
    draft = draw_up_settlement(area=harbin(), month=OCTOBER, user=maker)

    with pytest.raises(SettlementPaymentRefused):
        record_settlement_payment(settlement=draft, payment=said(1), user=maker)


def test_a_wrong_payment_is_taken_back_once_with_its_reason_and_recorded_anew(settled, maker):
    wrong = record_settlement_payment(settlement=settled, payment=said(300), user=maker)
    for on, reason in ((DAY(2024, 11, 19), "有误"), (DAY(2024, 11, 20), " "), (datetime.date.max, "有误")):
        with pytest.raises(SettlementPaymentRefused):
            reverse_settlement_payment(payment=wrong, on=on, reason=reason, user=maker)

    back = reverse_settlement_payment(payment=wrong, on=DAY(2024, 11, 20), reason="金额有误", user=maker)
    right = record_settlement_payment(settlement=settled, payment=said(200), user=maker)

    assert (back.amount, back.reason, right.entry) == (-300, "金额有误", 2)
    assert rests(settled)["basic", JOINT] == Decimal("190.01")
    for row in (wrong, back):
        with pytest.raises(SettlementPaymentRefused):
            reverse_settlement_payment(payment=row, on=DAY(2024, 11, 20), reason="再冲", user=maker)


def test_a_month_that_takes_back_more_than_it_owes_is_paid_back(settled, maker):
    grant = AssistanceGrant.objects.get()
    grant.reversed_at = at(2024, 11, 9)
    grant.save()
    november = approved(maker, DAY(2024, 11, 1))

    record_settlement_payment(settlement=november, payment=said("-390.01"), user=maker)

    assert rests(november) == {("basic", JOINT): 0, ("ltc", "county"): -30}


def test_standing_costs_the_same_for_many_months(settled, maker):
    with CaptureQueriesContext(connection) as one:
        settlement_standing(area=harbin(), year=2024)
    for month in (11, 12):
        granted(at(2024, month, 5), payers=parts())
        approved(maker, DAY(2024, month, 1))
    with CaptureQueriesContext(connection) as three:
        assert len(settlement_standing(area=harbin(), year=2024)) == 6

    assert len(three) == len(one)


fen = st.integers(1, 50_000).map(lambda amount: Decimal(amount) / 100)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(grants=st.lists(st.tuples(fen, fen), min_size=1, max_size=6))
def test_what_payers_owe_adds_up_to_the_grants(maker, grants):
    with transaction.atomic():
        for fund, care in grants:
            granted(at(2024, 10, 5), payers=parts(str(fund), str(care)), total=fund + care)

        made = draw_up_settlement(area=harbin(), month=OCTOBER, user=maker)

        lines = owed_lines([made])
        assert sum(line.owed for line in lines) == made.amount == sum(fund + care for fund, care in grants)
        assert {line.payers for line in lines} == {JOINT, "county"}
        transaction.set_rollback(True)
