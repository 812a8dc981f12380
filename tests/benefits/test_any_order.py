"""Any order of arrival, with any reversals and amendments, ends as the survivors settled in date order."""

import datetime
import random
from decimal import Decimal

import pytest

from benefits.models import Accumulator, Claim, ClaimState, PaidLayer, PayoutAdjustment
from benefits.services.settle import settle_claims
from benefits.services.void import void_claim
from tests.benefits.factories import bill, closed_year, hospital, insured, law, recognized
from tests.benefits.test_year_end import policy_also_for
from tests.registry.factories import StaffScopeFactory, harbin

pytestmark = pytest.mark.django_db
TOTALS = [field.name for field in Accumulator._meta.concrete_fields if field.name not in ("id", "resident")]
KINDS = ("inpatient", "inpatient", "outpatient", "outpatient_chronic", "prenatal", "delivery")
PAID = [f"{layer.value}_paid" for layer in PaidLayer]


@pytest.fixture(autouse=True)
def _law_and_hospital():
    law()
    hospital()


def visits(dice: random.Random, prefix: str):
    """Return visits of a year; some of one day, some far over the deductible and the cap."""
    return [
        {
            "number": f"{prefix}{at}",
            "eligible": dice.choice(("250.55", "9000", "60000.01", "420000")),
            "kind": dice.choice(KINDS),
            "basic_paid": dice.choice((None, 0)),
            "day": datetime.date(2025, dice.choice((3, 5, 5, 9)), dice.choice((10, 20))),
        }
        for at in range(6)
    ]


def settle(person, visit):
    (outcome,) = settle_claims(claims=[bill(person, **visit)], user=None)
    assert outcome.claim is not None, outcome.message
    return outcome.claim


def standing(person):
    """Return what a person's year adds up to, and what each standing claim pays, by visit."""
    row = Accumulator.objects.filter(resident=person).values(*TOTALS).first()
    claims = Claim.objects.filter(resident=person, state=ClaimState.SETTLED).order_by(
        "discharged_on", "number"
    )
    return row, [tuple(each) for each in claims.values_list("discharged_on", *PAID)]


def first_paid(claims):
    return {
        claim.pk: {layer.value: getattr(claim, f"{layer.value}_paid") for layer in PaidLayer}
        for claim in claims
    }


def happened(person, dice: random.Random):
    """Let visits arrive in any order, some reversed or amended; return those that stand and all that came."""
    survivors, arrived = {}, []
    for visit in dice.sample(visits(dice, "T"), 6):
        arrived.append(settle(person, visit))
        survivors[visit["number"]] = visit
        if dice.random() < 0.5:
            gone = dice.choice(sorted(survivors))
            former = survivors.pop(gone)
            void_claim(claim=Claim.objects.get(number=gone), user=None, reason="误报")
            if dice.random() < 0.6:  # amended: once more under a number of its own
                amended = former | {"number": f"{gone}x", "eligible": dice.choice(("800", "52000.37"))}
                arrived.append(settle(person, amended))
                survivors[amended["number"]] = amended
    return survivors, arrived


def check_money_trail(person, arrived):
    """What a claim paid at first and its adjustments add up to what it pays now, without a gap."""
    money = first_paid(arrived)
    for row in PayoutAdjustment.objects.filter(claim__resident=person).order_by("pk"):
        assert money[row.claim_id][row.layer] == row.before
        money[row.claim_id][row.layer] += row.amount
    for claim in Claim.objects.filter(resident=person):
        is_standing = claim.state == ClaimState.SETTLED
        now = {layer.value: getattr(claim, f"{layer.value}_paid") * is_standing for layer in PaidLayer}
        assert money[claim.pk] == now


@pytest.mark.parametrize("seed", range(6))
def test_any_order_ends_as_the_survivors_in_date_order(seed: int):
    dice = random.Random(seed)  # noqa: S311 - a sequence to be repeated
    told, plain = insured(), insured()
    for person in (told, plain):
        recognized(person, "subsistence_allowance", datetime.date(2025, 6, 1))
    survivors, arrived = happened(told, dice)
    for visit in sorted(survivors.values(), key=lambda visit: (visit["day"], visit["number"])):
        settle(plain, visit | {"number": f"P{visit['number']}"})

    assert standing(told)[1] == standing(plain)[1]
    if survivors:
        assert standing(told)[0] == standing(plain)[0]
    check_money_trail(told, arrived)


def test_a_late_claim_and_a_reversal_leave_rows_of_what_to_pay_and_recover():
    person = insured()
    later = settle(
        person, {"number": "B", "eligible": 30000, "basic_paid": 0, "day": datetime.date(2025, 4, 1)}
    )
    early = settle(
        person, {"number": "A", "eligible": 20000, "basic_paid": 0, "day": datetime.date(2025, 3, 1)}
    )
    clerk = StaffScopeFactory().user
    void_claim(claim=early, user=clerk, reason="重复报送")

    rows = PayoutAdjustment.objects.order_by("pk")
    assert [(row.claim_id, row.layer, row.before, row.after, row.amount, row.reason) for row in rows] == [
        (later.pk, "critical_illness", 11700, 20400, 8700, "补录结算后重新结算"),
        (early.pk, "critical_illness", 5200, 0, -5200, "冲正：重复报送"),
        (later.pk, "critical_illness", 20400, 11700, -8700, "冲正 A 后重新结算：重复报送"),
    ]
    assert [row.recorded_by for row in rows] == [None, clerk, clerk]


def test_reversing_what_used_the_increase_gives_the_credit_back():
    for year in (2026, 2027):
        policy_also_for(year)
    person = insured(None, 2025, 2026, 2027)
    closed_year(area=harbin(), year=2025, today=datetime.date(2026, 1, 5))
    big = settle(
        person, {"number": "A", "eligible": 700000, "basic_paid": 0, "day": datetime.date(2026, 3, 1)}
    )
    closed_year(area=harbin(), year=2026, today=datetime.date(2027, 1, 5))
    after = settle(
        person, {"number": "B", "eligible": 700000, "basic_paid": 0, "day": datetime.date(2027, 3, 1)}
    )
    assert (big.critical_illness_paid, after.critical_illness_paid) == (404000, 400000)

    void_claim(claim=big, user=None, reason="误报")

    after.refresh_from_db()
    assert after.critical_illness_paid == 408000
    row = PayoutAdjustment.objects.get(claim=after)
    assert (row.layer, row.amount) == (PaidLayer.CRITICAL_ILLNESS, Decimal(8000))
