"""A county adds tiers of its own, paid by itself, and takes nothing away (TS-A7); bounds have to check something."""

import datetime
from decimal import Decimal

import pytest

from enrollment.services.quote import quote
from hardship.rules.premium_assistance import premium_assistance
from policy.bound_paths import leads_to_leaf
from policy.conditions import Identity, Person
from policy.counties import is_county_of
from policy.errors import OutOfBounds, PolicyInvalid, RuleNotPublished
from policy.loader import build, read_shipped
from policy.policy import leaves
from policy.services.versions import SamePerson, approve, load_shipped_policies, save_draft, submit
from tests.enrollment.test_late_identities import held
from tests.registry.factories import ResidentFactory, UserFactory, area, tangshan

HEADER = 'area = "130229"\nyear = 2025\ninherits = "130200/2025"\ntitle = "玉田县 2025 年度"\n'
CLAUSE = 'clause = "玉医保〔2024〕8号"'
BOTH = '{ basic = ["county"], ltc = ["county"] }'
PREMIUM = {"basic": Decimal(400), "ltc": Decimal(30)}
DAY = datetime.date(2024, 10, 20)


def tier(
    *,
    when: str = '"orphan"',
    aid: str = '{ kind = "fixed", amounts = { basic = 200 } }',
    payers: str = '{ basic = ["county"] }',
    county: str = "130229",
) -> str:
    marked = f'county = {{ value = "{county}", unit = "rule", {CLAUSE} }}\n' if county else ""
    return (
        '[assistance.tier.yutian]\nlabel = "玉田县孤儿资助"\n'
        f'when = {{ value = {when}, unit = "condition", {CLAUSE} }}\n'
        f'aid = {{ value = {aid}, unit = "rule", {CLAUSE} }}\n'
        f'payers = {{ value = {payers}, unit = "payers", {CLAUSE} }}\n{marked}'
    )


def yutian(body: str, *, below: str = "130200/2025"):
    """Return the county's policy as written."""
    text = HEADER.replace("130200/2025", below) + body
    return build("130229/2025", lambda key: text if key == "130229/2025" else read_shipped(key))


def granted(policy, *categories: str, county: str = "130229"):
    person = Person(
        day=DAY,
        coverage_year=2025,
        identities=tuple(map(Identity, categories)),
        has_local_hukou=True,
    )
    return premium_assistance(policy.assistance, PREMIUM, person=person, county=county).value


def test_a_countys_tier_is_paid_by_the_county_and_the_highest_applies():
    policy = yutian(tier())

    own = granted(policy, "orphan")
    both = granted(policy, "orphan", "subsistence_allowance")

    assert (own.tier, own.total) == ("yutian", Decimal(200))
    assert [(share.payers, share.amount) for share in own.payers] == [(("county",), Decimal(200))]
    assert (both.tier, both.total) == ("fixed_390", Decimal(390))
    assert [(lost.tier, lost.total) for lost in both.losing] == [("yutian", Decimal(200))]
    assert granted(policy, "orphan", county="130281").tier is None


def test_a_fixed_sum_above_the_premium_is_cut_to_it_and_the_working_says_so():
    policy = yutian(tier(aid='{ kind = "fixed", amounts = { basic = 500, ltc = 30 } }', payers=BOTH))
    person = Person(day=DAY, coverage_year=2025, identities=(Identity("orphan"),), has_local_hukou=True)

    aid = premium_assistance(policy.assistance, PREMIUM, person=person, county="130229")

    assert aid.value.aid == PREMIUM
    cut, total = aid.steps[1:3]
    assert (cut.label, cut.figure, cut.clause) == (
        "基本医保定额 500 元高于个人缴费，按个人缴费资助", Decimal(400), "玉医保〔2024〕8号"
    )  # fmt: skip
    assert (total.label, total.figure) == ("资助金额", Decimal(430))


@pytest.mark.parametrize(
    "aid",
    ['{ kind = "fixed", amounts = { basic = 100.005 } }', '{ kind = "pays", amount = 100.005 }'],
)
def test_a_sum_of_aid_is_written_in_whole_fen(aid: str):
    with pytest.raises(PolicyInvalid) as refused:
        yutian(tier(aid=aid, payers=BOTH))

    assert "最多写 2 位小数" in refused.value.message
    assert granted(yutian(tier(aid=aid.replace("100.005", "100.050"), payers=BOTH)), "orphan").total > 0


@pytest.mark.parametrize("county", ["230102", "130200", "玉田", "1302290"])
def test_a_citys_policy_has_no_tier_for_a_county_elsewhere(county: str):
    city = read_shipped("130200/2025")

    def read(key: str, *, of: str = county) -> str:
        return city + tier(county=of) if key == "130200/2025" else read_shipped(key)

    with pytest.raises(OutOfBounds) as refused:
        build("130200/2025", read)

    assert f"{county} 不是 130200 的县（市、区）" in refused.value.message
    assert (
        granted(build("130200/2025", lambda key: read(key, of="130281")), "orphan", county="130281").total
        == 200
    )


CITY_390 = "assistance.tier.fixed_390"


