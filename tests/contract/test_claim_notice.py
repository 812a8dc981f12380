"""The notice of a settlement by interface: the words, or the paper; masked, logged, for whoever may read the claim."""

import io
import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from benefits.models import Claim
from benefits.services.settle import settle_claims
from benefits.services.void import void_claim
from registry.models import AccessLog, Resident
from tests.benefits.factories import bill
from tests.contract import city

pytestmark = pytest.mark.django_db
URL = "/api/v1/claims/C1/notice/"
PURPOSE = "接口查看结算告知书"


@pytest.fixture(autouse=True)
def _settled():
    wang = city.build_with_cover()
    settle_claims(
        claims=[
            bill(wang, "C1", 50_800, total=60_000, day=city.DAY(2025, 3, 10), facility_code=city.HOSPITAL)
        ],
        user=None,
    )


@pytest.fixture
def hospital():
    return city.agency("hospital", owns=city.HOSPITAL)


def amounts(told, part):
    return {each["label"]: each["amount"] for each in told[part]}


def test_the_words_say_what_the_claim_says(hospital):
    claim = Claim.objects.get()

    answer = city.client(hospital, "claims:write").get(URL)

    told = answer.json()
    assert answer.headers["Content-Type"] == "application/json"
    assert amounts(told, "parts")["医疗总费用"] == "60000.00"
    assert amounts(told, "payers")["基本医保支付"] == str(claim.basic_paid)
    assert amounts(told, "payers")["个人负担"] == str(claim.out_of_pocket)
    assert {"label": "证件号码", "value": "230199********0428"} in told["facts"]
    assert [layer["title"] for layer in told["layers"]] == ["基本医保", "大病保险", "医疗救助"]
    assert (told["mark"], told["policy"], told["number"]) == ("", "230100/2025", "C1")
    assert told["remedies"]
    logged = AccessLog.objects.get()
    assert (logged.agency_code, logged.resident, logged.purpose) == (hospital.code, claim.resident, PURPOSE)


@pytest.mark.parametrize("asked", [{"headers": {"Accept": "application/pdf"}}, {"data": {"format": "pdf"}}])
def test_the_paper_is_asked_for_by_its_kind(asked, hospital):
    answer = city.client(hospital, "claims:write").get(URL, **asked)

    assert answer.headers["Content-Type"] == "application/pdf"
    assert "C1.pdf" in answer.headers["Content-Disposition"]
    (page,) = PdfReader(io.BytesIO(answer.content)).pages
    assert "60,000.00" in page.extract_text()
    assert city.WANG not in page.extract_text()
    assert AccessLog.objects.get().purpose == PURPOSE


def test_a_paper_that_is_not_there_is_refused_as_a_problem(hospital):
    answer = city.client(hospital, "claims:write").get(
        "/api/v1/claims/C9/notice/", headers={"Accept": "application/pdf"}
    )

    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")
    assert json.loads(answer.content)["code"] == "claim_not_found"
    assert not AccessLog.objects.exists()


def test_another_form_is_refused(hospital):
    answer = city.client(hospital, "claims:write").get(URL, headers={"Accept": "text/html"})

    assert (answer.status_code, json.loads(answer.content)["code"]) == (406, "not_acceptable")


def test_a_reversed_claim_is_marked(hospital):
    void_claim(claim=Claim.objects.get(), user=None, reason="项目录入有误")

    told = city.client(hospital, "claims:write").get(URL).json()

    assert (told["mark"], told["year"]) == ("已冲正", [])
    assert "项目录入有误" in told["summary"][0]


def test_the_years_other_claims_cost_no_queries(hospital):
    caller = city.client(hospital, "claims:write")
    caller.get(URL)
    with CaptureQueriesContext(connection) as alone:
        caller.get(URL)
    wang = Resident.objects.get(name="王桂兰")
    settle_claims(
        claims=[
            bill(wang, f"D{day}", 900, day=city.DAY(2025, 4, day), facility_code=city.HOSPITAL)
            for day in range(1, 20)
        ],
        user=None,
    )
    with CaptureQueriesContext(connection) as among_many:
        caller.get(URL)

    assert len(among_many) == len(alone) <= 14
