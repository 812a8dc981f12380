"""Random months with planted differences of every class: all are found, none invented; again, the same are found."""

from decimal import Decimal

import pytest

from enrollment.models import ContributionPeriod, Enrollment, Payment
from hardship.models import AssistanceGrant
from oversight.models import Difference, ReconciliationLine, TaxTotal
from policy.dates import months_after
from tests.oversight.months import CountyMonth
from tests.registry.factories import identity_number, shangzhi

pytestmark = pytest.mark.raw_writes("plants what no service would write")
FEN = Decimal("0.01")
SEEDS = range(12)
ALWAYS = {
    "missing_payment", "not_registered", "doubled", "amount_off", "wrong_area", "wrong_year", "no_original",
    "tax_total",
}  # fmt: skip


@pytest.fixture
def law(db):
    from policy.services.versions import load_shipped_policies

    load_shipped_policies()


def of(month, person):
    return Payment.objects.filter(pk=month.payment(person).pk)


def year_of(person):
    return ContributionPeriod.objects.filter(resident=person)


def again(month, person, amount, **said):
    """Book another row on the year of a person, past the services."""
    paid = month.payment(person)
    month.serial += 1
    fields = {
        "kind": "payment",
        "coverage_year": 2025,
        "channel": paid.channel,
        "paid_on": paid.paid_on,
    } | said
    Payment.objects.create(
        serial=f"P{month.serial}", state="booked", resident=person, contribution=paid.contribution,
        amount=amount, batch=paid.batch, **fields,
    )  # fmt: skip


# Each plants something about somebody who paid in one row, and returns the classes to be found.


def lost(month, person):
    of(month, person).delete()
    return ["missing_payment"]


def a_fen_off(month, person):
    of(month, person).update(amount=400 + month.dice.choice([FEN, -FEN]))
    return ["amount_off"]


def noted_a_fen_off(_month, person):
    year_of(person).update(paid=400 - FEN)
    return ["amount_off"]


def twice(month, person):
    again(month, person, 400)
    return ["doubled"]


def a_second_sum(month, person):
    again(month, person, 150)
    return ["amount_off"]


def in_the_next_month(month, person):
    of(month, person).update(paid_on=months_after(month.payment(person).paid_on, 1))
    month.late.append(person.pk)
    return []


def from_another_county(_month, person):
    type(person).objects.filter(pk=person.pk).update(living_area=shangzhi())
    return ["wrong_area"]


def for_another_year(month, person):
    of(month, person).update(coverage_year=2024)
    return ["wrong_year"]


def withdrawn(_month, person):
    Enrollment.objects.filter(resident=person).update(status="withdrawn")
    return ["not_registered"]


def taken_back_without_an_original(month, person):
    again(month, person, -100, kind=month.dice.choice(["reversal", "refund"]))
    return ["no_original", "amount_off"]


def paid_once_more_and_held(month, person):
    month.send([month.line(month.numbers[person.pk], "400.00")])
    return ["doubled"]


def paid_under_another_name_and_held(month, person):
    said = list(month.line(month.numbers[person.pk], "400.00"))
    said[1] = "赵铁柱"
    month.send([said])
    return ["name_differs"]


def refund_of_nothing_held(month, person):
    month.send([month.line(month.numbers[person.pk], "400.00", kind="退费", original="没有这一笔")])
    return ["no_original"]


def nothing(_month, _person):
    return []


PLANTS = (
    lost, a_fen_off, noted_a_fen_off, twice, a_second_sum, in_the_next_month, from_another_county, for_another_year,
    withdrawn, taken_back_without_an_original, paid_once_more_and_held, paid_under_another_name_and_held,
    refund_of_nothing_held, nothing,
)  # fmt: skip


# And about those who paid in their own ways, or were aided in full.


def half_lost(month):
    part = Payment.objects.filter(resident=month.people[-1], amount=month.dice.choice([150, 250]))
    part.delete()
    return [("amount_off", month.people[-1].pk), ("missing_payment", month.people[-1].pk)]


