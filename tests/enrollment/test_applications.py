"""Applications for the subsidy: everybody asked for once, taken back in the next, frozen, signed by another."""

import datetime
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enrollment.models import (
    ApplicationRow,
    ApplicationState,
    ContributionPeriod,
    SubsidyApplication,
    SubsidyShare,
)
from enrollment.services.applications import (
    ApplicationNotOpen,
    ApplicationOutdated,
    ApplicationReasonMissing,
    Claim,
    LaterApplication,
    NothingToApply,
    NotYourSignature,
    draw_up,
    return_application,
    sign,
    submit,
    take_back,
)
from enrollment.services.enroll import enroll
from enrollment.services.payments import record_payments
from registry.models import Role, StaffScope
from tests.enrollment.factories import classed, row
from tests.hardship.factories import RecognitionFactory
from tests.registry.factories import ResidentFactory, harbin, tangshan

pytestmark = pytest.mark.usefixtures("law")
DAY = datetime.date


@pytest.fixture
def maker():
    return User.objects.create_user("maker")


@pytest.fixture
def finance():
    user = User.objects.create_user("finance")
    StaffScope.objects.create(user=user, area=harbin(), role=Role.FINANCE)
    return user


def pay(person, amount=400, paid_on=DAY(2024, 10, 5), **said):  # noqa: B008
    enroll(resident_ids=[person.pk], coverage_year=2025, on=paid_on)
    paid = row(person, paid_on, amount=Decimal(amount), **said)
    (outcome,) = record_payments(rows=[paid])
    assert outcome.outcome == "booked"
    return paid


def reverse(paid, on=DAY(2024, 11, 20)):  # noqa: B008
    back = row(
        ResidentFactory.build(pk=paid.resident_id), on, amount=-paid.amount, kind="reversal",
        reverses_serial=paid.serial,
    )  # fmt: skip
    (outcome,) = record_payments(rows=[back])
    assert outcome.outcome == "booked", outcome


def central(year=2024, area=None):
    return Claim(area=area or harbin(), year=year, level="central")


def lines(application):
    return [
        (line.fiscal_class, line.fiscal_year, line.standard, line.is_taken_back, line.people, line.amount)
        for line in application.lines.order_by("pk")
    ]


def asked(maker, claim=None):
    return submit(application=draw_up(claim=claim or central(), user=maker), user=maker)


def test_everybody_paid_is_asked_for_once(maker):
    classed(harbin(), "equalised")
    pay(ResidentFactory())
    pay(ResidentFactory())

    first = asked(maker)

    assert lines(first) == [("equalised", 2024, 402, False, 2, 804)]
    assert (first.people, first.amount) == (2, 804)
    with pytest.raises(NothingToApply):
        draw_up(claim=central(), user=maker)
    assert SubsidyApplication.objects.count() == 1

    pay(ResidentFactory())
    assert lines(asked(maker)) == [("equalised", 2024, 402, False, 1, 402)]


def test_a_draft_drawn_up_again_holds_who_paid_since(maker):
    classed(harbin(), "equalised")
    pay(ResidentFactory())
    draft = draw_up(claim=central(), user=maker)
    pay(ResidentFactory())

    again = draw_up(claim=central(), user=maker)

    assert again.pk == draft.pk
    assert (again.people, again.amount) == (2, 804)
    assert ApplicationRow.objects.filter(is_open=True).count() == 2


def test_what_is_asked_next_year_stands_apart_in_that_year(maker):
    classed(harbin(), "equalised")
    target = RecognitionFactory(valid_from=DAY(2025, 8, 10)).resident
    pay(target, 160, DAY(2025, 8, 15))
    later = SubsidyShare.objects.filter(level="central").values_list("fiscal_year", "claim_year").get()

    with pytest.raises(NothingToApply):
        draw_up(claim=central(later[0]), user=maker)
    application = draw_up(claim=central(later[1]), user=maker)

    assert [(line.fiscal_year, line.amount) for line in application.lines.all()] == [(later[0], 402)]


def test_long_term_care_is_asked_for_apart(maker):
    classed(tangshan(), "city_county")
    pay(ResidentFactory(living_area=tangshan(), pooling_area=tangshan()), 430)
    level = SubsidyShare.objects.filter(component="ltc").values_list("level", flat=True).first()
    if level is None:  # the notice does not say which level pays it
        contribution = ContributionPeriod.objects.get()
        SubsidyShare.objects.create(
            contribution=contribution, fiscal_year=2024, component="ltc", level="county", amount=40
        )

    care = Claim(area=tangshan(), year=2024, level=level or "county", component="ltc")
    basic = Claim(area=tangshan(), year=2024, level="county")

    assert lines(draw_up(claim=care, user=maker)) == [("", 2024, 40, False, 1, 40)]
    assert lines(draw_up(claim=basic, user=maker)) == [("city_county", 2024, 134, False, 1, 134)]


