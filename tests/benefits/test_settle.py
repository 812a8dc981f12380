"""Claims through the three layers, in date order, whatever the order of arrival."""

import dataclasses
import datetime
import random
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from benefits.models import Accumulator, Claim, ClaimLine, ClaimState
from benefits.services.bills import NewLine
from benefits.services.resettle import resettle_year
from benefits.services.settle import ClaimResult, settle_claims
from benefits.services.void import ClaimAlreadyReversed, ReasonMissing, void_claim
from tests.benefits.factories import bill, hospital, insured, law, recognized
from tests.registry.factories import ResidentFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _law_and_hospital():
    law()
    hospital()


def settled(*claims):
    outcomes = settle_claims(claims=claims, user=None)
    assert [outcome.code for outcome in outcomes] == [""] * len(claims)
    return [outcome.claim for outcome in outcomes]


def refusal(claim):
    (outcome,) = settle_claims(claims=[claim], user=None)
    assert outcome.result == ClaimResult.REFUSED
    assert outcome.claim is None
    assert outcome.message
    assert outcome.cure
    assert not Claim.objects.filter(number=claim.number).exists() or outcome.code.startswith(
        ("dup", "claim_rev")
    )
    return outcome.code


def figures(resident):
    claims = Claim.objects.filter(resident=resident, state=ClaimState.SETTLED).order_by(
        "discharged_on", "number"
    )
    return [
        (c.number, c.basic_paid, c.critical_illness_paid, c.assistance_paid, c.own_burden, c.totals_before)
        for c in claims
    ]


def totals(resident):
    row = Accumulator.objects.values().get(resident=resident)
    return {name: value for name, value in row.items() if name not in ("id", "resident_id")}


def on(month, day):
    return datetime.date(2025, month, day)


def test_settle_a_stay_through_basic_and_critical_illness():
    person = insured()

    (claim,) = settled(bill(person, "A1", 50800, total="60000.00", class_b_copay="1000"))

    assert claim.basic_paid == Decimal("30000.00")  # (50 800 - 800) x 60 %
    assert claim.critical_illness_paid == Decimal("5720.00")  # (20 800 - 12 000) x 65 %
    assert claim.assistance_paid == 0
    assert claim.out_of_pocket == Decimal("24280.00")
    assert claim.own_burden == Decimal("15080.00")
    assert claim.out_of_scope == Decimal("8200.00")
    assert claim.policy_key == "230100/2025"
    assert any("黑医保发" in step.get("clause", "") for step in claim.trace["critical_illness"])
    assert totals(person)["critical_illness_base"] == Decimal("20800.00")


def test_settle_by_the_identity_held_on_the_settlement_day():
    person = insured()
    recognized(person, "subsistence_allowance", on(3, 10))

    before, after = settled(
        bill(person, "A1", 10000, day=on(3, 9), basic_paid=Decimal(0)),
        bill(person, "A2", 10000, day=on(3, 10), basic_paid=Decimal(0)),
    )

    assert before.categories == []
    assert before.critical_illness_paid == 0
    assert after.categories == ["subsistence_allowance"]
    assert after.critical_illness_paid == Decimal("7000.00")  # deductible 6 000 long met: 10 000 x 70 %
    assert after.assistance_paid == Decimal("2100.00")


def test_settle_with_what_the_hospital_already_paid():
    person = insured()

    (claim,) = settled(bill(person, "A1", 50000, basic_paid=Decimal("20000.00")))

    assert claim.basic_paid == Decimal("20000.00")
    assert claim.basic_paid_given == Decimal("20000.00")


