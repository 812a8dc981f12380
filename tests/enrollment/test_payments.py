"""Money in: booked, held, refused, never twice, never lost."""

import datetime
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from casework.models import Case
from enrollment.models import ContributionPeriod, ContributionState, Enrollment, Payment, SubsidyShare
from enrollment.selectors import entitlement_on
from enrollment.services.booking import chunk
from enrollment.services.enroll import enroll
from enrollment.services.payments import AreaNeeded, record_payments, retry_held_payments
from enrollment.services.settle_assisted import settle_fully_assisted
from hardship.models import AssistanceGrant
from tests.enrollment.factories import InsuredFactory, classed, row
from tests.hardship.factories import RecognitionFactory
from tests.registry.factories import ResidentFactory, daoli, harbin, identity_number, tangshan

pytestmark = pytest.mark.usefixtures("law")
DAY = datetime.date
OCTOBER = DAY(2024, 10, 5)


def enrolled(**facts):
    person = ResidentFactory(**facts)
    enroll(resident_ids=[person.pk], coverage_year=2025, on=OCTOBER)
    return person


def record(*rows):
    return [(each.outcome, each.code) for each in record_payments(rows=rows, area=harbin())]


def test_a_payment_closes_and_freezes_the_contribution():
    person = enrolled()

    assert record(row(person, DAY(2024, 12, 31))) == [("booked", "")]

    kept = ContributionPeriod.objects.get()
    assert (kept.state, kept.paid, kept.paid_on) == (ContributionState.PAID, 400, DAY(2024, 12, 31))
    assert kept.frozen_at is not None
    assert [each.history_change_reason for each in kept.history.order_by("history_id")] == [
        "enroll 230100/2025",
        "pay 230100/2025",
    ]
    assert Payment.objects.get().contribution == kept


def test_window_and_start_are_those_of_the_day_the_money_arrived():
    person = enrolled()

    record(row(person, DAY(2025, 3, 1)))

    kept = ContributionPeriod.objects.get()
    assert (kept.window, kept.benefit_start) == ("late_subsidized", DAY(2025, 6, 1))
    assert not entitlement_on(resident_id=person.pk, day=DAY(2025, 5, 31)).covered
    assert entitlement_on(resident_id=person.pk, day=DAY(2025, 6, 1)).covered


def test_the_grant_freezes_with_the_payment():
    person = RecognitionFactory().resident
    enroll(resident_ids=[person.pk], coverage_year=2025, on=OCTOBER)

    assert record(row(person, OCTOBER, amount=Decimal(160))) == [("booked", "")]

    assert AssistanceGrant.objects.get().frozen_at is not None
    assert ContributionPeriod.objects.get().state == ContributionState.PAID


def test_part_payments_add_up_and_give_no_cover_before_the_last():
    person = enrolled()

    record(row(person, OCTOBER, amount=Decimal(100)))
    assert entitlement_on(resident_id=person.pk, day=DAY(2025, 1, 1)).code == "partly_paid"
    record(row(person, DAY(2024, 11, 5), amount=Decimal(300)))

    kept = ContributionPeriod.objects.get()
    assert (kept.state, kept.paid, kept.paid_on) == (ContributionState.PAID, 400, DAY(2024, 11, 5))


def test_the_same_file_again_changes_nothing():
    rows = [row(enrolled(), OCTOBER), row(ResidentFactory(), OCTOBER, resident_id=None, id_number="unknown")]

    record(*rows)
    before = list(Payment.objects.order_by("pk").values())

    assert record(*rows) == [("unchanged", ""), ("unchanged", "")]
    assert list(Payment.objects.order_by("pk").values()) == before
    assert ContributionPeriod.history.count() == 2


def test_the_same_serial_with_other_content_is_refused():
    person = enrolled()
    first = row(person, OCTOBER, amount=Decimal(100))

    record(first)

    assert record(row(person, OCTOBER, serial=first.serial, amount=Decimal(300))) == [
        ("refused", "serial_conflict")
    ]
    assert record(row(enrolled(), OCTOBER, serial=first.serial, amount=Decimal(100))) == [
        ("refused", "serial_conflict")
    ]
    assert Payment.objects.count() == 1


