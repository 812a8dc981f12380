"""The notice adds up line by line to the fen, and says where a cap that incentives moved comes from."""

import datetime
from decimal import Decimal

import pytest

from benefits.models import Claim
from benefits.selectors.claim_notices import claim_notices
from benefits.services.settle import settle_claims
from tests.benefits.factories import bill, hospital, insured, law
from tests.benefits.test_year_end import policy_also_for, run

pytestmark = pytest.mark.django_db
MARCH, APRIL = datetime.date(2025, 3, 1), datetime.date(2025, 4, 1)
OF_CAP = "大病保险年度最高支付限额"


@pytest.fixture(autouse=True)
def _law():
    law()
    hospital()


def settled(person, number, eligible, day):
    (outcome,) = settle_claims(claims=[bill(person, number, eligible, day=day, basic_paid=0)], user=None)
    return outcome.claim


def notice_of(claim):
    (found,) = claim_notices([claim.pk])
    return found


def layer_of(claim, title):
    return [
        (each.text, each.clause)
        for layer in notice_of(claim).layers
        if layer.title == title
        for each in layer.sentences
    ]


def test_a_fen_between_the_yearly_figures_has_a_line_of_its_own():
    person = insured()
    settled(person, "A1", "17000.01", MARCH)  # 5,000.01 x 65 % = 3,250.0065

    claim = settled(person, "A2", "3000.01", APRIL)  # 8,000.02 x 65 % = 5,200.013

    assert claim.critical_illness_paid == Decimal("1950.00")
    said = [text for text, _ in layer_of(claim, "大病保险")]
    at = said.index("20,000.00 元（含）以下部分支付65%：1,950.01 元")
    assert said[at + 1 : at + 3] == [
        "全年累计按分计算的尾差：-0.01 元",
        "各段合计（全年累计计算，四舍五入到分）：1,950.00 元",
    ]


def test_lines_that_add_up_have_no_odd_fen():
    claim = settled(insured(), "A1", "112000", MARCH)

    assert not any("尾差" in text for text, _ in layer_of(claim, "大病保险"))


def test_a_cap_that_incentives_moved_is_explained_with_its_clauses():
    policy_also_for(2026)
    person = insured(None, 2025, 2026)
    run()

    claim = settled(person, "A1", "700000", datetime.date(2026, 3, 1))

    assert claim.critical_illness_paid == Decimal(404000)
    said = dict(layer_of(claim, OF_CAP))
    assert said["原封顶线：400,000.00 元"]
    assert said["零报销激励 1 档：4,000.00 元"]
    assert "本年度最高支付限额：404,000.00 元" in said
    assert dict(layer_of(claim, "大病保险"))["年度最高支付限额（计入激励与断保后）：404,000.00 元"]


def test_a_cap_that_nothing_moved_needs_no_words_of_its_own():
    claim = settled(insured(), "A1", "112000", MARCH)

    assert claim.trace["cap"]
    assert layer_of(claim, OF_CAP) == []


def test_a_claim_settled_before_the_year_end_says_what_the_cap_is_since():
    policy_also_for(2026)
    person = insured(None, 2025, 2026)
    claim = settled(person, "A1", "112000", datetime.date(2026, 1, 3))
    assert notice_of(claim).remarks[-1].endswith("还可支付 328,500.00 元。")

    run()

    claim = Claim.objects.get(pk=claim.pk)
    assert notice_of(claim).remarks[-1] == (
        "大病保险本年度最高支付限额 400,000.00 元，本次结算后还可支付 328,500.00 元。"
        "以上为结算时的限额；上年度年终核算后，本年度限额为 404,000.00 元。"
    )