def test_keep_the_lines_of_a_bill():
    person = insured()
    lines = (
        NewLine(name="床位费", item_class="a", amount=Decimal(600), eligible=Decimal(600)),
        NewLine(
            name="药品",
            item_class="b",
            amount=Decimal(400),
            eligible=Decimal(300),
            class_b_copay=Decimal(100),
        ),
    )

    (claim,) = settled(bill(person, "A1", 900, total=Decimal(1000), class_b_copay=Decimal(100), lines=lines))

    assert list(ClaimLine.objects.filter(claim=claim).order_by("number").values_list("name", flat=True)) == [
        "床位费",
        "药品",
    ]


def test_keep_the_lines_of_several_bills_sent_together():
    line = NewLine(name="床位费", item_class="a", amount=Decimal(600), eligible=Decimal(600))

    first, second = settled(*[bill(insured(), number, 600, lines=(line,)) for number in ("A1", "A2")])

    assert list(ClaimLine.objects.order_by("pk").values_list("claim", "name", "amount")) == [
        (first.pk, "床位费", Decimal(600)),
        (second.pk, "床位费", Decimal(600)),
    ]


def test_refuse_lines_that_do_not_add_up():
    line = NewLine(name="床位费", item_class="a", amount=Decimal(600), eligible=Decimal(600))

    assert refusal(bill(insured(), "A1", 900, lines=(line,))) == "lines_do_not_add_up"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"facility_code": "NOWHERE"}, "unknown_facility"),
        ({"total": Decimal(99)}, "claim_amounts_invalid"),
        ({"eligible": Decimal(-1)}, "claim_amounts_invalid"),
        ({"eligible": Decimal("1.001")}, "claim_amounts_invalid"),
        ({"basic_paid": Decimal(101)}, "claim_amounts_invalid"),
        ({"kind": "dental"}, "unknown_kind"),
        ({"discharged_on": on(2, 1)}, "dates_out_of_order"),
        ({"settled_on": on(3, 9)}, "dates_out_of_order"),
        ({"resident_id": 0}, "unknown_person"),
        ({"number": " "}, "number_missing"),
    ],
)
def test_refuse_a_wrong_bill(changes, code):
    assert refusal(dataclasses.replace(bill(insured(), "A1", 100), **changes)) == code


def test_refuse_somebody_not_insured():
    assert refusal(bill(ResidentFactory(), "A1", 100)) == "not_covered"


def test_refuse_a_stay_before_benefits_start_and_accept_the_first_day():
    person = insured(start=on(6, 1))

    assert refusal(bill(person, "A1", 100, admitted_on=on(5, 20), day=on(5, 31))) == "not_covered"
    assert refusal(bill(person, "A2", 100, admitted_on=on(5, 31), day=on(6, 3))) == "stay_crosses_cover"
    settled(bill(person, "A3", 100, admitted_on=on(6, 1), day=on(6, 3)))


def test_settle_a_stay_over_new_year_of_somebody_insured_in_both_years():
    settled(
        bill(insured(None, 2024, 2025), "A1", 1000, admitted_on=datetime.date(2024, 12, 28), day=on(1, 4))
    )


def test_refuse_care_after_death_but_not_the_last_stay():
    person = insured(ResidentFactory(died_on=on(3, 10)))

    settled(bill(person, "A1", 100, day=on(3, 10)))
    assert refusal(bill(person, "A2", 100, day=on(3, 11))) == "dead"


def test_refuse_a_year_without_a_policy():
    person = insured(None, 2023)

    assert refusal(bill(person, "A1", 100, day=datetime.date(2023, 3, 10))) == "policy_not_found"


def test_the_same_bill_again_changes_nothing():
    person = insured()
    settled(bill(person, "A1", 50000))
    before = figures(person), totals(person), Claim.history.count()

    (again,) = settle_claims(claims=[bill(person, "A1", 50000)], user=None)

    assert again.result == ClaimResult.UNCHANGED
    assert (figures(person), totals(person), Claim.history.count()) == before


