"""A premium given back after claims of its year: the case says so, and two people decide with that in sight."""

import datetime

import pytest

from benefits.services.settle import settle_claims
from benefits.services.void import void_claim
from casework.services import CaseOutdated, confirm_case
from enrollment.models import Balance
from enrollment.services.refunds import NewRefund, propose_refund
from registry.services import record_death
from tests.benefits.factories import bill, hospital, law
from tests.enrollment.test_refunds import asked, confirmed, paid
from tests.registry.factories import UserFactory

pytestmark = pytest.mark.django_db
DAY = datetime.date


@pytest.fixture
def year(db):
    law()
    hospital()
    return paid()


def settled(year, number="A1"):
    (result,) = settle_claims(claims=[bill(year.resident, number, 10_000)], user=None)
    return result


def test_claims_of_the_year_stand_on_the_case_and_leave_the_choice_to_people(year):
    settled(year)

    case = asked(year)

    claim = year.resident.claims.get()
    total = claim.basic_paid + claim.critical_illness_paid + claim.assistance_paid
    assert f"该年度已结算费用 1 单、三重制度共支付 {total} 元（最近一单 2025-03-10）" in case.reason
    assert {figure.verdict for figure in case.figures.all()} == {"asks"}
    assert case.clause == "医保发〔2020〕33号 关于退费的规定"
    confirmed(case)
    assert Balance.objects.get().amount == 400


def test_a_year_nothing_was_had_of_is_given_back_by_the_rule(year):
    case = asked(year)

    assert "已结算费用" not in case.reason
    assert {figure.verdict for figure in case.figures.all()} == {"changed"}


def test_a_claim_settled_since_refuses_the_confirmation(year):
    case = asked(year)
    settled(year)

    with pytest.raises(CaseOutdated):
        confirm_case(case=case, user=UserFactory())
    assert not Balance.objects.exists()


def test_a_reversed_claim_counts_no_more(year):
    settled(year)
    void_claim(claim=year.resident.claims.get(), reason="录入有误", user=UserFactory())

    assert "已结算费用" not in asked(year).reason


def test_of_a_death_too_the_case_says_what_was_had(year):
    settled(year)
    record_death(resident=year.resident, died_on=DAY(2025, 4, 1), reason="test")
    year.refresh_from_db()
    refund = NewRefund(reason="death", on=DAY(2025, 5, 1), evidence="死亡证明", words="家属申请")

    case = propose_refund(contribution=year, refund=refund, user=UserFactory())

    assert "已结算费用 1 单" in case.reason
