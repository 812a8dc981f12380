"""The notice of a settlement: its figures are the claim's, its words are literal, one page for a usual claim."""

import datetime
import io
import re
from decimal import Decimal

import pytest
from pypdf import PdfReader

from benefits.models import Claim
from benefits.rules.cap_remark import cap_remark
from benefits.rules.claim_notice import layers_in_words, money, year_after
from benefits.rules.remedies import remedies
from benefits.selectors.claim_notices import FIGURES, bureau_name, claim_notices
from benefits.services.print_notices import notices_pdf
from benefits.services.settle import settle_claims
from benefits.services.void import void_claim
from policy.selectors import approved_policy
from registry.models import Area
from tests.benefits.factories import bill, hospital, insured, law, recognized, somebody
from tests.registry.factories import ResidentFactory

pytestmark = pytest.mark.django_db
MARCH, MAY = datetime.date(2025, 3, 10), datetime.date(2025, 5, 10)
HOSTILE = '#pagebreak() *粗* [方] $x$ \\ " <b> 𠮷'


@pytest.fixture
def settled():
    """Return a claim that reached every layer, settled after a smaller one."""
    law()
    hospital()
    person = insured(ResidentFactory(name="王桂兰"))
    recognized(person, "subsistence_allowance", datetime.date(2024, 1, 1), residence="rural")
    parts = {"total": 130_000, "class_b_copay": 4_000}
    bills = [bill(person, "A", 9_000), bill(person, "B", 120_000, day=MAY, **parts)]
    settle_claims(claims=bills, user=None)
    return Claim.objects.get(number="B")


def pages(pdf):
    return [re.sub(r"\s", "", page.extract_text()) for page in PdfReader(io.BytesIO(pdf)).pages]


def notice_of(claim):
    (found,) = claim_notices([claim.pk])
    return found


def words_of(notice):
    """Return every word of a notice, spaces left out."""
    words = [notice.number, notice.bureau, notice.dated, *notice.summary, *notice.remarks, *notice.changes]
    words += [*notice.remedies, *(part for fact in notice.facts for part in fact)]
    words += [
        part for row in (*notice.parts, *notice.payers, *notice.year) for part in (row.label, row.amount)
    ]
    for layer in notice.layers:
        words += [layer.title, *(part for each in layer.sentences for part in (each.text, each.clause))]
    return [re.sub(r"\s", "", word) for word in words]


def test_every_layer_paid_and_every_figure_of_the_claim_is_on_its_notice(settled):
    paid = [settled.basic_paid, settled.critical_illness_paid, settled.assistance_paid]
    assert all(paid)

    notice = notice_of(settled)

    shown = {row.label: row.amount for row in (*notice.parts, *notice.payers)}
    assert shown == {
        "医疗总费用": "130,000.00",
        "政策范围内费用": "120,000.00",
        "乙类先行自付": "4,000.00",
        "自费（目录外）": "6,000.00",
        "基本医保支付": money(settled.basic_paid),
        "大病保险支付": money(settled.critical_illness_paid),
        "医疗救助支付": money(settled.assistance_paid),
        "个人负担": money(settled.out_of_pocket),
        "其中：政策范围内个人负担": money(settled.own_burden),
    }
    assert [layer.title for layer in notice.layers] == ["基本医保", "大病保险", "医疗救助"]
    assert any("黑医保" in each.clause for layer in notice.layers for each in layer.sentences)


def test_the_years_totals_are_those_of_both_claims(settled):
    both = Claim.objects.filter(resident=settled.resident_id)
    paid_by = [name for name in FIGURES if name != "supplement_paid"]

    notice = notice_of(settled)

    assert [row.amount for row in notice.year] == [
        money(sum(getattr(claim, name) for claim in both)) for name in ("total", *paid_by)
    ]


def test_what_is_left_of_the_cap_is_told_to_whom_has_one(settled):
    assert "还可支付" not in "".join(notice_of(settled).remarks)  # held an identity that knows no cap
    person = insured(somebody(9))
    settle_claims(claims=[bill(person, "C", 90_000), bill(person, "D", 50_000, day=MAY)], user=None)
    both = Claim.objects.filter(resident=person)
    left = 400_000 - sum(claim.critical_illness_paid for claim in both)

    notice = notice_of(both.get(number="D"))

    assert notice.remarks[-1] == (
        f"大病保险本年度最高支付限额 400,000.00 元，本次结算后还可支付 {money(left)} 元。"
    )


def test_the_pdf_says_every_word_of_the_notice_on_one_page(settled):
    notice = notice_of(settled)

    (page,) = pages(notices_pdf([notice]))

    assert [word for word in words_of(notice) if word not in page] == []
    assert settled.resident.id_number not in page
    assert settled.resident.masked_id_number in page


def test_what_a_name_contains_is_printed_and_never_read_as_markup(settled):
    settled.resident.name = HOSTILE
    settled.resident.save()

    (page,) = pages(notices_pdf([notice_of(settled)]))

    assert re.sub(r"\s", "", HOSTILE) in page


def test_a_long_working_flows_to_a_second_page_with_the_head_repeated(settled):
    settled.trace = settled.trace | {"basic": settled.trace["basic"] * 12}
    settled.save()

    found = pages(notices_pdf([notice_of(settled)]))

    assert len(found) > 1
    assert all("结算单号B" in page and "哈尔滨市医疗保障局" in page for page in found)
    assert all(f"{at}/{len(found)}" in page for at, page in enumerate(found, start=1))
    assert all("依据" in page for page in found[:2])