def changed(name: str, value: str, unit: str) -> str:
    """Return the city's tier with another leaf."""
    return f'[{CITY_390}]\n{name} = {{ value = {value}, unit = "{unit}", {CLAUSE} }}\n'


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (
            tier(payers='{ basic = ["medical_assistance_fund", "county"] }'),
            "只能由县级财政负担（违反 唐医保函〔2024〕45号 二(三)）",
        ),
        (tier(county=""), "应写明 county = 130229"),
        (tier(county="130281"), "应写明 county = 130229"),
        (f"[{CITY_390}]\nwithdrawn = true\n", "取消了市级档次“定额资助390元”（唐医保函〔2024〕45号 二(一)）"),
        (
            changed("aid", '{ kind = "fixed", amounts = { basic = 300, ltc = 30 } }', "rule"),
            "300.00 元低于市级 360.00 元（违反 唐医保函〔2024〕45号 二(一)）",
        ),
        (
            changed("aid", '{ kind = "full" }', "rule"),
            "改动了市级档次“定额资助390元”",
        ),
        (
            changed("payers", '{ basic = ["county"], ltc = ["county"] }', "payers"),
            "改动了市级档次“定额资助390元”的出资方（违反 唐医保函〔2024〕45号 二(一)）",
        ),
        (
            f'[financing.personal]\nltc = {{ value = 20, unit = "yuan/person/year", {CLAUSE} }}\n',
            "financing.personal.ltc，违反 唐医保函〔2024〕45号 一",
        ),
        (
            f'[assistance]\nhukou_required = {{ value = false, unit = "flag", {CLAUSE} }}\n',
            "assistance.hukou_required，违反 唐医保函〔2024〕45号 二(一)",
        ),
        (
            tier(when='"exited_poverty"', aid='{ kind = "full" }'),
            "资助 400.00 元，应为 60% 即 240.00 元（违反 冀医保函〔2024〕89号 一(二)）",
        ),
        ("[bound.aid_exited_poverty]\nwithdrawn = true\n", "bound.aid_exited_poverty.rule"),
    ],
)  # fmt: skip
def test_what_a_county_may_not_do_is_refused_with_the_clause(body: str, says: str):
    with pytest.raises(OutOfBounds) as refused:
        yutian(body)

    assert says in refused.value.message


def test_where_no_document_lets_counties_add_tiers_none_is_guessed():
    city = read_shipped("130200/2025")
    silent = "\n".join(line for line in city.splitlines() if not line.startswith("county_tiers"))
    texts = {"130229/2025": HEADER + tier(), "130200/2025": silent}

    with pytest.raises(RuleNotPublished, match="县级不能自设资助档次"):
        build("130229/2025", lambda key: texts.get(key) or read_shipped(key))


@pytest.mark.parametrize(
    ("lower", "upper", "expected"),
    [
        ("130229", "130200", True),
        ("130281", "130200", True),
        ("130200", "130000", False),
        ("130229", "130000", False),
        ("130429", "130200", False),
        ("130229001", "130200", False),
        ("RAIL01", "130200", False),
    ],
)
def test_a_county_is_known_by_its_code(lower: str, upper: str, expected: bool):
    assert is_county_of(lower, upper) is expected


@pytest.mark.django_db
def test_a_countys_version_is_written_by_one_approved_by_another_and_holds_there_alone():
    load_shipped_policies()
    author, approver = UserFactory.create_batch(2)
    county = area("130229", parent=tangshan())
    inside = ResidentFactory(living_area=county, pooling_area=tangshan(), hukou_area=county)
    outside = ResidentFactory(living_area=tangshan(), pooling_area=tangshan(), hukou_area=tangshan())
    for person in (inside, outside):
        held(person, datetime.date(2024, 1, 1), of="orphan")

    version = submit(version=save_draft(text=HEADER + tier(), user=author))
    with pytest.raises(SamePerson):
        approve(version=version, user=author)
    approve(version=version, user=approver)
    quotes = quote(resident_ids=[inside.pk, outside.pk], coverage_year=2025, paid_on=DAY)

    assert (quotes[inside.pk].policy_key, quotes[inside.pk].dues.payable) == ("130229/2025", Decimal(230))
    assert (quotes[outside.pk].policy_key, quotes[outside.pk].dues.payable) == ("130200/2025", Decimal(430))
    with pytest.raises(OutOfBounds):
        save_draft(text=HEADER + tier(payers='{ basic = ["village"] }'), user=author)


def bound(rule: str) -> str:
    return f'[bound.mine]\nlabel = "试"\nrule = {{ value = {rule}, unit = "rule", {CLAUSE} }}\n'


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ('{ kind = "at_most", path = "critical_illness.cpa", figure = 1 }', "path“critical_illness.cpa”不是任何一项"),
        ('{ kind = "at_most", path = "critical_illness", figure = 1 }', "path“critical_illness”不是任何一项"),
        (
            '{ kind = "at_least", path = "critical_illness.cap", share_of = "series.income" }',
            "share_of“series.income”不是任何一项",
        ),
        ('{ kind = "bands_not_falling", path = "critical_illness.band" }', "不是任何一项"),
        ('{ kind = "not_after", path = "enrollment.window.late.close", day = 2025-02-28 }', "不是任何一项"),
        ('{ kind = "at_least", path = "critical_illness.cap" }', "figure 和 share_of 应写其中之一"),
        (
            '{ kind = "at_most", path = "critical_illness.cap", figure = 1,share_of = "critical_illness.deductible" }',
            "figure 和 share_of 应写其中之一",
        ),
    ],
)  # fmt: skip
def test_a_bound_that_would_check_nothing_is_refused(rule: str, says: str):
    with pytest.raises(PolicyInvalid) as refused:
        yutian(bound(rule))

    assert says in refused.value.message


@pytest.mark.parametrize("key", ["130200/2025", "230100/2025"])
def test_every_leaf_there_is_can_be_bounded(key: str):
    policy = build(key, read_shipped)

    assert [path for path, _ in leaves(policy.data) if not leads_to_leaf(path)] == []
