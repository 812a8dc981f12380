"""Two connections at once."""

import datetime
from decimal import Decimal

import pytest

from enrollment.models import ContributionPeriod, FormerShare, Payment, SubsidyShare
from enrollment.services.billing import runs
from enrollment.services.complete_subsidies import complete_subsidies
from enrollment.services.enroll import AlreadyEnrolled, enroll
from enrollment.services.payments import record_payments, retry_held_payments
from policy.services.versions import load_shipped_policies
from tests.enrollment.factories import InsuredFactory, classed, row
from tests.hardship.factories import RecognitionFactory
from tests.registry.factories import ResidentFactory, harbin
from tests.together import at_once, meanwhile

pytestmark = pytest.mark.django_db(transaction=True)
DAY = datetime.date(2024, 10, 5)


def test_the_same_file_twice_at_once_books_every_row_once():
    load_shipped_policies()
    people = [ResidentFactory() for _ in range(60)]
    for person in people[:40]:
        InsuredFactory(resident=person)
    rows = [row(person, DAY) for person in people]
    rows += [row(people[0], DAY, resident_id=None, id_number=f"nobody{n}") for n in range(20)]
    area = harbin()

    results = at_once(
        lambda: record_payments(rows=rows, area=area),
        lambda: record_payments(rows=rows[::-1], area=area),
    )

    assert all(isinstance(result, list) for result in results), results
    outcomes = sorted(each.outcome for result in results for each in result)
    assert outcomes == ["booked"] * 40 + ["held"] * 40 + ["unchanged"] * 80
    assert Payment.objects.count() == 80
    assert ContributionPeriod.objects.filter(coverage_year=2025, paid=400).count() == 40


def test_two_halves_paid_at_once_close_the_contribution():
    load_shipped_policies()
    person = ResidentFactory()
    enroll(resident_ids=[person.pk], coverage_year=2025, on=DAY)
    halves = [row(person, DAY, amount=Decimal(200)) for _ in range(2)]

    at_once(*[lambda half=half: record_payments(rows=[half]) for half in halves])

    kept = ContributionPeriod.objects.get(coverage_year=2025)
    assert (kept.paid, kept.state) == (400, "paid")


def test_enrolling_twice_at_once_enrolls_once():
    load_shipped_policies()
    person = ResidentFactory()

    results = at_once(
        *[lambda: enroll(resident_ids=[person.pk], coverage_year=2025, on=DAY) for _ in range(2)]
    )

    assert sorted(type(result).__name__ for result in results) == [AlreadyEnrolled.__name__, "list"]
    assert ContributionPeriod.objects.count() == 1


def test_held_money_tried_for_two_people_at_once_is_booked_to_one():
    """Without its lock the second try books the same money again, to the other person."""
    load_shipped_policies()
    people = [ResidentFactory() for _ in range(2)]
    enroll(resident_ids=[each.pk for each in people], coverage_year=2025, on=DAY)
    record_payments(rows=[row(people[0], DAY, resident_id=None, id_number="nobody")], area=harbin())
    held = Payment.objects.get()

    (late,) = meanwhile(
        lambda: retry_held_payments(payment_ids=[held.pk], meant_for=people[0].pk),
        retry_held_payments,
        payment_ids=[held.pk],
        meant_for=people[1].pk,
    )

    held.refresh_from_db()
    paid = ContributionPeriod.objects.get(paid__gt=0)
    assert (late.outcome, late.resident_id) == ("unchanged", people[0].pk)
    assert (paid.paid, paid.pk, paid.resident_id) == (400, held.contribution_id, people[0].pk)
    assert held.resident_id == people[0].pk


def test_two_workers_and_the_desk_bill_everybody_once(monkeypatch):
    load_shipped_policies()
    monkeypatch.setattr(runs, "CHUNK", 3)
    people = [ResidentFactory() for _ in range(30)]
    for person in people:
        InsuredFactory(resident=person)
    for person in people[::4]:
        RecognitionFactory(resident=person)
    run = runs.open_billing(area=harbin(), coverage_year=2025, today=DAY)
    runs.run_billing_chunks(run_id=run.pk)
    runs.confirm_billing(run_id=run.pk)

    results = at_once(
        lambda: runs.run_billing_chunks(run_id=run.pk),
        lambda: runs.run_billing_chunks(run_id=run.pk),
        lambda: enroll(resident_ids=[people[-1].pk], coverage_year=2025, on=DAY),
    )

    run = runs.run_billing_chunks(run_id=run.pk)
    at_desk = not isinstance(results[2], AlreadyEnrolled)
    left_out = {"already_enrolled": 1} if at_desk else {}
    assert not any(isinstance(result, Exception) for result in results[:2]), results
    assert run.state == "done"
    assert run.counts["billed"] == {"people": 30 - at_desk, "left_out": left_out}
    assert ContributionPeriod.objects.filter(coverage_year=2025).count() == 30
    assert ContributionPeriod.history.filter(coverage_year=2025).count() == 30


def test_what_another_look_puts_right_meanwhile_is_not_put_right_again():
    load_shipped_policies()
    entered = classed(harbin(), "equalised")
    people = [ResidentFactory() for _ in range(3)]
    enroll(resident_ids=[person.pk for person in people], coverage_year=2025, on=DAY)
    record_payments(rows=[row(person, DAY) for person in people])
    before = SubsidyShare.objects.count()
    entered.fiscal_class = "non_equalised"
    entered.save()
    changed = []

    second = meanwhile(
        lambda: changed.append(complete_subsidies(area=harbin())), complete_subsidies, area=harbin()
    )

    assert (changed, second) == ([3], 0)
    assert FormerShare.objects.count() == before > 0
    assert sum(SubsidyShare.objects.values_list("amount", flat=True)) == 3 * 670
