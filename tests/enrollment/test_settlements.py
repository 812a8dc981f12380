"""Settling assistance with its payers: every grant once, taken back in the next month, approved by another."""

import datetime
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from enrollment.models import SettlementState
from enrollment.services.settlements import (
    SettlementRefused,
    approve_settlement,
    draw_up_settlement,
    owed_by_payer,
)
from hardship.models import AssistanceGrant
from tests.registry.factories import ResidentFactory, harbin, tangshan

pytestmark = pytest.mark.django_db
DAY = datetime.date
OCTOBER, NOVEMBER = DAY(2024, 10, 1), DAY(2024, 11, 1)


@pytest.fixture
def maker():
    return User.objects.create_user("maker")


@pytest.fixture
def second():
    return User.objects.create_user("second")


def at(*said):
    return datetime.datetime(*said, tzinfo=timezone.get_current_timezone())


def granted(frozen_at, **said):
    parts = [
        {"component": "basic", "payers": ["medical_assistance", "county"], "amount": "390.01"},
        {"component": "ltc", "payers": ["county"], "amount": "30.00"},
    ]
    facts = {
        "resident": ResidentFactory(),
        "coverage_year": 2025,
        "tier": "full",
        "tier_label": "全额资助",
        "total": Decimal("420.01"),
        "payers": parts,
        "policy_key": "130200/2025",
        "decided_on": OCTOBER,
        "frozen_at": frozen_at,
    }
    return AssistanceGrant.objects.create(**(facts | said))


def test_each_payer_owes_what_was_paid_by_the_end_of_the_month(maker):
    for moment in (at(2024, 10, 1), at(2024, 10, 31, 23, 59, 59), at(2024, 11, 1)):
        granted(moment)
    granted(None)
    granted(at(2024, 10, 5), resident=ResidentFactory(living_area=tangshan(), pooling_area=tangshan()))

    october = draw_up_settlement(area=harbin(), month=DAY(2024, 10, 20), user=maker)

    assert owed_by_payer(october) == {
        ("basic", "medical_assistance+county"): Decimal("780.02"),
        ("ltc", "county"): 60,
    }
    assert october.amount == Decimal("840.02")
    november = draw_up_settlement(area=harbin(), month=NOVEMBER, user=maker)
    assert november.amount == Decimal("420.01")


def test_what_is_taken_back_later_is_negative_in_its_month(maker, second):
    grant = granted(at(2024, 10, 5))
    october = draw_up_settlement(area=harbin(), month=OCTOBER, user=maker)
    approve_settlement(settlement=october, user=second)
    grant.reversed_at = at(2024, 11, 9)
    grant.save()

    november = draw_up_settlement(area=harbin(), month=NOVEMBER, user=maker)
    december = draw_up_settlement(area=harbin(), month=DAY(2024, 12, 1), user=maker)

    october.refresh_from_db()
    assert (october.amount, november.amount, december.amount) == (Decimal("420.01"), Decimal("-420.01"), 0)


def test_a_premium_taken_back_and_paid_again_is_owed_again(maker):
    grant = granted(at(2024, 10, 5))
    draw_up_settlement(area=harbin(), month=OCTOBER, user=maker)
    grant.frozen_at = None
    grant.save()
    november = draw_up_settlement(area=harbin(), month=NOVEMBER, user=maker)
    grant.frozen_at = at(2024, 12, 3)
    grant.save()

    december = draw_up_settlement(area=harbin(), month=DAY(2024, 12, 1), user=maker)

    assert (november.amount, december.amount) == (Decimal("-420.01"), Decimal("420.01"))


def test_a_draft_is_drawn_up_anew_without_doubling(maker):
    granted(at(2024, 10, 5))
    first = draw_up_settlement(area=harbin(), month=OCTOBER, user=maker)
    granted(at(2024, 10, 6))

    again = draw_up_settlement(area=harbin(), month=OCTOBER, user=maker)

    assert (again.pk, again.amount) == (first.pk, Decimal("840.02"))


def test_another_person_approves_and_then_nothing_moves(maker, second):
    granted(at(2024, 10, 5))
    october = draw_up_settlement(area=harbin(), month=OCTOBER, user=maker)

    with pytest.raises(SettlementRefused):
        approve_settlement(settlement=october, user=maker)
    approved = approve_settlement(settlement=october, user=second)

    assert approved.state == SettlementState.APPROVED
    for step in (
        lambda: approve_settlement(settlement=october, user=second),
        lambda: draw_up_settlement(area=harbin(), month=OCTOBER, user=maker),
        lambda: draw_up_settlement(area=harbin(), month=DAY(2024, 9, 1), user=maker),
    ):
        with pytest.raises(SettlementRefused):
            step()


def test_a_month_that_is_not_over_is_not_settled(maker):
    with pytest.raises(SettlementRefused):
        draw_up_settlement(area=harbin(), month=timezone.localdate(), user=maker)


@pytest.mark.parametrize("total", ["420.02", "420.00"])
def test_parts_that_do_not_add_up_are_refused(maker, total):
    granted(at(2024, 10, 5), total=Decimal(total))

    with pytest.raises(SettlementRefused):
        draw_up_settlement(area=harbin(), month=OCTOBER, user=maker)


def test_a_grant_without_a_payer_is_not_lost(maker):
    granted(at(2024, 10, 5), payers=[])

    with pytest.raises(SettlementRefused):
        draw_up_settlement(area=harbin(), month=OCTOBER, user=maker)


def test_a_draft_whose_row_another_areas_settlement_took_back_stays(maker):
    grant = granted(at(2024, 10, 5))
    county = draw_up_settlement(area=grant.resident.living_area, month=OCTOBER, user=maker)
    grant.reversed_at = at(2024, 11, 9)
    grant.save()
    city = grant.resident.living_area.parent
    taken = draw_up_settlement(area=city, month=NOVEMBER, user=maker)

    with pytest.raises(SettlementRefused):
        draw_up_settlement(area=county.area, month=OCTOBER, user=maker)
    assert taken.amount == Decimal("-420.01")
