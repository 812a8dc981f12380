"""The pages 零星报销 and 费用结算: typed, checked, worked out, settled by another; what is wrong is said."""

import pytest

from benefits.models import Claim, ManualClaim, ManualState
from benefits.services.settle import settle_claims
from registry.models import Role
from tests.benefits.factories import bill, hospital, insured, law
from tests.pages.conftest import at_desk, staff
from tests.registry import factories

pytestmark = pytest.mark.django_db
NUMBER = factories.identity_number(7)
LIST = "/admin/benefits/manualclaim/"
SENT = {"_form_submitted": "True"}


@pytest.fixture(autouse=True)
def _law():
    law()


@pytest.fixture
def person():
    return insured(factories.ResidentFactory(number=NUMBER))


@pytest.fixture
def colleague(db):
    return at_desk(staff(Role.REVIEWER, factories.harbin()))


def typed(*lines, **changes):
    lines = lines or (("床位费", "a", "600", "600", "0"), ("药品", "b", "400", "300", "50"))
    said = {
        "number": "PJ0001",
        "id_number": NUMBER,
        "facility": str(hospital().pk),
        "kind": "inpatient",
        "referral": "none",
        "admitted_on": "2025-03-01",
        "discharged_on": "2025-03-10",
        "total": "1000.00",
        "basic_paid": "",
        "lines-TOTAL_FORMS": str(len(lines)),
        "lines-INITIAL_FORMS": "0",
        "lines-MIN_NUM_FORMS": "1",
        "lines-MAX_NUM_FORMS": "1000",
    }
    names = ("name", "item_class", "amount", "eligible", "class_b_copay")
    for place, line in enumerate(lines):
        said |= {f"lines-{place}-{name}": value for name, value in zip(names, line, strict=True)}
    return said | changes


def entered(client, **changes):
    answer = client.post(f"{LIST}add/", typed(**changes))
    assert answer.status_code == 302, answer.content.decode()
    return ManualClaim.objects.latest("pk")


def accepting(manual, **changes):
    said = dict(SENT)
    for line in manual.lines.all():
        said |= {
            f"eligible_{line.pk}": str(line.eligible),
            f"copay_{line.pk}": str(line.class_b_copay),
            f"reason_{line.pk}": "",
        }
    return said | changes


def test_a_claim_on_paper_from_desk_to_desk(person, harbin_clerk, colleague):
    manual = entered(harbin_clerk)
    page = f"{LIST}{manual.pk}"
    assert harbin_clerk.get(f"{page}/check_it/").status_code == 403  # own entry
    drug = manual.lines.get(name="药品")
    asked = colleague.get(f"{page}/check_it/").content.decode()
    assert "2. 药品（乙类，400.00 元）政策范围内" in asked

    cut = {f"eligible_{drug.pk}": "200", f"reason_{drug.pk}": "outside_catalogue"}
    colleague.post(f"{page}/check_it/", accepting(manual, **cut))

    shown = colleague.get(f"{page}/change/").content.decode()
    assert "已计算：支付 0.00 元，个人负担 1,000.00 元" in shown
    assert "不符合药品目录" in shown
    assert "起付标准" in shown
    assert not Claim.objects.exists()

    colleague.post(f"{page}/settle_it/", SENT)

    claim = Claim.objects.get()
    assert (claim.number, claim.eligible) == ("PJ0001", 800)
    settled = colleague.get(f"/admin/benefits/claim/{claim.pk}/change/").content.decode()
    for stage in ("待审核", "已审核待计算", "已计算待结算", "已结算"):
        assert stage in settled
    assert "PJ0001" in colleague.get(LIST).content.decode()
    assert ".xlsx" in colleague.get(f"{LIST}export_xlsx/").headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("lines", "changes", "said"),
    [
        ((), {"total": "1000.01"}, "总费用：明细的总费用合计 1000.00 元，与结算单的 1000.01 元不符"),
        ((), {"total": "-1"}, "总费用"),
        ((("药品", "a", "0", "0", "0"),), {"total": "0"}, "总费用为零，没有可结算的费用"),
        (
            (),
            {"total": "0.005"},
            "总费用应为不小于零、少于一百亿元、精确到分的金额，现为 0.005",
        ),
        ((("药品", "b", "1000", "900", "101"),), {}, "政策范围内费用与乙类先行自付之和超过总费用"),
        (
            (("药品", "a", "500", "501", "0"), ("床位费", "a", "500", "0", "0")),
            {},
            "第1项“药品”：政策范围内金额",
        ),
        ((), {"discharged_on": "2025-02-28"}, "出院日期：入院、出院、结算日期的先后顺序不对"),
        ((), {"facility": "0"}, "选择一个有效的选项"),
        ((), {"id_number": "230199196503010428"}, "登记簿中没有此证件号码"),
        ((), {"basic_paid": "901"}, "基本医保已支付超过政策范围内费用"),
        ((), {"number": "A1"}, "票据号码：结算单号已存在，但本次内容与已结算的不同"),
    ],
)
def test_what_is_wrong_with_the_paper_is_said_on_the_form(lines, changes, said, person, harbin_clerk):
    settle_claims(claims=[bill(insured(), "A1", 100, facility_code=hospital().code)], user=None)

    answer = harbin_clerk.post(f"{LIST}add/", typed(*lines, **changes))

    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert not ManualClaim.objects.exists()


