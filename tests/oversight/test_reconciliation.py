"""人费一致: what does not agree is found, what agrees is not touched, a closed month stays as it was."""

import datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from casework.models import Case
from casework.services import confirm_case, decide_case
from enrollment.models import ContributionPeriod, Enrollment, Payment
from enrollment.services.enroll import enroll
from enrollment.services.payments import retry_held_payments
from oversight.models import Difference, DifferenceState, Reconciliation, ReconciliationLine, TaxTotal
from oversight.services.reconcile import MonthClosed, MonthNotBegun, reconcile
from oversight.services.settle_differences import (
    EarlierMonthOpen,
    ExplanationMissing,
    MonthNotOver,
    NotExplained,
    assign,
    close_month,
    explain,
)
from policy.dates import months_after
from registry.services import Move, PlaceKind, move
from tests.oversight.months import TODAY, CountyMonth
from tests.registry.factories import ResidentFactory, UserFactory, identity_number, shangzhi, tangshan

pytestmark = pytest.mark.usefixtures("law")
DAY = datetime.date
FEN = Decimal("0.01")
SEEDS = range(3)


@pytest.fixture
def law(db):
    from policy.services.versions import load_shipped_policies

    load_shipped_policies()


@pytest.fixture(params=SEEDS)
def month(request, law):
    return CountyMonth(request.param)


def close(month, when=TODAY, of=None):
    paper = Reconciliation.objects.get(area=month.area, month=of or month.month)
    return close_month(paper=paper, reason="核对无误", today=when, user=None)


def keys():
    return list(Difference.objects.filter(state=DifferenceState.OPEN).values_list("pk", flat=True))


def test_a_month_that_agrees_has_no_difference(month):
    assert month.run() == []

    paper = Reconciliation.objects.get()
    assert (paper.totals["people"], paper.totals["aided"]) == (13, 1)
    assert paper.totals["booked_amount"] == paper.totals["tax_amount"] == "4800.00"
    lines = ReconciliationLine.objects.all()
    assert sum(line.people for line in lines) == 13
    assert sum(line.booked for line in lines) == Payment.objects.count() == 15


@pytest.mark.raw_writes("plants what no service would write")
def test_every_planted_difference_is_found_and_none_invented(month):
    missing, odd, late, elsewhere, other_year, alone, bare = month.people[:7]
    lost = month.payment(missing)
    Payment.objects.filter(pk=lost.pk).delete()
    off = month.payment(odd)
    Payment.objects.filter(pk=off.pk).update(amount=off.amount + FEN)
    moved = month.payment(late)
    Payment.objects.filter(pk=moved.pk).update(paid_on=months_after(moved.paid_on, 1))
    type(elsewhere).objects.filter(pk=elsewhere.pk).update(living_area=shangzhi())
    Payment.objects.filter(resident=other_year).update(coverage_year=2024)
    Enrollment.objects.filter(resident=bare).update(status="withdrawn")
    ContributionPeriod.objects.filter(resident=month.aided).update(grant=None)
    back = Payment.objects.get(kind="reversal")
    Payment.objects.filter(pk=back.pk).update(reverses=None)
    twice = month.payment(alone)
    Payment.objects.create(
        serial="TWICE", kind="payment", state="booked", resident=alone, contribution=twice.contribution,
        coverage_year=2025, amount=400, paid_on=twice.paid_on, channel=twice.channel, batch=twice.batch,
    )  # fmt: skip

    found = [each for each in month.run() if each[0] != "tax_total"]

    assert sorted(found, key=str) == sorted(
        [
            ("missing_payment", missing.pk),
            ("missing_payment", month.aided.pk),
            ("aid_alone", month.aided.pk),
            ("amount_off", odd.pk),
            ("wrong_area", elsewhere.pk),
            ("wrong_year", other_year.pk),
            ("not_registered", bare.pk),
            ("no_original", back.resident_id),
            ("doubled", alone.pk),
        ],
        key=str,
    )
    totals = {
        (each.day, each.channel): each.found - each.expected
        for each in Difference.objects.filter(kind="tax_total")
    }
    planted = {}
    for paid, yuan in ((lost, -400), (off, FEN), (moved, -400), (twice, 400)):
        place = paid.paid_on, paid.channel
        planted[place] = planted.get(place, 0) + yuan
    assert totals == {place: yuan for place, yuan in planted.items() if yuan}
    assert list(month.run(month=months_after(month.month, 1))) == [("wrong_month", late.pk)]


