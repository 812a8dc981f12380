"""What a payment costs and gives follows where the payer was on the pay day, however late anybody learns of it."""

import datetime
from decimal import Decimal

import pytest

from enrollment.models import BillingScope, ContributionPeriod
from enrollment.services.billing.runs import confirm_billing, open_billing, run_billing_chunks
from enrollment.services.enroll import enroll, requote
from enrollment.services.payments import record_payments
from enrollment.services.quote import quote
from enrollment.services.replay import replay_contributions
from registry.services import Move, PlaceKind, move
from tests.enrollment.factories import row
from tests.enrollment.test_late_identities import held
from tests.registry.factories import ResidentFactory, daoli, harbin, tangshan

pytestmark = pytest.mark.usefixtures("law")
DAY = datetime.date
MOVED, PAID = DAY(2024, 10, 15), DAY(2024, 10, 12)


def moved(person, kind, to, since=MOVED):
    move(resident=person, to=Move(PlaceKind(kind), to, since), reason="落户")


def aided():
    """Return a woman of 唐山 whose identity gives aid there only with local hukou."""
    person = ResidentFactory(living_area=tangshan(), pooling_area=tangshan())
    held(person, DAY(2024, 9, 1))
    return person


def contribution_of(person):
    return ContributionPeriod.objects.get(resident=person)


def replayed_equal(person):
    return [each.equal for each in replay_contributions(resident_ids=[person.pk])]


def test_a_payment_booked_after_the_hukou_moved_counts_the_hukou_of_its_day():
    person = aided()
    enroll(resident_ids=[person.pk], coverage_year=2025, on=PAID)
    moved(person, "hukou", daoli())

    record_payments(rows=[row(person, PAID, amount=Decimal(40))])

    contribution = contribution_of(person)
    assert (contribution.assisted, contribution.state) == (Decimal(390), "paid")
    assert replayed_equal(person) == [True]


def test_a_payment_after_the_hukou_moved_has_no_aid():
    person = aided()
    enroll(resident_ids=[person.pk], coverage_year=2025, on=PAID)
    moved(person, "hukou", daoli())

    requote(resident_ids=[person.pk], coverage_year=2025, day=MOVED)

    assert contribution_of(person).assisted == 0


def test_the_policy_is_that_of_where_one_lived_on_the_pay_day():
    person = ResidentFactory()
    moved(person, "living", tangshan())

    before, after = (
        quote(resident_ids=[person.pk], coverage_year=2025, paid_on=day)[person.pk] for day in (PAID, MOVED)
    )

    assert (before.policy_key, after.policy_key) == ("230100/2025", "130200/2025")
    assert (before.dues.payable, after.dues.payable) == (Decimal(400), Decimal(430))


def test_one_is_enrolled_where_one_lived_on_the_day_of_registration():
    person = ResidentFactory()
    moved(person, "living", tangshan())

    (enrollment,) = enroll(resident_ids=[person.pk], coverage_year=2025, on=PAID)

    assert enrollment.pooling_area == harbin()


def test_a_bill_for_a_day_before_the_move_is_that_of_the_desk():
    stays, moves = aided(), aided()
    moved(moves, "hukou", daoli())

    run = open_billing(
        area=tangshan(), coverage_year=2025, today=PAID, pay_day=PAID, scope=BillingScope.EVERYONE
    )
    run_billing_chunks(run_id=run.pk)
    confirm_billing(run_id=run.pk)
    run_billing_chunks(run_id=run.pk)

    assert [contribution_of(each).assisted for each in (stays, moves)] == [Decimal(390)] * 2