def test_premiums_taken_back_afterwards_are_negative_rows_of_the_next(maker):
    classed(harbin(), "equalised")
    paid = pay(ResidentFactory())
    first = asked(maker)
    reverse(paid)

    second = asked(maker)

    assert lines(first) == [("equalised", 2024, 402, False, 1, 402)]
    assert lines(second) == [("equalised", 2024, 402, True, -1, -402)]
    assert (second.people, second.amount) == (-1, -402)
    with pytest.raises(NothingToApply):
        draw_up(claim=central(), user=maker)


def test_a_draft_with_somebody_whose_premium_was_taken_back_is_not_submitted(maker):
    classed(harbin(), "equalised")
    paid = pay(ResidentFactory())
    pay(ResidentFactory())
    draft = draw_up(claim=central(), user=maker)
    reverse(paid)

    with pytest.raises(ApplicationOutdated):
        submit(application=draft, user=maker)
    again = asked(maker)

    assert (again.pk, again.people, again.amount) == (draft.pk, 1, 402)


def test_a_share_of_another_amount_is_taken_back_and_asked_for_anew(maker):
    classed(harbin(), "equalised")
    pay(ResidentFactory())
    asked(maker)
    SubsidyShare.objects.filter(level="central").update(amount=Decimal("390.01"))

    assert lines(asked(maker)) == [
        ("equalised", 2024, Decimal("390.01"), False, 1, Decimal("390.01")),
        ("equalised", 2024, 402, True, -1, -402),
    ]


def test_finance_signs_and_nobody_signs_their_own(maker, finance):
    classed(harbin(), "equalised")
    pay(ResidentFactory())
    application = asked(maker)
    StaffScope.objects.create(user=maker, area=harbin(), role=Role.FINANCE)
    stranger = User.objects.create_user("stranger")

    for somebody in (maker, stranger):
        with pytest.raises(NotYourSignature):
            sign(application=application, user=somebody)
    signed = sign(application=application, user=finance)

    assert (signed.state, signed.decided_by) == (ApplicationState.SIGNED, finance)
    for step in (
        lambda: sign(application=signed, user=finance),
        lambda: submit(application=signed, user=maker),
    ):
        with pytest.raises(ApplicationNotOpen):
            step()
    with pytest.raises(ApplicationNotOpen):
        take_back(application=signed, reason="错", user=maker)


def test_a_returned_application_stays_and_its_people_are_asked_for_again(maker, finance):
    classed(harbin(), "equalised")
    pay(ResidentFactory())
    application = asked(maker)

    with pytest.raises(ApplicationReasonMissing):
        return_application(application=application, reason=" ", user=finance)
    returned = return_application(application=application, reason="口径不符", user=finance)
    again = asked(maker)

    assert (returned.state, returned.reason) == (ApplicationState.RETURNED, "口径不符")
    assert lines(returned) == lines(again) == [("equalised", 2024, 402, False, 1, 402)]
    reasons = returned.history.order_by("pk").values_list("history_change_reason", flat=True)
    assert list(reasons)[-1] == "return subsidy application"


def test_taking_a_reversal_back_lets_the_first_row_stand_again(maker):
    classed(harbin(), "equalised")
    paid = pay(ResidentFactory())
    asked(maker)
    reverse(paid)
    second = asked(maker)

    take_back(application=second, reason="重新编制", user=maker)

    assert ApplicationRow.objects.filter(is_open=True).count() == 1
    assert lines(asked(maker)) == [("equalised", 2024, 402, True, -1, -402)]


def test_a_reversal_is_not_taken_back_once_the_share_is_asked_for_again(maker):
    classed(harbin(), "equalised")
    person = ResidentFactory()
    paid = pay(person)
    asked(maker)
    reverse(paid)
    second = asked(maker)
    record_payments(rows=[row(person, DAY(2024, 12, 1))])
    third = asked(maker)

    with pytest.raises(LaterApplication):
        take_back(application=second, reason="重新编制", user=maker)
    take_back(application=third, reason="重新编制", user=maker)
    take_back(application=second, reason="重新编制", user=maker)

    with pytest.raises(NothingToApply):  # the first application holds the share that is owed again
        draw_up(claim=central(), user=maker)


def test_many_people_cost_the_same_queries(maker):
    classed(harbin(), "equalised")
    pay(ResidentFactory())
    with CaptureQueriesContext(connection) as one:
        asked(maker)
    for _ in range(3):
        pay(ResidentFactory())
    with CaptureQueriesContext(connection) as three:
        asked(maker)

    assert len(three) == len(one)