def test_the_same_number_with_other_amounts_is_refused():
    person = insured()
    settled(bill(person, "A1", 50000))

    assert refusal(bill(person, "A1", 50001)) == "duplicate_number_other_amounts"
    first, second = settle_claims(claims=[bill(person, "A2", 10), bill(person, "A2", 11)], user=None)
    assert (first.result, second.code) == (ClaimResult.SETTLED, "duplicate_number_other_amounts")


def many(person, count=12):
    kinds = ["inpatient", "outpatient", "inpatient", "outpatient_chronic"]
    return [
        bill(
            person, f"A{at:02}", 1000 + 7919 * (at % 17), day=on(1 + at % 12, 5 + at % 23), kind=kinds[at % 4]
        )
        for at in range(count)
    ]


def renamed(claims):
    return [dataclasses.replace(claim, number=f"B{claim.number}") for claim in claims]


def test_the_order_of_arrival_changes_nothing():
    in_order, shuffled = insured(), insured()
    settled(*many(in_order))
    late = renamed(many(shuffled))
    random.Random(7).shuffle(late)  # noqa: S311

    for claim in late:
        settled(claim)

    assert [row[1:] for row in figures(shuffled)] == [row[1:] for row in figures(in_order)]
    assert totals(shuffled) == totals(in_order)


def test_void_in_the_middle_equals_never_having_had_it():
    voided, never = insured(), insured()
    claims = settled(*many(voided))
    middle = sorted(claims, key=lambda claim: claim.discharged_on)[5]
    settled(*renamed([claim for claim in many(never) if claim.number != middle.number]))

    changed = void_claim(claim=middle, user=None, reason="重复收费")

    assert [row[1:] for row in figures(voided)] == [row[1:] for row in figures(never)]
    assert totals(voided) == totals(never)
    assert "重复收费" in Claim.history.filter(id=changed[-1]).latest().history_change_reason
    middle.refresh_from_db()
    assert middle.state == ClaimState.REVERSED


def test_void_needs_a_reason_and_works_once():
    person = insured()
    (claim,) = settled(bill(person, "A1", 50000))

    with pytest.raises(ReasonMissing):
        void_claim(claim=claim, user=None, reason=" ")
    void_claim(claim=claim, user=None, reason="误报")
    with pytest.raises(ClaimAlreadyReversed):
        void_claim(claim=claim, user=None, reason="误报")

    assert refusal(bill(person, "A1", 50000)) == "claim_reversed"
    assert totals(person)["claims"] == 0
    assert totals(person)["total"] == 0


def test_settling_a_year_anew_changes_nothing_by_itself():
    person = insured()
    settled(*many(person))
    before = figures(person), totals(person)

    assert resettle_year(resident_id=person.pk, coverage_year=2025, user=None, reason="复核") == []

    assert (figures(person), totals(person)) == before


@pytest.mark.parametrize("items", [0, 1, 500])
def test_one_claim_costs_few_queries_whatever_its_lines(items, django_assert_num_queries):
    person = insured()
    settled(bill(person, "A0", 100, day=on(1, 10)))
    lines = tuple(
        NewLine(name=f"项目{at}", item_class="a", amount=Decimal(10), eligible=Decimal(10))
        for at in range(items)
    )

    # people held and closing held off; hospitals; covers; 3 of the person; the policy; the year; numbers; later
    # claims; the state before; claim with its history, lines, totals; states after
    with django_assert_num_queries(15 if items else 14):
        settled(bill(person, "A1", 10 * items or 400, lines=lines))


def test_a_chunk_costs_the_same_queries_for_few_and_many():
    settled(bill(insured(), "W", 900))  # the policy is read once
    few, more = [insured() for _ in range(3)], [insured() for _ in range(20)]
    counts = []
    for tag, people in (("F", few), ("M", more)):
        with CaptureQueriesContext(connection) as captured:
            settled(*[bill(p, f"{tag}{at}", 900, day=on(1 + at % 12, 9)) for at, p in enumerate(people)])
        counts.append(len(captured))

    assert counts[0] == counts[1]
