"""Bills that cannot be right, by interface and by file: refused with code, field and a Chinese sentence."""

import json

import pytest

from benefits.models import Claim
from benefits.services.claim_lists import plan_claims
from benefits.services.settle import settle_claims
from registry.batch.history import update_with_history
from registry.models import Resident
from tests.benefits.factories import bill
from tests.benefits.test_claim_files import HEADER, TODAY, line
from tests.contract import city
from tests.contract.test_permissions import CLAIM
from tests.registry import factories as registry

pytestmark = pytest.mark.django_db

# what is wrong → the bill's own fields, the code and field it is refused with by the rules
BAD = {
    "zero": ({"total": "0", "eligible": "0"}, "claim_amounts_invalid", "总费用"),
    "parts larger than the total": ({"eligible": "9000.01"}, "claim_amounts_invalid", "总费用"),
    "more paid than eligible": ({"basic_paid": "9000.01"}, "claim_amounts_invalid", "基本医保已支付"),
    "discharge before admission": ({"discharged_on": "2025-02-28"}, "dates_out_of_order", "出院日期"),
    "settled before discharge": ({"settled_on": "2025-03-09"}, "dates_out_of_order", "结算日期"),
    "before benefits start": (
        {"admitted_on": "2023-12-01", "discharged_on": "2023-12-05"},
        "policy_not_found",
        "出院日期",
    ),
    "a stay over New Year into a year without cover": (
        {
            "id_number": city.LI,
            "admitted_on": "2024-12-28",
            "discharged_on": "2025-01-04",
            "settled_on": "2025-01-04",
        },
        "not_covered",
        "入院日期",
    ),
    "after death": ({"discharged_on": "2025-05-02", "settled_on": "2025-05-02"}, "dead", "出院日期"),
    "an unknown facility": ({"facility_code": "H0"}, "unknown_facility", "机构编码"),
    "the same number with other amounts": (
        {"number": "C1"},
        "duplicate_number_other_amounts",
        "结算单号",
    ),
    "a correction of nothing": (
        {"replaces": "NONE", "reason": "录入有误"},
        "original_not_found",
        "原结算单号",
    ),
    "a correction without a reason": ({"replaces": "C1"}, "correction_unexplained", "更正原因"),
}
UNREADABLE = {"negative": {"total": "-1"}, "half a fen": {"total": "9000.005"}}
bad = pytest.mark.parametrize(("changes", "code", "field"), BAD.values(), ids=BAD)
unreadable = pytest.mark.parametrize("changes", UNREADABLE.values(), ids=UNREADABLE)
FILLED = ("total", "eligible")
CELLS = {
    "facility_code": "facility",
    "admitted_on": "from",
    "discharged_on": "to",
    "settled_on": "settled",
    "class_b_copay": "class_b",
    "basic_paid": "basic",
}


@pytest.fixture(autouse=True)
def _town():
    wang = city.build_with_cover()
    settle_claims(
        claims=[bill(wang, "C1", 5000, day=city.DAY(2025, 2, 10), facility_code=city.HOSPITAL)], user=None
    )
    update_with_history(
        Resident.objects.filter(pk=wang.pk), {"died_on": city.DAY(2025, 5, 1)}, reason="死亡登记"
    )


def sent(changes):
    caller = city.client(city.agency(owns=city.HOSPITAL), "claims:write")
    return caller.post("/api/v1/claims/", {"claims": [CLAIM | changes]}, headers={"Idempotency-Key": "bad"})


def planned(changes):
    person = Resident.objects.get(name="李秀英" if changes.get("id_number") == city.LI else "王桂兰")
    said = CLAIM | {"class_b_copay": "0", "basic_paid": ""} | changes
    cells = {CELLS.get(name, name): value for name, value in said.items() if name in CELLS or name in FILLED}
    row = line(person, said["number"], **(cells | {"out": "", "id_number": said["id_number"]}))
    told = f"{row},{said.get('replaces', '')},{said.get('reason', '')}"
    content = "\r\n".join([HEADER + ",原结算单号,更正原因", told]).encode()
    batch = plan_claims(content=content, file_name="结算.csv", area=registry.harbin(), as_of=TODAY)
    return batch.rows.get()


@bad
def test_the_interface_says_what_is_wrong(changes, code, field):
    answer = sent(changes)

    (told,) = json.loads(answer.content)["outcomes"]
    assert (told["result"], told["code"], told["field"]) == ("refused", code, field)
    assert told["message"]
    assert told["cure"]
    assert Claim.objects.count() == 1


@unreadable
def test_the_interface_refuses_what_is_no_amount(changes):
    answer = sent(changes)

    assert answer.status_code == 400
    assert "claims.0.total" in json.loads(answer.content)["errors"]
    assert Claim.objects.count() == 1


@bad
def test_the_file_says_what_is_wrong_in_its_row(changes, code, field):
    row = planned(changes)

    assert (row.outcome, row.code, row.field, row.number) == ("refused", code, field, 2)
    assert len(row.message) > 5


@unreadable
def test_the_file_refuses_what_is_no_amount(changes):
    row = planned(changes)

    assert (row.outcome, row.field) == ("refused", "总费用")
    assert row.message


def test_a_stay_over_new_year_of_somebody_insured_in_both_years_is_settled():
    answer = sent({"number": "C9", "admitted_on": "2024-12-28", "discharged_on": "2025-01-04"})

    (told,) = json.loads(answer.content)["outcomes"]
    assert (told["result"], told["claim"]["coverage_year"]) == ("settled", 2025)


def test_a_correction_by_interface_and_again():
    right = {"number": "C2", "replaces": "C1", "reason": "药费录入有误"}

    (first,) = json.loads(sent(right).content)["outcomes"]
    caller = city.client(city.agency(owns=city.HOSPITAL), "claims:write")
    (again,) = json.loads(
        caller.post(
            "/api/v1/claims/", {"claims": [CLAIM | right]}, headers={"Idempotency-Key": "again"}
        ).content
    )["outcomes"]

    assert (first["result"], first["claim"]["replaces"], again["result"]) == ("settled", "C1", "unchanged")
    assert list(Claim.objects.order_by("number").values_list("number", "state")) == [
        ("C1", "reversed"),
        ("C2", "settled"),
    ]