def test_held_money_is_a_difference_of_its_kind(month):
    paid, number = month.people[0], month.numbers[month.people[0].pk]
    stranger = month.line(identity_number(450), "400.00")
    again = month.line(number, "400.00")
    wrong = month.line(number, "400.00", kind="退费", original="没有这一笔")
    renamed = month.people[1]
    other_name = list(month.line(month.numbers[renamed.pk], "400.00"))
    other_name[1] = "赵铁柱"
    month.send([stranger, again, wrong, other_name])

    found = [each for each in month.run() if each[0] != "tax_total"]

    assert sorted(found, key=str) == [
        ("doubled", paid.pk),
        ("name_differs", renamed.pk),
        ("no_original", paid.pk),
        ("not_registered", None),
    ]
    told = Difference.objects.get(kind="name_differs")
    assert (told.payment.hold_reason, told.detail) == ("name_differs", "清单姓名与登记不符")
    owner = UserFactory()
    assign(differences=[told.pk], owner=owner, user=None)
    month.run()
    told.refresh_from_db()
    assert (told.state, told.owner) == ("open", owner)


@pytest.mark.raw_writes("plants what no service would write")
def test_a_fen_less_in_the_tax_total_is_found_by_day_and_channel(month):
    total = TaxTotal.objects.order_by("day", "channel")[0]
    TaxTotal.objects.filter(pk=total.pk).update(amount=total.amount - FEN)

    assert month.run() == [("tax_total", None)]

    found = Difference.objects.get()
    assert (found.day, found.channel, found.found - found.expected) == (total.day, total.channel, FEN)


@pytest.mark.raw_writes("plants what no service would write")
def test_a_later_run_keeps_words_and_owner_and_resolves_what_is_gone():
    month = CountyMonth(7)
    person, owner = month.people[0], UserFactory()
    paid = month.payment(person)
    Payment.objects.filter(pk=paid.pk).update(amount=paid.amount + FEN)
    month.run()
    assign(differences=keys(), owner=owner, user=owner)
    explain(differences=keys(), explanation="税务尾差", user=owner)

    assert month.run() == []
    kept = Difference.objects.get(kind="amount_off")
    assert (kept.state, kept.owner, kept.explanation) == ("explained", owner, "税务尾差")
    written = kept.history.count()

    Payment.objects.filter(pk=paid.pk).update(amount=paid.amount + FEN * 2)
    assert ("amount_off", person.pk) in month.run()
    Payment.objects.filter(pk=paid.pk).update(amount=paid.amount)
    assert month.run() == []

    kept.refresh_from_db()
    assert (kept.state, kept.owner, kept.explanation) == ("resolved", owner, "税务尾差")
    assert kept.history.count() == written + 2
    assert Difference.objects.filter(kind="amount_off").count() == 1


@pytest.mark.raw_writes("plants what no service would write")
def test_a_month_closes_only_when_everything_is_explained():
    month = CountyMonth(3)
    paid = month.payment(month.people[0])
    Payment.objects.filter(pk=paid.pk).update(amount=paid.amount + FEN)
    month.run()

    with pytest.raises(MonthNotOver):
        close(month, month.month.replace(day=28))
    with pytest.raises(NotExplained):
        close(month)
    with pytest.raises(ExplanationMissing):
        explain(differences=keys(), explanation="  ", user=None)
    explain(differences=keys(), explanation="税务尾差", user=None)

    assert close(month).is_closed
    for refused in (
        month.run,
        lambda: close(month),
        lambda: explain(
            differences=Difference.objects.values_list("pk", flat=True), explanation="又", user=None
        ),
    ):
        with pytest.raises(MonthClosed):
            refused()


def test_what_comes_after_closing_belongs_to_the_next_open_month_once():
    month = CountyMonth(5)
    month.run()
    before = close(month)
    figures = [*ReconciliationLine.objects.order_by("pk").values()]
    late = ResidentFactory(number=identity_number(300))
    enroll(resident_ids=[late.pk], coverage_year=2025, on=DAY(2024, 10, 1))
    month.send([month.line(identity_number(300), "400.00")])
    following, later = months_after(month.month, 1), months_after(month.month, 2)

    assert month.run(month=following) == [("after_close", late.pk)]
    assert month.run(month=following) == [("after_close", late.pk)]
    assert month.run(month=later) == []
    before.refresh_from_db()
    assert [*ReconciliationLine.objects.filter(reconciliation=before).order_by("pk").values()] == figures

    explain(differences=keys(), explanation="迟到的一笔", user=None)
    with pytest.raises(EarlierMonthOpen):
        close(month, of=later)
    close(month, of=following)
    assert month.run(month=later) == []


def test_money_held_at_the_close_and_booked_afterwards_belongs_to_the_next_open_month():
    month = CountyMonth(0)
    number = identity_number(300)
    late = ResidentFactory(number=number)
    month.send([month.line(number, "400.00"), month.line(identity_number(301), "400.00")])
    month.run()
    explain(differences=keys(), explanation="待登记", user=None)
    close(month)
    enroll(resident_ids=[late.pk], coverage_year=2025, on=month.month)
    (booked,) = retry_held_payments(payment_ids=[late.payments.get().pk])
    following = months_after(month.month, 1)

    assert booked.outcome == "booked"
    assert month.run(month=following) == [("after_close", late.pk)]
    assert month.run(month=following) == [("after_close", late.pk)]
    explain(differences=keys(), explanation="迟到的登记", user=None)
    close(month, of=following)
    assert month.run(month=months_after(following, 1)) == []


