"""Bills that cannot be right, by interface, by file and on paper: the same code and the same words each way."""

import html
import json
from itertools import chain

import pytest

from benefits.models import Claim, Facility, ManualClaim
from benefits.services.claim_lists import plan_claims
from benefits.services.settle import settle_claims
from registry.batch.history import update_with_history
from registry.models import Resident, Role
from tests.benefits.factories import bill
from tests.benefits.test_claim_files import HEADER, TODAY, line
from tests.contract import city
from tests.contract.matrix import CLAIM
from tests.pages.conftest import at_desk, staff
from tests.registry import factories as registry

pytestmark = pytest.mark.django_db

FORM, CHECK, NOWHERE = "form", "check", "nowhere"
# what is wrong → the bill's own fields, code and field it is refused with, and where the page of paper bills says so
BAD = {
    "zero": ({"total": "0", "eligible": "0"}, "claim_amounts_invalid", "总费用", FORM),
    "negative": ({"total": "-1", "eligible": "-1"}, "claim_amounts_invalid", "总费用", FORM),
    "half a fen": ({"total": "9000.005"}, "claim_amounts_invalid", "总费用", FORM),
    "a negative part": ({"basic_paid": "-0.01"}, "claim_amounts_invalid", "基本医保已支付", FORM),
    "more than the books hold": ({"total": "10000000000"}, "claim_amounts_invalid", "总费用", FORM),
    "parts larger than the total": ({"eligible": "9000.01"}, "claim_amounts_invalid", "总费用", FORM),
    "more paid than eligible": ({"basic_paid": "9000.01"}, "claim_amounts_invalid", "基本医保已支付", FORM),
    "discharge before admission": ({"discharged_on": "2025-02-28"}, "dates_out_of_order", "出院日期", FORM),
    "settled before discharge": ({"settled_on": "2025-03-09"}, "dates_out_of_order", "结算日期", NOWHERE),
    "settled on a day that has not come": ({"settled_on": "2098-12-31"}, "day_not_come", "结算日期", NOWHERE),
    "a stay that has not ended": (
        {"discharged_on": "2098-12-30", "settled_on": "2098-12-31"},
        "day_not_come",
        "出院日期",
        FORM,
    ),
    "before there is a law": (
        {"admitted_on": "2023-12-01", "discharged_on": "2023-12-05"},
        "policy_not_found",
        "出院日期",
        CHECK,
    ),
    "before benefits start": (
        {"id_number": city.LATE, "admitted_on": "2025-02-01", "discharged_on": "2025-02-09"},
        "not_covered",
        "入院日期",
        CHECK,
    ),
    "a stay over the first day of cover": (
        {"id_number": city.LATE, "admitted_on": "2025-02-25"},
        "stay_crosses_cover",
        "入院日期",
        CHECK,
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
        CHECK,
    ),
    "after death": (
        {"discharged_on": "2025-05-02", "settled_on": "2025-05-02"},
        "dead",
        "出院日期",
        CHECK,
    ),
    "an unknown facility": ({"facility_code": "H0"}, "unknown_facility", "机构编码", NOWHERE),
    "an account the law does not know": ({"track": "特药"}, "unknown_track", "单独支付通道", CHECK),
    "the same number with other amounts": (
        {"number": "C1"},
        "duplicate_number_other_amounts",
        "结算单号",
        FORM,
    ),
    "a correction of nothing": (
        {"replaces": "NONE", "reason": "录入有误"},
        "original_not_found",
        "原结算单号",
        NOWHERE,
    ),
    "a correction without a reason": ({"replaces": "C1"}, "correction_unexplained", "更正原因", NOWHERE),
}
bad = pytest.mark.parametrize(("changes", "code", "field", "on_paper"), BAD.values(), ids=BAD)
FILLED = ("total", "eligible")
CELLS = {
    "facility_code": "facility",
    "admitted_on": "from",
    "discharged_on": "to",
    "settled_on": "settled",
    "class_b_copay": "class_b",
    "basic_paid": "basic",
}
NAMES = {city.LI: "李秀英", city.LATE: "赵晚晴"}


@pytest.fixture(autouse=True)
def _town():
    wang = city.build_with_cover()
    settle_claims(
        claims=[bill(wang, "C1", 5000, day=city.DAY(2025, 2, 10), facility_code=city.HOSPITAL)], user=None
    )
    update_with_history(
        Resident.objects.filter(pk=wang.pk), {"died_on": city.DAY(2025, 5, 1)}, reason="死亡登记"
    )
    late = city.resident(city.LATE, NAMES[city.LATE])
    city.insure(late, 2025, starting=city.DAY(2025, 3, 1))


def sent(changes):
    caller = city.client(city.agency(owns=city.HOSPITAL), "claims:write")
    return caller.post("/api/v1/claims/", {"claims": [CLAIM | changes]}, headers={"Idempotency-Key": "bad"})


