"""A number that comes again, the lines of a bill, and corrections that come together with what they correct."""

import dataclasses
from decimal import Decimal

import pytest

from benefits.models import Claim, ClaimLine, ClaimState
from benefits.services.bills import NewLine
from benefits.services.claim_lists import apply_claims
from benefits.services.settle import ClaimResult, settle_claims
from tests.benefits.factories import bill, hospital, insured, law
from tests.benefits.test_claim_corrections import correcting
from tests.benefits.test_claim_files import HEADER, line, planned

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _law_and_hospital():
    law()
    hospital()


def item(item_class, amount, eligible=None, class_b_copay=0, name="药品"):
    return NewLine(
        name=name,
        item_class=item_class,
        amount=Decimal(amount),
        eligible=Decimal(amount if eligible is None else eligible),
        class_b_copay=Decimal(class_b_copay),
    )


def with_lines(person, *lines, number="A1"):
    sums = {"total": "amount", "eligible": "eligible", "class_b_copay": "class_b_copay"}
    amounts = {name: sum(getattr(each, of) for each in lines) for name, of in sums.items()}
    return dataclasses.replace(bill(person, number, 1), **amounts, lines=lines)


def told(*claims):
    return [
        (outcome.result, outcome.code, outcome.field) for outcome in settle_claims(claims=claims, user=None)
    ]


SETTLED = (ClaimResult.SETTLED, "", "")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (item("c", 900), "丙类（目录外）的费用不在政策范围内"),
        (item("c", 900, 0, 50), "只有乙类有乙类先行自付"),
        (item("a", 900, 800, 100), "只有乙类有乙类先行自付"),
        (item("d", 900), "目录类别“d”不在范围内"),
    ],
)
def test_refuse_a_line_against_its_class(line, why):
    (outcome,) = settle_claims(claims=[with_lines(insured(), item("a", 100), line)], user=None)

    assert (outcome.code, outcome.field) == ("line_amounts_invalid", "明细")
    assert outcome.message.startswith("第2项“药品”：")
    assert why in outcome.message
    assert not Claim.objects.exists()


def test_take_lines_as_their_class_allows():
    lines = item("a", 900), item("a", 500, 450), item("b", 100, 90, 10), item("b", 50), item("c", 70, 0)

    assert told(with_lines(insured(), *lines)) == [SETTLED]


def test_the_same_number_with_other_lines_is_refused_and_nothing_dropped():
    person = insured()
    assert told(with_lines(person, item("a", 400), item("a", 600))) == [SETTLED]

    for other in (
        (item("a", 900), item("a", 100)),
        (item("a", 400), item("a", 600, name="床位费")),
        (item("a", 600), item("a", 400)),
        (item("a", 1000),),
    ):
        assert told(with_lines(person, *other)) == [
            (ClaimResult.REFUSED, "duplicate_number_other_amounts", "明细")
        ]
    assert list(ClaimLine.objects.order_by("number").values_list("amount", flat=True)) == [400, 600]


def test_the_same_number_with_the_same_lines_or_none_changes_nothing():
    person = insured()
    bills = with_lines(person, item("a", 400), item("b", 600, 540, 60))
    assert told(bills) == [SETTLED]

    unchanged = (ClaimResult.UNCHANGED, "", "")
    assert told(bills) == [unchanged]
    assert told(dataclasses.replace(bills, lines=())) == [unchanged]
    assert told(bills, bills) == [unchanged, unchanged]


def test_lines_for_a_claim_that_came_without_are_not_dropped_in_silence():
    person = insured()
    lined = with_lines(person, item("a", 1000))
    assert told(dataclasses.replace(lined, lines=())) == [SETTLED]

    assert told(lined) == [(ClaimResult.REFUSED, "duplicate_number_other_amounts", "明细")]


def test_the_same_number_twice_in_a_call_is_compared_by_its_lines():
    person = insured()
    one, other = with_lines(person, item("a", 400), item("a", 600)), with_lines(person, item("a", 1000))

    assert told(one, one, other) == [
        SETTLED,
        (ClaimResult.UNCHANGED, "", ""),
        (ClaimResult.REFUSED, "duplicate_number_other_amounts", "明细"),
    ]


def test_lines_cost_one_query_more_only_where_a_number_comes_again(django_assert_max_num_queries):
    person = insured()
    first = with_lines(person, item("a", 400))
    settle_claims(claims=[first], user=None)

    with django_assert_max_num_queries(12) as again:
        settle_claims(claims=[first], user=None)
    assert sum("benefits_claimline" in query["sql"] for query in again.captured_queries) == 1
    with django_assert_max_num_queries(12) as bare:
        settle_claims(claims=[dataclasses.replace(first, lines=())], user=None)
    assert not any("benefits_claimline" in query["sql"] for query in bare.captured_queries)


@pytest.mark.parametrize("reverse", [False, True])
def test_a_correction_in_one_call_with_its_original(reverse):
    wrong = bill(insured(), "A1", 50800)
    right = correcting(wrong, "A2", total=Decimal(100), eligible=Decimal(100))
    last = correcting(right, "A3", total=Decimal(200), eligible=Decimal(200))
    claims = [wrong, right, last][:: -1 if reverse else 1]

    assert told(*claims) == [SETTLED] * 3

    states = dict(Claim.objects.values_list("number", "state"))
    assert states == {"A1": ClaimState.REVERSED, "A2": ClaimState.REVERSED, "A3": ClaimState.SETTLED}


def test_corrections_in_a_ring_or_of_a_refused_bill_are_refused():
    person = insured()
    one, other = bill(person, "A1", 800), bill(person, "A2", 900)
    ring = [dataclasses.replace(a, replaces=b.number, reason="录错") for a, b in ((one, other), (other, one))]
    refused = dataclasses.replace(bill(person, "B1", 100), total=Decimal(-1))

    missing = (ClaimResult.REFUSED, "original_not_found", "原结算单号")
    assert told(*ring) == [missing, missing]
    assert told(refused, correcting(bill(person, "B1", 100), "B2"))[1] == missing
    assert not Claim.objects.exists()


def correction(person, number, of):
    return f"{line(person, number, eligible='1100', out='300')},{of},录错"


def file_with_corrections(*lines):
    return "\r\n".join([f"{HEADER},原结算单号,更正原因", *lines]).encode("gb18030")


@pytest.mark.parametrize("reverse", [False, True])
def test_a_correction_in_one_file_with_its_original(monkeypatch, reverse):
    monkeypatch.setattr("benefits.services.claim_lists.CHUNK", 1)
    person = insured()
    lines = [f"{line(person, 'A1')},,", correction(person, "A2", "A1"), correction(person, "A3", "A1")]
    batch = planned(content=file_with_corrections(*lines[:: -1 if reverse else 1]))

    outcomes = {row.payload["number"]: (row.outcome, row.code) for row in batch.rows.all()}
    assert outcomes.pop("A1") == ("new", "")
    assert sorted(outcomes.values()) == [("new", ""), ("refused", "original_reversed")]

    apply_claims(batch=batch)

    taken = next(number for number, (outcome, _) in outcomes.items() if outcome == "new")
    states = dict(Claim.objects.values_list("number", "state"))
    assert states == {"A1": ClaimState.REVERSED, taken: ClaimState.SETTLED}
    assert not batch.rows.filter(number__gt=0, outcome="refused").exclude(code="original_reversed").exists()
