"""A settled claim corrected by another: one settlement, rows and never an edit."""

import dataclasses
import datetime
from decimal import Decimal

import pytest

from benefits.models import Accumulator, Claim, ClaimState
from benefits.services.replay import replayed_claims
from benefits.services.settle import ClaimResult, expected_outcomes, settle_claims
from tests.benefits.factories import bill, hospital, insured, law
from tests.benefits.test_settle import figures, many, on, settled, totals
from tests.registry.factories import harbin

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _law_and_hospital():
    law()
    hospital()


def correcting(claim, number="", **changes):
    given = {"number": number or f"{claim.number}X", "replaces": claim.number, "reason": "项目录入有误"}
    return dataclasses.replace(claim, **(given | changes))


def only(*claims):
    return settle_claims(claims=claims, user=None)[-1]


def test_a_correction_ends_as_if_the_right_bill_had_come_at_first():
    corrected, right = insured(), insured()
    bills = many(corrected)
    settled(*bills)
    wrong = bills[4]
    settled(
        *[dataclasses.replace(each, resident_id=right.pk, number=f"R{each.number}") for each in many(right)][
            :4
        ]
    )
    settled(
        dataclasses.replace(
            wrong, resident_id=right.pk, number=f"R{wrong.number}X", total=Decimal(99), eligible=Decimal(99)
        ),
        *[dataclasses.replace(each, resident_id=right.pk, number=f"R{each.number}") for each in many(right)][
            5:
        ],
    )

    outcome = only(correcting(wrong, total=Decimal(99), eligible=Decimal(99)))

    assert outcome.result == ClaimResult.SETTLED
    assert [row[1:] for row in figures(corrected)] == [row[1:] for row in figures(right)]
    assert totals(corrected) == totals(right)
    old = Claim.objects.get(number=wrong.number)
    assert (old.state, old.replacement) == (ClaimState.REVERSED, outcome.claim)
    assert old.total == wrong.total
    changes = (
        Claim.history.filter(id=old.pk).order_by("history_id").values_list("history_change_reason", flat=True)
    )
    assert list(changes) == ["结算", f"更正为 {outcome.claim.number}：项目录入有误"]


def test_every_decision_replays_after_a_correction():
    person = insured()
    bills = many(person)
    settled(*bills)

    only(correcting(bills[4], total=Decimal(99), eligible=Decimal(99)))

    decisions = replayed_claims(resident_ids=[person.pk]).decisions
    assert len(decisions) > len(bills)
    assert [each.stored for each in decisions] == [each.replayed for each in decisions]


def test_what_followed_is_settled_anew_once():
    person = insured()
    first, later = bill(person, "A1", 50800), bill(person, "A2", 30000, day=on(6, 1))
    settled(first, later)

    only(correcting(first, total=Decimal(100), eligible=Decimal(100)))

    rows = Claim.history.filter(number="A2").order_by("history_id")
    assert list(rows.values_list("history_change_reason", flat=True)) == ["结算", "补录结算后重新结算"]


def test_the_same_correction_again_changes_nothing():
    person = insured()
    wrong = bill(person, "A1", 50800)
    settled(wrong)
    right = correcting(wrong, total=Decimal(100), eligible=Decimal(100))
    assert only(right).result == ClaimResult.SETTLED

    assert only(right).result == ClaimResult.UNCHANGED
    assert only(right, right).result == ClaimResult.UNCHANGED
    assert Accumulator.objects.get().claims == 1


def test_a_correction_that_the_law_refuses_leaves_the_original():
    person = insured(None, 2024, 2025)
    wrong = bill(person, "A1", 1000, day=datetime.date(2025, 3, 10))
    settled(wrong)

    early = datetime.date(2024, 12, 10)
    outcome = only(correcting(wrong, admitted_on=early, discharged_on=early))

    assert outcome.code == "policy_not_found"
    assert Claim.objects.get().state == ClaimState.SETTLED


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"replaces": "NONE"}, "original_not_found"),
        ({"reason": " "}, "correction_unexplained"),
        ({"facility_code": "H2"}, "original_differs"),
        ({"number": "A1"}, "duplicate_number_other_amounts"),
        ({"total": Decimal(-1)}, "claim_amounts_invalid"),
    ],
)
def test_refuse_a_wrong_correction_and_leave_the_original(changes, code):
    hospital("H2")
    wrong = bill(insured(), "A1", 50800)
    settled(wrong)

    outcome = only(correcting(wrong, **changes))

    assert (outcome.result, outcome.code) == (ClaimResult.REFUSED, code)
    assert outcome.message
    assert outcome.cure
    assert Claim.objects.get().state == ClaimState.SETTLED


def test_refuse_the_bill_of_somebody_else_and_a_second_correction():
    wrong, other = bill(insured(), "A1", 50800), insured()
    settled(wrong)

    assert only(correcting(wrong, resident_id=other.pk)).code == "original_differs"
    first, second = correcting(wrong, "A2"), correcting(wrong, "A3")
    assert only(first, second).code == "original_reversed"
    assert only(correcting(wrong, "A4")).code == "original_reversed"
    assert Claim.objects.filter(state=ClaimState.SETTLED).get().number == "A2"


def test_a_correction_is_foretold_without_being_done():
    wrong = bill(insured(), "A1", 50800)
    settled(wrong)

    (told,) = expected_outcomes([correcting(wrong)], within=harbin())

    assert told.result == ClaimResult.SETTLED
    assert Claim.objects.get().state == ClaimState.SETTLED