def planned(changes):
    person = Resident.objects.get(name=NAMES.get(changes.get("id_number"), "王桂兰"))
    said = CLAIM | {"class_b_copay": "0", "basic_paid": ""} | changes
    cells = {CELLS.get(name, name): value for name, value in said.items() if name in CELLS or name in FILLED}
    row = line(person, said["number"], **(cells | {"out": "", "id_number": said["id_number"]}))
    told = ",".join([row, *(said.get(name, "") for name in ("referral", "track", "replaces", "reason"))])
    content = "\r\n".join([HEADER + ",转诊,单独支付通道,原结算单号,更正原因", told]).encode()
    batch = plan_claims(content=content, file_name="结算.csv", area=registry.harbin(), as_of=TODAY)
    return batch.rows.get()


def typed(changes):
    """Type the bill from paper, have it checked if it may be typed; return the page that says what is wrong."""
    said = CLAIM | {"referral": "none", "track": "", "basic_paid": ""} | changes
    names = (
        "number",
        "id_number",
        "kind",
        "admitted_on",
        "discharged_on",
        "total",
        "basic_paid",
        "referral",
        "track",
    )
    paper = {name: said[name] for name in names} | {
        "facility": str(Facility.objects.get(code=said["facility_code"]).pk),
        "lines-TOTAL_FORMS": "1",
        "lines-INITIAL_FORMS": "0",
        "lines-0-name": "住院费",
        "lines-0-item_class": "a",
        "lines-0-amount": said["total"],
        "lines-0-eligible": said["eligible"],
        "lines-0-class_b_copay": "0",
    }
    clerk = at_desk(staff(Role.CLERK, registry.harbin()))
    return clerk.post("/admin/benefits/manualclaim/add/", paper)


def checked():
    """Have the typed bill checked as it stands; return its page."""
    manual = ManualClaim.objects.get()
    (item,) = manual.lines.all()
    told = {f"eligible_{item.pk}": item.eligible, f"copay_{item.pk}": "0", f"reason_{item.pk}": ""}
    reviewer, page = (
        at_desk(staff(Role.REVIEWER, registry.harbin())),
        f"/admin/benefits/manualclaim/{manual.pk}",
    )
    reviewer.post(f"{page}/check_it/", told | {"_form_submitted": "True"})
    return reviewer.get(f"{page}/change/")


def codes_on(answer):
    """Return the codes of all refusals on a form."""
    (items,) = answer.context["inline_admin_formsets"]
    told = [
        answer.context["adminform"].form.errors.as_data(),
        *(form.errors.as_data() for form in items.formset.forms),
    ]
    errors = chain(
        items.formset.non_form_errors().as_data(), *(each for form in told for each in form.values())
    )
    return {error.code for error in errors}


@bad
def test_a_bad_bill_is_refused_alike_by_interface_file_and_page(changes, code, field, on_paper):
    (told,) = json.loads(sent(changes).content)["outcomes"]
    row = planned(changes)

    assert (told["result"], told["code"], told["field"]) == ("refused", code, field)
    assert told["message"]
    assert told["cure"]
    assert (row.outcome, row.code, row.field, row.number) == ("refused", code, field, 2)
    ground = f"（{told['clause']}）" if told["clause"] else ""
    assert row.message == f"{told['message']}{ground}；{told['cure']}"
    if on_paper != NOWHERE:
        answer = typed(changes)
        assert answer.status_code == (200 if on_paper == FORM else 302)
        if on_paper == FORM:
            assert code in codes_on(answer)
        else:
            answer = checked()
        assert told["message"] in html.unescape(answer.content.decode())
    assert Claim.objects.count() == 1


def test_one_bad_bill_stops_no_other():
    caller = city.client(city.agency(owns=city.HOSPITAL), "claims:write")
    claims = [CLAIM | {"number": "C8", "total": "-1"}, CLAIM | {"number": "C9"}]

    answer = caller.post("/api/v1/claims/", {"claims": claims}, headers={"Idempotency-Key": "two"})

    assert [each["result"] for each in json.loads(answer.content)["outcomes"]] == ["refused", "settled"]


@pytest.mark.parametrize("total", ["abc", "", 9000.5, "1" * 13])
def test_what_is_no_number_is_refused_with_the_call(total):
    answer = sent({"total": total})

    assert answer.status_code == 400
    assert "claims.0.total" in json.loads(answer.content)["errors"]
    assert Claim.objects.count() == 1


def test_the_file_names_the_referral_it_does_not_know():
    row = planned({"referral": "转到国外"})

    assert (row.outcome, row.code, row.field) == ("refused", "unknown_referral", "转诊")
    assert "未转诊、省内转诊、转诊省外" in row.message


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