def test_within_one_file_a_repeated_line_counts_once():
    person = enrolled()
    line = row(person, OCTOBER)

    assert record(line, line, row(person, OCTOBER, serial=line.serial, amount=Decimal(1))) == [
        ("booked", ""),
        ("unchanged", "repeated"),
        ("refused", "serial_conflict"),
    ]


def test_money_that_cannot_be_matched_is_held_with_a_question():
    paid, dead = enrolled(), enrolled()
    record(row(paid, OCTOBER))
    dead.died_on = DAY(2024, 10, 1)
    dead.save()
    new = ResidentFactory()
    tangshan_person = ResidentFactory(living_area=tangshan(), pooling_area=tangshan())
    InsuredFactory(resident=tangshan_person, enrollment__pooling_area=tangshan())

    outcomes = record(
        row(new, OCTOBER, resident_id=None, id_number=identity_number(499, female=False)),
        row(new, OCTOBER),
        row(paid, DAY(2024, 10, 9)),
        row(dead, OCTOBER),
        row(enrolled(), OCTOBER, amount=Decimal(401)),
        row(enrolled(), OCTOBER, coverage_year=2031),
        row(enrolled(), DAY(2024, 8, 31)),
        row(enrolled(), DAY(2025, 10, 1), amount=Decimal(1070)),
        row(tangshan_person, DAY(2024, 12, 29), amount=Decimal(430)),
    )

    assert [outcome for outcome, _ in outcomes] == ["held"] * 9
    assert [code for _, code in outcomes] == [
        "unknown_person",
        "not_enrolled",
        "double",
        "dead",
        "wrong_amount",
        "year_not_published",
        "before_window",
        "no_benefit_day",
        "rule_not_published",
    ]
    asked = Case.objects.filter(kind="unmatched_payment")
    assert asked.count() == 9
    assert Payment.objects.filter(state="held").count() == 9
    assert asked.get(detail__hold_reason="unknown_person").area == harbin()


def test_bad_amounts_are_refused():
    person = enrolled()

    assert record(row(person, OCTOBER, amount=Decimal(0)), row(person, OCTOBER, amount=Decimal(-1))) == [
        ("refused", "row_invalid"),
        ("refused", "row_invalid"),
    ]
    assert not Payment.objects.exists()


def test_unknown_people_need_somebody_to_ask():
    with pytest.raises(AreaNeeded):
        record_payments(rows=[row(ResidentFactory(), OCTOBER, resident_id=None, id_number="nobody")])


def test_whoever_was_insured_here_the_year_before_registers_by_paying():
    renewed, moved = ResidentFactory(), ResidentFactory()
    InsuredFactory(resident=renewed)
    InsuredFactory(resident=moved, enrollment__pooling_area=tangshan())

    assert record(row(renewed, OCTOBER, channel="wechat"), row(moved, OCTOBER)) == [
        ("booked", ""),
        ("held", "not_enrolled"),
    ]

    made = Enrollment.objects.get(coverage_year=2025)
    assert (made.resident, made.channel, made.registered_on) == (renewed, "wechat", OCTOBER)
    assert made.contribution.state == ContributionState.PAID
    assert made.history.get().history_change_reason == "enroll by payment"


def test_held_money_is_booked_once_the_person_is_enrolled():
    person = ResidentFactory(number=identity_number(321, female=False))
    line = row(person, OCTOBER, resident_id=None, id_number=identity_number(321, female=False))
    record(line)
    held = Payment.objects.get()
    assert [each.outcome for each in retry_held_payments(payment_ids=[held.pk])] == ["held"]

    enroll(resident_ids=[person.pk], coverage_year=2025, on=OCTOBER)
    (again,) = retry_held_payments(payment_ids=[held.pk])

    held.refresh_from_db()
    assert (again.outcome, held.state, held.hold_reason) == ("booked", "booked", "")
    assert held.contribution.state == ContributionState.PAID
    assert record(line) == [("unchanged", "")]
    assert retry_held_payments(payment_ids=[held.pk]) == []


