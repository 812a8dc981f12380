"""Whoever has nothing to pay is insured without a payment, as of the day that left nothing; every night, once."""

import datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from enrollment.models import ContributionPeriod, SubsidyShare
from enrollment.selectors import entitlement_on
from enrollment.services.enroll import enroll, requote
from enrollment.services.payments import record_payments
from enrollment.services.settle_assisted import settle_nothing_due
from enrollment.services.supports import Offer, give_support
from enrollment.tasks import close_years_with_nothing_due
from hardship.models import AssistanceGrant
from policy.admin.reasons import reason_text
from registry.services import record_death
from tests.enrollment.factories import classed, row
from tests.hardship.factories import RecognitionFactory
from tests.registry.factories import ResidentFactory, harbin, tangshan

pytestmark = pytest.mark.usefixtures("law")
DAY = datetime.date
ON, NIGHT = DAY(2024, 10, 8), DAY(2024, 10, 9)


def assisted(on=ON, *, of="extreme_hardship", **more):
    """Return the contribution of somebody registered on a day who holds an identity; 特困 leaves nothing to pay."""
    person = RecognitionFactory(of=of, **more).resident
    enroll(resident_ids=[person.pk], coverage_year=2025, on=on)
    return ContributionPeriod.objects.get(resident=person)


def in_tangshan(of):
    """Return the contribution of somebody in Tangshan: 430 due, of 特困 all assisted (case 27), of 低保 390."""
    place = tangshan()
    return assisted(
        of=of,
        resident__living_area=place,
        resident__pooling_area=place,
        resident__hukou_area=place,
    )


def test_the_night_insures_whoever_has_nothing_to_pay():
    classed(harbin(), "equalised")
    kept, other = assisted(), assisted(of="subsistence_allowance")

    assert (settle_nothing_due(today=NIGHT), settle_nothing_due(today=NIGHT)) == (1, 0)

    kept.refresh_from_db()
    other.refresh_from_db()
    assert (kept.state, kept.paid, kept.paid_on, kept.benefit_start) == ("paid", 0, ON, DAY(2025, 1, 1))
    assert AssistanceGrant.objects.get(resident=kept.resident).frozen_at is not None
    assert sum(SubsidyShare.objects.filter(contribution=kept).values_list("amount", flat=True)) == 670
    assert (other.state, other.payable) == ("quoted", 160)
    last = kept.history.latest()
    assert reason_text(last.history_change_reason) == "个人无须缴费，参保办结 230100/2025"
    assert entitlement_on(resident_id=kept.resident_id, day=DAY(2025, 2, 1)).covered
    assert not kept.payments.exists()


def test_aid_and_a_village_together_leave_nothing_to_pay():
    full, helped = in_tangshan("extreme_hardship"), in_tangshan("subsistence_allowance")
    given_on = DAY(2024, 11, 5)
    offer = Offer(
        giver="柳树村", offered=Decimal(100), given_on=given_on
    )  # case 40: 390 and 40 of the village's 100
    give_support(resident=helped.resident, coverage_year=2025, offer=offer)

    assert settle_nothing_due(today=DAY(2024, 11, 4)) == 1
    assert settle_nothing_due(today=given_on) == 1

    for year, figures in ((full, (430, 0, 0, ON)), (helped, (390, 40, 0, given_on))):
        year.refresh_from_db()
        assert (year.assisted, year.supported, year.payable, year.paid_on) == figures
        assert year.state == "paid"


def test_a_night_missed_costs_nobody_a_day_of_benefits():
    late = assisted(on=DAY(2025, 1, 10))

    assert settle_nothing_due(today=DAY(2025, 4, 1)) == 1

    late.refresh_from_db()
    assert (late.paid_on, late.benefit_start) == (DAY(2025, 1, 10), DAY(2025, 1, 11))


def test_what_holds_from_a_day_to_come_waits_for_it():
    waiting = assisted()

    assert settle_nothing_due(today=ON - datetime.timedelta(days=1)) == 0
    waiting.refresh_from_db()
    assert waiting.state == "quoted"
    assert settle_nothing_due(today=ON) == 1


def test_a_new_identity_leaves_nothing_from_the_day_it_was_quoted_for():
    person = ResidentFactory()
    enroll(resident_ids=[person.pk], coverage_year=2025, on=ON)
    RecognitionFactory(resident=person, of="extreme_hardship", valid_from=DAY(2024, 11, 1))
    requote(resident_ids=[person.pk], coverage_year=2025, day=DAY(2024, 11, 2))

    assert settle_nothing_due(today=DAY(2024, 11, 3)) == 1
    assert ContributionPeriod.objects.get().paid_on == DAY(2024, 11, 2)


def test_who_died_before_the_benefits_began_is_left_to_be_withdrawn():
    before, after = assisted(), assisted()
    record_death(resident=before.resident, died_on=DAY(2024, 12, 31), reason="卫健名单")
    record_death(resident=after.resident, died_on=DAY(2025, 1, 1), reason="卫健名单")

    assert settle_nothing_due(today=DAY(2025, 1, 5)) == 1

    states = dict(ContributionPeriod.objects.values_list("pk", "state"))
    assert states == {before.pk: "quoted", after.pk: "paid"}


def test_the_task_closes_what_waits(monkeypatch):
    waiting = assisted()
    monkeypatch.setattr(timezone, "localdate", lambda *_: NIGHT)

    assert (close_years_with_nothing_due(), close_years_with_nothing_due()) == (1, 0)
    waiting.refresh_from_db()
    assert waiting.state == "paid"


@pytest.mark.parametrize(
    ("of", "paid", "code", "why"),
    [
        ("extreme_hardship", 0, "nothing_due", "个人无须缴费"),
        ("subsistence_allowance", 0, "not_paid", "尚未缴费"),
        ("subsistence_allowance", 100, "partly_paid", "尚欠 60.00 元"),
    ],
)
def test_nobody_is_told_to_pay_nothing(of, paid, code, why):
    year = assisted(of=of)
    if paid:
        record_payments(rows=[row(year.resident, ON, amount=Decimal(paid))])

    found = entitlement_on(resident_id=year.resident_id, day=DAY(2025, 2, 1))

    assert (found.code, found.covered) == (code, False)
    assert why in found.why
    assert ("请缴清" in found.what_to_do) is (code != "nothing_due")


def test_a_night_costs_the_same_queries_for_few_and_for_many():
    classed(harbin(), "equalised")

    def cost(count):
        for _ in range(count):
            assisted()
        with CaptureQueriesContext(connection) as queries:
            assert settle_nothing_due(today=NIGHT) == count
        return len(queries)

    assert cost(1) == cost(5)
