"""Separate accounts (单独支付通道) and referrals: named by a bill, settled by them, refused where there is none."""

import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import timezone

from benefits.models import Claim
from benefits.rules.tracks import track_code, track_names
from benefits.selectors.claim_notices import claim_notices
from benefits.services.claim_lists import apply_claims, plan_claims
from benefits.services.settle import ClaimResult, settle_claims
from policy.loader import load_file
from tests.benefits.factories import bill, hospital, insured, law
from tests.benefits.test_claim_files import HEADER, TODAY, line
from tests.enrollment.conftest import approve
from tests.registry.factories import harbin

FILE = Path(__file__).parent / "layered_region.toml"
DAY = datetime.date(2027, 3, 10)
LAYERED = load_file(FILE).critical_illness


@pytest.fixture
def _layered(db):
    """Let the fictitious law hold in Harbin."""
    approve("230100", 2027, FILE.read_text().replace('"990200"', '"230100"'))
    hospital()


def drug(person, number="T1", **fields):
    given = {"track": "特药", "referral": "in_province", "basic_paid": "0", "day": DAY, "kind": "outpatient"}
    return bill(person, number, 30000, **(given | fields))


def test_names_and_codes_of_a_policy():
    assert track_names(LAYERED) == {"special_drug": "特药"}
    assert [track_code(LAYERED, said) for said in ("", "特药", "special_drug", "移植")] == [
        "",
        "special_drug",
        "special_drug",
        None,
    ]
    assert (track_names(None), track_code(None, "特药")) == ({}, None)


@pytest.mark.usefixtures("_layered")
@pytest.mark.parametrize("said", ["特药", "special_drug", " 特药 "])
def test_an_account_is_named_by_name_or_code(said):
    person = insured(None, 2027)

    (outcome,) = settle_claims(claims=[drug(person, track=said)], user=None)
    (again,) = settle_claims(claims=[drug(person, track="special_drug")], user=None)

    claim = outcome.claim
    assert (claim.track, claim.referral) == ("special_drug", "in_province")
    assert claim.critical_illness_paid == Decimal("6000.00")  # (30 000 - 20 000) x 60 %
    assert again.result == ClaimResult.UNCHANGED
    (notice,) = claim_notices([claim.pk])
    assert ("单独支付通道", "特药") in notice.facts
    assert ("转诊", "省内转诊") in notice.facts


@pytest.mark.usefixtures("_layered")
def test_an_unknown_account_names_those_there_are():
    (outcome,) = settle_claims(claims=[drug(insured(None, 2027), track="移植")], user=None)

    assert (outcome.code, outcome.field) == ("unknown_track", "单独支付通道")
    assert outcome.message == "单独支付通道“移植”不是当地政策规定的"
    assert outcome.cure == "请填写：特药；没有的不填"


@pytest.mark.django_db
def test_where_the_policy_has_none_every_account_is_unknown():
    law()
    hospital()

    (outcome,) = settle_claims(claims=[bill(insured(), "A1", 100, track="特药")], user=None)

    assert (outcome.code, outcome.cure) == ("unknown_track", "当地政策没有单独支付通道，此栏不填")


@pytest.mark.usefixtures("_layered")
def test_a_referral_the_codes_do_not_know_is_refused():
    (outcome,) = settle_claims(claims=[drug(insured(None, 2027), referral="abroad")], user=None)

    assert (outcome.code, outcome.field) == ("unknown_referral", "转诊")


@pytest.mark.usefixtures("_layered")
def test_a_file_sends_both(monkeypatch):
    monkeypatch.setattr(timezone, "localdate", lambda *_: datetime.date(2027, 4, 1))
    person = insured(None, 2027)
    days = {"from": "2027-03-01", "to": "2027-03-10", "settled": "2027-03-10"}
    money = {"total": "30000", "eligible": "30000", "class_b": "", "out": "", "basic": "0"}
    rows = [
        line(person, "F1", **days, **money) + ",省内,特药",
        line(person, "F2", **days, **money) + ",无,",
        line(person, "F3", **days, **money) + ",未转诊,移植",
    ]
    content = "\r\n".join([HEADER + ",转诊情况,支付通道", *rows]).encode()

    batch = plan_claims(content=content, file_name="结算.csv", area=harbin(), as_of=TODAY)
    planned = list(batch.rows.order_by("number").values_list("number", "code", "field"))
    apply_claims(batch=batch)

    assert planned == [(2, "", ""), (3, "", ""), (4, "unknown_track", "单独支付通道")]
    assert list(Claim.objects.order_by("number").values_list("number", "referral", "track")) == [
        ("F1", "in_province", "special_drug"),
        ("F2", "none", ""),
    ]
