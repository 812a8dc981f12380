"""Settling assistance with its payers: every grant once, taken back in the next month, approved by another."""

import datetime
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from enrollment.models import ContributionPeriod, SettlementState
from enrollment.services.enroll import enroll
from enrollment.services.payments import record_payments
from enrollment.services.settlement_payments import owed_lines
from enrollment.services.settlements import (
    SettlementRefused,
    approve_settlement,
    draw_up_settlement,
    late_sum,
)
from hardship.models import AssistanceGrant
from tests.enrollment.factories import InsuredFactory, row
from tests.hardship.factories import RecognitionFactory
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

    assert {(each.component, each.payers): each.owed for each in owed_lines([october])} == {
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


def paid_year(person, paid_on=DAY(2024, 10, 5), amount="400"):  # noqa: B008
    """Pay a year today for a day in the past, with a grant that goes with it."""
    contribution = InsuredFactory(year=2025, resident=person, paid_on=paid_on)
    contribution.grant = granted(timezone.now(), resident=person)
    contribution.save()
    return contribution


def test_the_month_is_that_of_the_day_paid_however_late_it_was_recorded(maker):
    paid_year(ResidentFactory(), DAY(2024, 10, 31))
    paid_year(ResidentFactory(), NOVEMBER)

    october = draw_up_settlement(area=harbin(), month=OCTOBER, user=maker)
    november = draw_up_settlement(area=harbin(), month=NOVEMBER, user=maker)

    assert (october.amount, november.amount) == (Decimal("420.01"), Decimal("420.01"))
    assert set(october.rows.values_list("owed_on", flat=True)) == {DAY(2024, 10, 31)}
    assert late_sum(november).rows == 0


def test_what_comes_to_light_after_its_month_was_approved_is_of_the_next_with_its_own_day(maker, second):
    october = draw_up_settlement(area=harbin(), month=OCTOBER, user=maker)
    approve_settlement(settlement=october, user=second)
    paid_year(ResidentFactory(), DAY(2024, 10, 5))

    november = draw_up_settlement(area=harbin(), month=NOVEMBER, user=maker)

    late = late_sum(november)
    assert (late.rows, late.amount) == (2, Decimal("420.01"))
    assert set(november.rows.values_list("owed_on", flat=True)) == {DAY(2024, 10, 5)}


def test_aid_decided_after_the_payment_is_owed_on_the_day_of_the_decision(maker):
    grant = paid_year(ResidentFactory(), DAY(2024, 10, 5)).grant
    grant.is_after_payment, grant.decided_on = True, DAY(2024, 11, 3)
    grant.save()

    october = draw_up_settlement(area=harbin(), month=OCTOBER, user=maker)
    november = draw_up_settlement(area=harbin(), month=NOVEMBER, user=maker)

    assert (october.amount, november.amount) == (0, Decimal("420.01"))


@pytest.mark.usefixtures("law")
def test_a_premium_reversed_in_november_is_taken_back_in_november_though_both_were_read_today(maker):
    person = RecognitionFactory(valid_from=DAY(2024, 1, 1)).resident
    enroll(resident_ids=[person.pk], coverage_year=2025, on=DAY(2024, 10, 5))
    contribution = ContributionPeriod.objects.get(resident=person)
    paid = row(person, DAY(2024, 10, 5), amount=contribution.payable)
    back = row(
        person, DAY(2024, 11, 20), amount=-contribution.payable, kind="reversal", reverses_serial=paid.serial
    )
    booked = record_payments(rows=[paid]) + record_payments(rows=[back])

    months = [draw_up_settlement(area=harbin(), month=DAY(2024, nth, 1), user=maker) for nth in (10, 11, 12)]

    assert [each.outcome for each in booked] == ["booked", "booked"]
    assert months[0].amount > 0
    assert [each.amount for each in months] == [months[0].amount, -months[0].amount, 0]
    assert months[1].rows.get().owed_on == DAY(2024, 11, 20)


def test_many_people_cost_the_same_statements(maker):
    granted(at(2024, 10, 5))
    draw_up_settlement(area=harbin(), month=DAY(2024, 9, 1), user=maker)
    with CaptureQueriesContext(connection) as one:
        draw_up_settlement(area=harbin(), month=OCTOBER, user=maker)
    for day in (6, 7, 8):
        granted(at(2024, 11, day))
    with CaptureQueriesContext(connection) as three:
        draw_up_settlement(area=harbin(), month=NOVEMBER, user=maker)

    assert len(three) == len(one)
