"""What staff do on the pages: every write asks first, calls one service, and says what it did."""

import datetime
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from benefits.models import Alert, AlertAnswer, Claim
from casework.models import Case, CaseState
from exchange.models import BatchStatus, Delivery, DeliveryStatus, InboundBatch, Job
from hardship.models import Recognition
from hardship.services.load_categories import load_categories
from policy.models import PolicyStatus, PolicyVersion
from policy.services.versions import load_shipped_policies
from registry.models import Role
from tests.benefits.factories import hospital
from tests.exchange.factories import AgencyFactory
from tests.pages import world
from tests.pages.conftest import at_desk, staff
from tests.registry import factories

pytestmark = pytest.mark.django_db
NUMBER = factories.identity_number(7)


def meant(**fields: object) -> dict[str, object]:
    return {"_form_submitted": "True", **fields}


@pytest.fixture
def clerk():
    return staff(Role.CLERK, factories.harbin(), username="clerk")


@pytest.fixture
def reviewer():
    return staff(Role.REVIEWER, factories.harbin(), username="reviewer")


@pytest.fixture
def resident(clerk):
    load_categories()
    return world.build(clerk, number=NUMBER)


def said(client) -> str:
    return client.get("/admin/").content.decode()


def test_following_a_link_writes_nothing(resident, clerk):
    case = Case.objects.get()
    client = at_desk(clerk)

    for step in ("assign", "decide", "close"):
        assert client.get(f"/admin/casework/case/{case.pk}/{step}/").status_code in (200, 403)

    case.refresh_from_db()
    assert case.state == CaseState.OPEN


def test_a_case_is_assigned_decided_and_closed(resident, clerk):
    page = f"/admin/casework/case/{Case.objects.get().pk}"
    client = at_desk(clerk)

    client.post(f"{page}/assign/", meant(assignee=clerk.pk))
    wrong = client.post(f"{page}/decide/", meant(decision="burn", reason="无"))
    client.post(f"{page}/decide/", meant(decision="return", reason="多缴240元"))
    client.post(f"{page}/remark/", meant(text="已通知本人"))
    client.post(f"{page}/close/", meant())

    case = Case.objects.get()
    assert wrong.status_code == 200  # asked again
    assert (case.state, case.decision, case.assignee) == (CaseState.CLOSED, "return", clerk)
    html = client.get(f"{page}/change/").content.decode()
    assert "多缴240元" in html
    assert "已通知本人" in html


def test_another_areas_clerk_cannot_touch_a_case(resident, tangshan_clerk):
    case = Case.objects.get()

    answer = tangshan_clerk.post(
        f"/admin/casework/case/{case.pk}/decide/", meant(decision="return", reason="退")
    )

    case.refresh_from_db()
    assert answer.status_code in (403, 404)
    assert case.state == CaseState.OPEN


def test_a_policy_is_drafted_by_one_and_approved_by_another(clerk, reviewer):
    load_shipped_policies()
    factories.harbin()
    current = PolicyVersion.objects.get(area="230100", year=2025)
    text = current.text.replace("value = 12000", "value = 11000")
    writer, second = at_desk(clerk), at_desk(reviewer)

    broken = writer.post("/admin/policy/policyversion/add/", {"text": "area ="})
    writer.post("/admin/policy/policyversion/add/", {"text": text})
    draft = PolicyVersion.objects.get(status=PolicyStatus.DRAFT)
    page = f"/admin/policy/policyversion/{draft.pk}"
    difference = writer.get(f"{page}/change/").content.decode()
    writer.post(f"{page}/submit_version/", meant())
    own = writer.post(f"{page}/approve_version/", meant())
    second.post(f"{page}/approve_version/", meant())

    draft.refresh_from_db()
    current.refresh_from_db()
    assert "不是有效的 TOML" in broken.content.decode()
    assert "+deductible = { value = 11000" in difference
    assert own.status_code == 403
    assert (draft.status, draft.approved_by) == (PolicyStatus.APPROVED, reviewer)
    assert current.status == PolicyStatus.SUPERSEDED


def test_nobody_drafts_for_another_area(clerk):
    load_shipped_policies()
    factories.tangshan()
    text = PolicyVersion.objects.get(area="130200", year=2025).text

    answer = at_desk(clerk).post("/admin/policy/policyversion/add/", {"text": text + "\n# 改"})

    assert "管辖范围" in answer.content.decode()
    assert not PolicyVersion.objects.filter(status=PolicyStatus.DRAFT).exists()


def upload(client, content: str, kind: str = "identities.civil_affairs"):
    return client.post(
        "/admin/exchange/inboundbatch/upload_list/",
        {
            "kind": kind,
            "area": factories.harbin().pk,
            "as_of": "2025-03-31",
            "mode": "supplementary",
            "file": SimpleUploadedFile("民政.csv", content.encode("gb18030")),
        },
    )


def test_a_list_is_uploaded_planned_and_applied(clerk):
    load_categories()
    factories.ResidentFactory(number=NUMBER)
    client = at_desk(clerk)

    planned = upload(client, f"姓名,身份证号,身份类别\n王桂兰,{NUMBER},农村低保\n李四,123,低保对象\n")
    batch = InboundBatch.objects.get()
    before = Recognition.objects.count()
    page = client.get(planned["Location"]).content.decode()
    everything = client.get(planned["Location"], {"outcome": "new"}).content.decode()
    confirm = f"/admin/exchange/inboundbatch/{batch.pk}/apply_batch/"
    seen = client.get(confirm).context["form"]["seen"].value()
    client.post(confirm, {"seen": seen})
    again = client.post(confirm, {"seen": seen})

    batch.refresh_from_db()
    assert before == 0
    assert "身份证号应为18位" in page
    assert all(told in everything for told in ("王桂兰", "230199********0145", "农村低保"))
    assert NUMBER not in page + everything
    assert (batch.status, batch.applied_by) == (BatchStatus.APPLIED, clerk)
    assert Recognition.objects.get().category_id == "subsistence_allowance"
    assert again.status_code == 403