def test_the_same_paper_twice_is_told(person, harbin_clerk):
    entered(harbin_clerk)

    assert "已录入" in harbin_clerk.post(f"{LIST}add/", typed()).content.decode()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"admitted_on": "2024-12-20", "discharged_on": "2025-01-05"}, "住院跨越待遇享受期"),
        ({"admitted_on": "2024-12-20", "discharged_on": "2024-12-30"}, "没有已生效的 2024 年度政策"),
    ],
)
def test_what_cannot_be_paid_is_told_at_the_check(changes, said, person, harbin_clerk, colleague):
    manual = entered(harbin_clerk, **changes)

    colleague.post(f"{LIST}{manual.pk}/check_it/", accepting(manual))

    shown = colleague.get(f"{LIST}{manual.pk}/change/").content.decode()
    assert said in shown
    manual.refresh_from_db()
    assert manual.state == ManualState.CHECKED


def test_returned_put_right_rejected(person, harbin_clerk, colleague):
    manual = entered(harbin_clerk)
    page = f"{LIST}{manual.pk}"

    colleague.post(f"{page}/return_it/", SENT | {"code": "other", "words": ""})
    assert "请写明说明" in colleague.get(f"{page}/change/").content.decode()
    colleague.post(f"{page}/return_it/", SENT | {"code": "amounts_differ", "words": "药费 500"})

    shown = harbin_clerk.get(f"{page}/change/").content.decode()
    assert "药费 500" in shown
    lines = (("床位费", "a", "600", "600", "0"), ("药品", "b", "500", "400", "50"))
    again = typed(*lines, total="1100.00")
    again |= {"stages-TOTAL_FORMS": "2", "stages-INITIAL_FORMS": "2"}
    for place, line in enumerate(manual.lines.order_by("number")):
        again |= {f"lines-{place}-id": str(line.pk), f"lines-{place}-claim": str(manual.pk)}
    harbin_clerk.post(f"{page}/change/", again | {"lines-INITIAL_FORMS": "2"})
    manual.refresh_from_db()
    assert (manual.state, manual.total, manual.lines.count()) == (ManualState.ENTERED, 1100, 2)

    colleague.post(f"{page}/reject_it/", SENT | {"code": "third_party", "words": "交通事故"})
    manual.refresh_from_db()
    assert manual.state == ManualState.REJECTED
    assert harbin_clerk.get(f"{page}/withdraw/").status_code == 403


def test_amend_from_the_page_of_a_claim(person, harbin_clerk, colleague):
    (outcome,) = settle_claims(claims=[bill(person, "A1", 5000, facility_code=hospital().code)], user=None)
    page = f"/admin/benefits/claim/{outcome.claim.pk}"

    answer = harbin_clerk.post(f"{page}/amend/", SENT | {"reason": "药费录入有误"})

    assert answer["HX-Redirect"] == LIST
    manual = ManualClaim.objects.get()
    assert (manual.amends, manual.state) == (outcome.claim, ManualState.RETURNED)
    assert "A1-G1" in harbin_clerk.get(f"{LIST}{manual.pk}/change/").content.decode()
    harbin_clerk.post(f"{page}/amend/", SENT | {"reason": "再改"})
    assert "更正正在办理" in harbin_clerk.get(f"{page}/change/").content.decode()


def test_another_citys_clerk_sees_and_does_nothing(person, harbin_clerk, tangshan_clerk):
    manual = entered(harbin_clerk)

    assert "PJ0001" not in tangshan_clerk.get(LIST).content.decode()
    assert tangshan_clerk.get(f"{LIST}{manual.pk}/check_it/").status_code in (302, 403)
    reader = at_desk(staff(Role.VIEWER, factories.harbin()))
    assert reader.get(f"{LIST}add/").status_code == 403
    assert reader.get(f"{LIST}{manual.pk}/settle_it/").status_code == 403
