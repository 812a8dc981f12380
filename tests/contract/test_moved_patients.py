"""A hospital and its own claims once their people moved away: it sees, corrects and takes back what it sent."""

import json

import pytest

from benefits.models import Claim, ClaimState
from registry.batch.history import update_with_history
from registry.models import AccessLog, Resident
from tests.contract import city
from tests.registry import factories as registry

pytestmark = pytest.mark.django_db
ANOTHER = "H2301"
FIRST = {
    "number": "M1", "id_number": city.WANG, "facility_code": city.HOSPITAL, "kind": "inpatient",
    "admitted_on": "2025-03-01", "discharged_on": "2025-03-10", "settled_on": "2025-03-10",
    "total": "112000.00", "eligible": "112000.00", "basic_paid": "0.00",
}  # fmt: skip
BEFORE = FIRST | {
    "number": "M0", "admitted_on": "2025-02-01", "discharged_on": "2025-02-02", "settled_on": "2025-02-02",
    "total": "20000.00", "eligible": "20000.00",
}  # fmt: skip


def post(caller, path, body, key):
    answer = caller.post(f"/api/v1/{path}", body, format="json", headers={"Idempotency-Key": key})
    return answer.status_code, json.loads(answer.content)


def told(caller, *claims, key):
    _, reply = post(caller, "claims/", {"claims": claims}, key)
    return [(each["number"], each["result"], each["code"]) for each in reply["outcomes"]]


@pytest.fixture
def wang():
    return city.build_with_cover()


@pytest.fixture
def own(wang):
    return city.client(city.agency("hospital", owns=city.HOSPITAL), "claims:write")


def move(wang, *, away):
    area = registry.tangshan() if away else registry.shangzhi()
    moved = {"living_area": area} | ({"pooling_area": area} if away else {})
    update_with_history(Resident.objects.filter(pk=wang.pk), moved, reason="迁居")


@pytest.mark.parametrize("away", [False, True], ids=["inside the pool", "to another"])
def test_a_hospital_keeps_its_own_claims_after_a_move(own, wang, away):
    told(own, FIRST, key="1")
    told(own, BEFORE, key="2")
    adjustments = own.get("/api/v1/claims/adjustments/").content
    assert b"M1" in adjustments

    move(wang, away=away)

    assert own.get("/api/v1/claims/M1/").status_code == 200
    assert own.get("/api/v1/claims/adjustments/").content == adjustments
    assert told(own, FIRST, key="3") == [("M1", "unchanged", "")]
    right = FIRST | {"number": "M1x", "replaces": "M1", "reason": "录错", "eligible": "111999.99"}
    assert told(own, right, key="4") == [("M1x", "settled", "")]
    status, reply = post(own, "claims/M0/void/", {"reason": "重复"}, "5")
    assert (status, reply["claim"]["state"]) == (200, "reversed")
    assert Claim.objects.get(number="M1").state == ClaimState.REVERSED
    assert AccessLog.objects.filter(resident=wang, purpose="接口报送结算").count() == 4


def test_a_new_claim_of_somebody_who_moved_away_stays_refused(own, wang):
    told(own, FIRST, key="1")
    move(wang, away=True)

    assert told(own, FIRST | {"number": "M9"}, key="2") == [("M9", "refused", "resident_not_found")]
    assert told(own, FIRST | {"number": "M9", "replaces": "NONE", "reason": "录错"}, key="3") == [
        ("M9", "refused", "resident_not_found")
    ]


def test_another_hospital_learns_nothing_of_a_claim_by_its_number(own, wang):
    told(own, FIRST, key="1")
    move(wang, away=False)
    other = city.client(city.agency("hospital", owns=city.OTHER_HOSPITAL, code="other"), "claims:write")

    assert other.get("/api/v1/claims/M1/").status_code == 404
    theirs = FIRST | {
        "facility_code": city.OTHER_HOSPITAL,
        "number": "X1",
        "replaces": "M1",
        "reason": "录错",
    }
    assert told(other, theirs, key="2") == [("X1", "refused", "resident_not_found")]