def test_many_notices_are_one_file_each_on_its_own_page_with_its_own_count(settled):
    first = Claim.objects.get(number="A")

    found = pages(notices_pdf(claim_notices([settled.pk, first.pk])))

    assert ["结算单号B" in page for page in found] == [True, False]
    assert all("1/1" in page for page in found)


def test_a_claim_settled_anew_says_old_and_new_and_why(settled):
    before = settled.critical_illness_paid
    void_claim(claim=Claim.objects.get(number="A"), user=None, reason="项目录入有误")
    settled.refresh_from_db()
    assert settled.critical_illness_paid != before

    (change,) = notice_of(settled).changes

    assert "冲正 A 后重新结算：项目录入有误" in change
    assert f"大病保险支付由 {money(before)} 元改为 {money(settled.critical_illness_paid)} 元" in change


def test_a_reversed_claim_prints_as_such_and_counts_to_no_year(settled):
    void_claim(claim=settled, user=None, reason="重复报送")

    notice = notice_of(settled)

    assert notice.mark == "已冲正"
    assert "重复报送" in notice.summary[0]
    assert notice.year == ()
    assert "还可支付" not in "".join(notice.remarks)
    assert "已冲正" in pages(notices_pdf([notice]))[0]


def test_a_corrected_claim_and_the_one_in_its_place_name_each_other(settled):
    again = {"day": MAY, "replaces": "B", "reason": "项目录入有误"}
    settle_claims(claims=[bill(settled.resident, "B2", 100_000, **again)], user=None)
    settled.refresh_from_db()

    old, new = notice_of(settled), notice_of(Claim.objects.get(number="B2"))

    assert (old.mark, new.mark) == ("已冲正", "")
    assert "更正后的结算单号：B2。" in old.summary
    assert "本结算单更正并代替结算单 B。" in new.summary


def test_the_identities_are_those_counted_on_the_day(settled):
    assert any(
        line.startswith("结算日计入的困难身份：类别subsistence_allowance")
        for line in notice_of(settled).remarks
    )


def test_reading_notices_costs_the_same_for_one_and_for_many(settled, django_assert_num_queries):
    settle_claims(claims=[bill(insured(somebody(at)), f"C{at}", 9_000) for at in range(8)], user=None)
    keys = list(Claim.objects.values_list("pk", flat=True))
    claim_notices(keys)  # the policies are built once

    for asked in (keys[:1], keys):
        with django_assert_num_queries(6):  # claims, categories, versions, caps, approved state, places
            assert len(claim_notices(asked)) == len(asked)


def test_the_law_says_until_when_and_by_which_clauses():
    law()

    said = remedies(approved_policy("230100/2025").data.objections, bureau="哈尔滨市医疗保障局")

    clauses = "社会保险法 第八十三条；行政复议法（2023年修订） 第二十条；行政诉讼法 第四十六条"
    ways = "60 日内依法申请行政复议，或者 6 个月内依法向人民法院提起行政诉讼"
    assert said == (
        "对结算有疑问或者不同意的，可以向哈尔滨市医疗保障局查询、申请复核。",
        f"也可以自知道结算结果之日起 {ways}（依据：{clauses}）。",
    )


def test_where_the_documents_are_silent_no_limit_is_made_up():
    assert remedies(None, bureau="某局") == ("对结算有疑问或者不同意的，可以向某局查询、申请复核。",)


def test_steps_that_moved_nothing_are_left_out_unless_a_clause_says_so():
    trace = {
        "basic": [
            {"label": "此前年度累计", "figure": "0"},
            {"label": "起付标准", "figure": "0", "clause": "某文 一", "status": "assumed"},
            {"label": "年度限额400000元，此前已支付0元，本次最多支付", "figure": "12.5"},
            {"label": "基本医保支付", "figure": "0"},
        ],
        "assistance": [],
    }

    (layer,) = layers_in_words(trace)

    assert [(each.text, each.clause) for each in layer.sentences] == [
        ("起付标准：0.00 元", "某文 一（假定）"),
        ("年度限额400,000.00 元，此前已支付0.00 元，本次最多支付：12.50 元", ""),
        ("基本医保支付：0.00 元", ""),
    ]


def test_a_separate_account_uses_no_cap_and_what_was_not_kept_is_not_said():
    trace = {"critical_illness": [{"label": "年度最高支付限额", "figure": "400000"}]}
    before = {"critical_illness_paid": "7000.00", "accounts": {"track.特药.paid": "2000.00"}}

    assert "还可支付 394,000.00 元" in cap_remark(trace, before=before, paid=Decimal(1000))
    assert cap_remark(trace, before={}, paid=Decimal(0)) == ""
    assert cap_remark({}, before=before, paid=Decimal(0)) == ""
    assert year_after({}, {"total": ("医疗总费用", Decimal(1))}) == ()


def test_an_industry_bureau_bears_its_own_name():
    assert bureau_name(Area(name="北大荒医保局", level="industry")) == "北大荒医保局"
    assert bureau_name(Area(name="哈尔滨市", level="city")) == "哈尔滨市医疗保障局"