def refund_without_its_original(month):
    Payment.objects.filter(kind="reversal", resident=month.people[-2]).update(reverses=None)
    return [("no_original", month.people[-2].pk)]


def aid_lost(month):
    year_of(month.aided).update(grant=None)
    return [("missing_payment", month.aided.pk), ("aid_alone", month.aided.pk)]


def aid_too_small(month):
    AssistanceGrant.objects.filter(resident=month.aided).update(total=400 - FEN)
    return [("missing_payment", month.aided.pk)]


def aid_too_large(month):
    AssistanceGrant.objects.filter(resident=month.aided).update(total=400 + FEN)
    return [("aid_off", month.aided.pk)]


def nothing_more(_month):
    return []


def money_of_strangers(month):
    numbers = [identity_number(400 + turn) for turn in range(month.dice.randint(1, 3))]
    month.send([month.line(number, "400.00") for number in numbers])
    return [("not_registered", None) for _ in numbers]


def plant(month, seed):
    """Plant something of every kind and about everybody; return what is to be found, each with whom it is about."""
    month.late = []
    payers = month.people[:-2]
    chosen = [*PLANTS, *month.dice.choices(PLANTS, k=len(payers) - len(PLANTS))]
    month.dice.shuffle(chosen)
    expected = [
        (kind, person.pk)
        for plants, person in zip(chosen, payers, strict=True)
        for kind in plants(month, person)
    ]
    expected += (half_lost, nothing_more)[seed % 2](month)
    expected += (nothing_more, refund_without_its_original)[seed % 2](month)
    expected += (aid_lost, aid_too_small, aid_too_large, nothing_more)[seed % 4](month)
    expected += money_of_strangers(month)
    _plant_in_totals(month)
    return sorted(expected, key=str)


def _plant_in_totals(month):
    rows = list(TaxTotal.objects.order_by("pk"))
    odd, miscounted, unsaid = month.dice.sample(rows, 3)
    TaxTotal.objects.filter(pk=odd.pk).update(amount=odd.amount + month.dice.choice([FEN, -FEN]))
    TaxTotal.objects.filter(pk=miscounted.pk).update(count=miscounted.count + 1)
    TaxTotal.objects.filter(pk=unsaid.pk).delete()


def places_that_differ(month):
    """Return day and channel of every total that differs, counted here without the database's help."""
    said = {(each.day, each.channel): (each.count, each.amount) for each in TaxTotal.objects.all()}
    reach = max(day for day, _ in said)
    ours: dict = {}
    for paid in Payment.objects.filter(paid_on__gte=month.month, paid_on__lte=reach):
        count, amount = ours.get((paid.paid_on, paid.channel), (0, Decimal(0)))
        ours[paid.paid_on, paid.channel] = count + 1, amount + paid.amount
    nothing_there = (0, Decimal(0))
    return sorted(
        place
        for place in said.keys() | ours.keys()
        if said.get(place, nothing_there) != ours.get(place, nothing_there)
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_everything_planted_is_found_and_nothing_else(seed, law):
    month = CountyMonth(seed, people=len(PLANTS) + 5)
    expected = plant(month, seed)

    found = month.run()

    assert {kind for kind, _ in found} >= ALWAYS
    assert [each for each in found if each[0] != "tax_total"] == expected
    totals = Difference.objects.filter(kind="tax_total").order_by("day", "channel")
    assert list(totals.values_list("day", "channel")) == places_that_differ(month)
    written = Difference.history.count()
    lines = ReconciliationLine.objects.order_by("day", "area", "channel")
    shown = [*lines.values_list("day", "channel", "people", "booked_amount", "held_amount", "tax_amount")]
    assert month.run() == found
    assert [
        *lines.values_list("day", "channel", "people", "booked_amount", "held_amount", "tax_amount")
    ] == shown
    assert Difference.history.count() == written
    following = month.run(month=months_after(month.month, 1))
    assert following == sorted((("wrong_month", person) for person in month.late), key=str)
    assert following