def test_rows_that_were_not_taken_are_differences_until_they_are_on_record_or_explained():
    month = CountyMonth(1, tells=False)
    number = identity_number(300)
    person = ResidentFactory(number=number)
    enroll(resident_ids=[person.pk], coverage_year=2025, on=month.month)
    unreadable = list(month.line(number, "400.001"))
    used = month.payment(month.people[0]).serial
    clashing = [used, "", number, 2025, "400.00", month.month, "手机", "缴费", ""]
    month.send([unreadable, clashing])
    month.send([clashing, month.line(number, "400.00")])  # the file of the next day tells it again

    assert [kind for kind, _ in month.run()] == ["row_refused"] * 2
    assert month.run(month=months_after(month.month, 1)) == []
    told = Difference.objects.get(resident=person)
    assert (told.expected, told.found, told.day) == (400, 0, month.month)
    assert used in told.detail
    asked = Case.objects.get(kind="serial_conflict")
    assert (asked.area, asked.detail["serial"], asked.detail["recorded_amount"]) == (
        month.area, used, "400.00",
    )  # fmt: skip

    unreadable[4] = "400.00"
    month.send([unreadable])
    assert ("row_refused", None) not in month.run()  # on record now, booked or held
    explain(differences=keys(), explanation="税务更正后换号重报", user=None)
    assert month.run() == []


def test_a_row_that_took_the_place_of_the_recorded_one_is_a_difference_no_more():
    month = CountyMonth(1, tells=False)
    paid = month.payment(month.people[0])
    line = [paid.serial, "", month.numbers[paid.resident_id], 2025, "400.00", month.month, "手机", "缴费", ""]
    if paid.paid_on == month.month:
        line[5] = month.month.replace(day=2)
    month.send([line])
    assert [kind for kind, _ in month.run()] == ["row_refused"]
    case = Case.objects.get(kind="serial_conflict")
    decide_case(case=case, decision="replace", reason="税务部门来函", user=UserFactory())

    confirm_case(case=case, user=UserFactory())

    assert month.run() == []


@pytest.mark.parametrize(("by", "moved"), [(None, 0), (300, 1)])
def test_of_a_payment_put_right_the_paper_counts_one_row_booked_or_waiting(by, moved):
    month = CountyMonth(1, tells=False)
    paid = month.payment(month.people[0])
    payer = (
        month.numbers[paid.resident_id] if by is None else identity_number(by)
    )  # nobody is registered by it
    day = month.month.replace(day=2) if paid.paid_on == month.month else month.month
    month.run()
    booked, held, money = figures()
    month.send([[paid.serial, "", payer, 2025, str(paid.amount), day, "手机", "缴费", ""]])
    case = Case.objects.get(kind="serial_conflict")
    decide_case(case=case, decision="replace", reason="税务部门来函", user=UserFactory())

    confirm_case(case=case, user=UserFactory())
    month.run()

    assert figures() == (booked - moved, held + moved, money)


def figures():
    """Return rows booked and waiting, and the money of both, as the lines say."""
    lines = ReconciliationLine.objects.all()
    money = sum(each.booked_amount + each.held_amount for each in lines)
    return sum(each.booked for each in lines), sum(each.held for each in lines), money


def test_a_row_of_a_closed_month_that_is_not_taken_belongs_to_the_next_open_month():
    month = CountyMonth(1)
    month.run()
    close(month)
    month.send([month.line(identity_number(300), "0.00", day=month.month)])

    assert month.run(month=months_after(month.month, 1)) == [("after_close", None)]


def test_money_stays_in_the_paper_of_where_it_was_paid_when_its_people_move(month):
    for person, to in zip(month.people[:2], (shangzhi(), tangshan()), strict=True):
        move(resident=person, to=Move(PlaceKind.LIVING, to, DAY(2025, 3, 1)), reason="搬迁")

    assert month.run() == []
    assert month.run(area=shangzhi()) == month.run(area=tangshan()) == []
    paper = Reconciliation.objects.get(area=month.area)
    assert (paper.totals["people"], paper.totals["booked_amount"]) == (13, "4800.00")


def test_a_month_ahead_is_not_compared():
    month = CountyMonth(1)

    with pytest.raises(MonthNotBegun):
        reconcile(area=month.area, month=DAY(2025, 5, 1), today=TODAY)
    assert not Reconciliation.objects.exists()


def queries_of(month):
    month.run()
    with CaptureQueriesContext(connection) as queries:
        month.run()
    return len(queries)


def test_a_run_costs_the_same_for_many_people():
    few = queries_of(CountyMonth(2, people=3))

    assert queries_of(CountyMonth(2, people=14, first_number=100, tells=False)) == few


def test_a_whole_city_agrees_as_its_counties_do(month):
    assert month.run(area=month.area.parent) == []