def test_a_reversal_opens_the_contribution_and_what_payment_had_brought():
    person = RecognitionFactory().resident
    classed(harbin(), "equalised")
    enroll(resident_ids=[person.pk], coverage_year=2025, on=OCTOBER)
    paid = row(person, OCTOBER, amount=Decimal(160))
    record(paid)
    assert SubsidyShare.objects.exists()

    back = row(person, DAY(2024, 10, 8), kind="reversal", amount=Decimal(160), reverses_serial=paid.serial)
    assert record(back) == [("booked", "")]

    kept = ContributionPeriod.objects.get()
    assert (kept.state, kept.paid, kept.paid_on, kept.frozen_at) == (
        ContributionState.REVERSED,
        0,
        None,
        None,
    )
    assert not SubsidyShare.objects.exists()
    assert AssistanceGrant.objects.get().reversed_at is not None
    assert Payment.objects.get(serial=back.serial).amount == -160
    assert entitlement_on(resident_id=person.pk, day=DAY(2025, 1, 1)).code == "reversed"

    assert record(row(person, DAY(2024, 10, 9), amount=Decimal(160))) == [("booked", "")]
    assert AssistanceGrant.objects.filter(reversed_at=None).count() == 1
    assert SubsidyShare.objects.exists()


def test_money_is_never_taken_back_twice_or_from_nowhere():
    person = enrolled()
    paid = row(person, OCTOBER)
    record(paid)

    outcomes = record(
        row(person, OCTOBER, kind="reversal", amount=Decimal(300), reverses_serial=paid.serial),
        row(person, OCTOBER, kind="reversal", amount=Decimal(101), reverses_serial=paid.serial),
        row(person, OCTOBER, kind="reversal", amount=Decimal(100)),
        row(person, OCTOBER, kind="reversal", amount=Decimal(1)),
        row(person, OCTOBER, kind="reversal", amount=Decimal(1), reverses_serial="no such"),
    )

    assert outcomes == [
        ("booked", ""),
        ("held", "exceeds_original"),
        ("booked", ""),
        ("held", "original_unknown"),
        ("held", "original_unknown"),
    ]
    assert ContributionPeriod.objects.get().paid == 0


def test_a_payment_and_its_reversal_in_one_file_cancel():
    person = enrolled()
    paid = row(person, OCTOBER)

    record(
        row(person, OCTOBER, kind="reversal", amount=Decimal(-400), reverses_serial=paid.serial),
        paid,
        row(person, DAY(2024, 10, 7)),
    )

    kept = ContributionPeriod.objects.get()
    assert (kept.state, kept.paid, kept.paid_on) == (ContributionState.PAID, 400, DAY(2024, 10, 7))
    assert Payment.objects.filter(state="booked").count() == 3


def test_a_year_taken_back_and_paid_again_on_one_day_is_paid():
    person = enrolled()
    wrong = row(person, OCTOBER)
    record(wrong)

    outcomes = record(
        row(person, DAY(2024, 10, 20), kind="reversal", reverses_serial=wrong.serial),
        row(person, DAY(2024, 10, 20)),
    )

    kept = ContributionPeriod.objects.get()
    assert outcomes == [("booked", ""), ("booked", "")]
    assert (kept.state, kept.paid, kept.paid_on) == (ContributionState.PAID, 400, DAY(2024, 10, 20))


def test_paid_twice_and_one_taken_back_on_one_day_stays_paid():
    person = enrolled()
    first, again = row(person, OCTOBER), row(person, OCTOBER)

    outcomes = record(first, again, row(person, OCTOBER, kind="reversal", reverses_serial=again.serial))

    kept = ContributionPeriod.objects.get()
    assert outcomes == [("booked", ""), ("returned", ""), ("returned", "")]
    assert (kept.state, kept.paid) == (ContributionState.PAID, 400)