def test_an_unreadable_list_is_refused_in_words(clerk):
    answer = upload(at_desk(clerk), "没有表头\n")

    assert not InboundBatch.objects.exists()
    assert "errors" in answer.content.decode()


def test_a_dead_delivery_is_replayed(resident, clerk):
    delivery = Delivery.objects.get()

    at_desk(clerk).post(f"/admin/exchange/delivery/{delivery.pk}/replay/", meant())

    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts) == (DeliveryStatus.PENDING, 0)


def test_an_alert_is_answered_for_an_agency(resident, clerk):
    alert = Alert.objects.get()
    agency = AlertAnswer.objects.get().agency
    given = {
        "agency": agency.pk,
        "outcome": "assisted",
        "reason": "临时救助2000元",
        "checked_by": "赵敏",
        "checked_on": "2025-04-02",
    }

    at_desk(clerk).post(f"/admin/benefits/alert/{alert.pk}/record_answer/", meant(**given))

    latest = AlertAnswer.objects.order_by("-pk").first()
    assert latest is not None
    assert (latest.checked_by, latest.checked_on) == ("赵敏", datetime.date(2025, 4, 2))


def test_a_claim_is_taken_back_with_a_reason_by_a_clerk_of_the_area(resident, clerk, tangshan_clerk):
    claim = Claim.objects.get()
    page = f"/admin/benefits/claim/{claim.pk}/void/"

    stranger = tangshan_clerk.post(page, meant(reason="重复"))
    at_desk(clerk).post(page, meant())
    claim.refresh_from_db()
    assert stranger.status_code == 403
    assert claim.state == "settled"

    at_desk(clerk).post(page, meant(reason="重复上传"))
    claim.refresh_from_db()
    assert claim.state == "reversed"


def test_a_job_is_stopped_by_a_supervisor_only(resident, clerk):
    job = Job.objects.get()
    page = f"/admin/exchange/job/{job.pk}/cancel/"

    refused = at_desk(clerk).post(page, meant())
    at_desk(staff(Role.SUPERVISOR, factories.harbin())).post(page, meant())

    job.refresh_from_db()
    assert refused.status_code == 403
    assert job.status == "cancelled"


def test_a_resident_moves_and_dies_with_a_reason(resident, clerk):
    page = f"/admin/registry/resident/{resident.pk}"
    client = at_desk(clerk)
    factories.shangzhi()

    where = {"kind": "living", "since": "2025-03-15", "document": "居住证"}
    away = client.post(f"{page}/move/", meant(code="130200", reason="搬迁", **where))
    client.post(f"{page}/move/", meant(code="230183", reason="投靠子女", **where))
    client.post(f"{page}/record_death/", meant(died_on="2025-06-01", reason="死亡证明"))

    resident.refresh_from_db()
    assert away.status_code == 200
    assert resident.living_area.code == "230183"
    assert resident.died_on == datetime.date(2025, 6, 1)
    history = client.get(f"{page}/history/").content.decode()
    assert "投靠子女" in history
    assert "居住地" in history


def test_a_resident_is_renamed_with_a_reason(resident, clerk):
    page = f"/admin/registry/resident/{resident.pk}"
    client, stranger = at_desk(clerk), at_desk(staff(Role.CLERK, factories.tangshan()))
    said = meant(name="王桂芝", reason="户口簿变更")

    assert stranger.post(f"{page}/rename/", said).status_code in (403, 404)
    client.post(f"{page}/rename/", said)

    resident.refresh_from_db()
    assert resident.name == "王桂芝"
    assert "户口簿变更" in client.get(f"{page}/history/").content.decode()


def test_every_action_says_what_it_did(resident, clerk):
    client = at_desk(clerk)

    client.post(f"/admin/casework/case/{Case.objects.get().pk}/remark/", meant(text="记一笔"))

    assert "备注已记录" in said(client)


def test_every_figure_of_the_first_page_leads_to_its_list(resident, clerk):
    client = at_desk(clerk)
    addresses = re.findall(r'<a href="([^"]+)"><b>', said(client))

    assert len(addresses) >= 10
    for address in addresses:
        answer = client.get(address.replace("&amp;", "&"))
        assert answer.status_code == 200, address  # an unknown filter would lead away


def test_only_who_keeps_the_agencies_says_whose_a_hospital_is(clerk, root):
    facility = hospital()
    agency = AgencyFactory(kind="hospital", name="哈尔滨市第一医院")
    address = f"/admin/benefits/facility/{facility.pk}/change/"
    given = {"agency": agency.pk, "name": "改名", "reason": "医院来函"}

    refused = at_desk(clerk).post(address, given)
    assert refused.status_code == 403
    assert at_desk(clerk).get(address).status_code == 200
    taken = root.post(address, given)

    assert taken.status_code == 302
    facility.refresh_from_db()
    assert (facility.agency, facility.name) == (agency, "医院H23010000001")
    assert facility.history.latest().history_change_reason == "医院来函"
    assert "哈尔滨市第一医院" in at_desk(clerk).get("/admin/benefits/facility/").content.decode()