def test_a_newborn_of_last_year_paying_one_year_starts_with_the_year():
    baby = ResidentFactory(number=identity_number(1, born_on=DAY(2024, 12, 1)), born_on=DAY(2024, 12, 1))
    enroll(resident_ids=[baby.pk], coverage_year=2025, on=DAY(2024, 12, 20))

    record(row(baby, DAY(2024, 12, 20)))

    kept = ContributionPeriod.objects.get()
    assert (kept.special_group, kept.benefit_start) == ("newborn", DAY(2025, 1, 1))


def test_subsidy_shares_add_up_and_missing_classes_are_asked_once():
    classed(harbin(), "equalised")
    known, other = enrolled(), enrolled()
    unknown = [ResidentFactory(living_area=tangshan(), pooling_area=tangshan()) for _ in range(2)]
    enroll(resident_ids=[each.pk for each in unknown], coverage_year=2025, on=OCTOBER)

    record(row(known, OCTOBER), row(other, DAY(2025, 7, 1), amount=Decimal(1070)))
    record(*[row(each, OCTOBER, amount=Decimal(430)) for each in unknown])

    shares = dict(SubsidyShare.objects.values_list("level", "amount"))
    assert shares == {"central": Decimal(402), "province": Decimal("187.60"), "local": Decimal("80.40")}
    assert set(SubsidyShare.objects.values_list("contribution__resident", flat=True)) == {known.pk}
    assert Case.objects.filter(kind="fiscal_class_missing").count() == 1
    assert Case.objects.filter(kind="rule_not_published").count() == 1


def test_whoever_has_nothing_to_pay_is_settled_without_a_payment():
    full = RecognitionFactory(of="extreme_hardship").resident
    other = enrolled()
    enroll(resident_ids=[full.pk], coverage_year=2025, on=OCTOBER)

    closed = settle_fully_assisted(area=daoli(), coverage_year=2025, on=DAY(2024, 12, 31))

    assert [each.resident_id for each in closed] == [full.pk]
    kept = ContributionPeriod.objects.get(resident=full)
    assert (kept.state, kept.paid_on, kept.benefit_start) == (
        ContributionState.PAID,
        DAY(2024, 12, 31),
        DAY(2025, 1, 1),
    )
    assert kept.grant.frozen_at is not None
    assert ContributionPeriod.objects.get(resident=other).state == ContributionState.QUOTED
    assert settle_fully_assisted(area=daoli(), coverage_year=2025, on=DAY(2024, 12, 31)) == []


def test_two_hundred_payments_ask_no_more_than_twenty():
    classed(harbin(), "equalised")

    def queries(count: int) -> int:
        rows = []
        for n in range(count):
            person = RecognitionFactory().resident if n % 4 == 0 else ResidentFactory()
            InsuredFactory(resident=person)
            rows.append(row(person, DAY(2024, 10, 1 + n % 20), amount=Decimal(160 if n % 4 == 0 else 400)))
        with CaptureQueriesContext(connection) as asked:
            assert set(record(*rows)) == {("booked", "")}
        return len(asked)

    queries(4)
    assert queries(20) == queries(200)


def test_a_serial_somebody_else_has_just_written_is_decided_anew(monkeypatch):
    said = row(enrolled(), OCTOBER)
    record(said)
    look, tries = chunk._not_on_record, []

    def too_early(rows, run):
        tries.append(rows)
        return list(rows) if len(tries) == 1 else look(rows, run)

    monkeypatch.setattr(chunk, "_not_on_record", too_early)

    assert record(said) == [("unchanged", "")]
    assert (len(tries), Payment.objects.count(), Payment.history.count()) == (2, 1, 1)
    assert Case.objects.filter(kind="unmatched_payment").count() == 0


def test_history_in_bulk_names_who_booked_and_looks_no_account_up():
    clerk = User.objects.create_user("经办")
    classed(harbin(), "equalised")
    record_payments(rows=[row(enrolled(), OCTOBER)], area=harbin(), user=clerk)
    written = [Payment.history.get(), ContributionPeriod.history.latest("history_id")]
    fields = [each._meta.get_field("history_user") for each in written]

    assert [each.history_user for each in written] == [clerk, clerk]
    assert [(each.db_constraint, each.db_index) for each in fields] == [(False, False)] * 2
    clerk.delete()
    assert Payment.history.get().history_user is None
