"""What was agreed about lists: kept by supervisors, read by all of the area; how each month's list came."""

import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from exchange.models import ExpectedList, InboundBatch, ListAgreement
from hardship.services.list_agreements import follow_agreements
from registry.models import Role
from tests.exchange.factories import AgencyFactory, InboundBatchFactory, ListAgreementFactory
from tests.pages.conftest import at_desk, staff
from tests.registry import factories

pytestmark = pytest.mark.django_db
PAGE = "/admin/exchange/listagreement/"


def said(agency, **changes):
    return {
        "agency": agency.pk,
        "kind": "identities.civil_affairs",
        "area": factories.daoli().pk,
        "mode": "full",
        "due_month": 0,
        "due_rule": "day",
        "due_number": 25,
        "grace_working_days": 2,
        "endings_share": "0.03",
        "clause": "黑医保发〔2024〕45号 九",
        "starts_on": "2025-01-01",
        "ends_on": "",
        "reason": "会议纪要〔2025〕3号",
    } | changes


def test_a_supervisor_keeps_agreements_and_a_clerk_reads_them(harbin_clerk, tangshan_clerk):
    supervisor, agency = at_desk(staff(Role.SUPERVISOR, factories.harbin())), AgencyFactory()

    refused = harbin_clerk.post(f"{PAGE}add/", said(agency))
    supervisor.post(f"{PAGE}add/", said(agency))
    agreement = ListAgreement.objects.get()
    change = {
        name: value for name, value in said(agency, due_number=28).items() if name not in ("agency", "area")
    }
    forms = [supervisor.get(f"{PAGE}{page}/").content.decode() for page in ("add", f"{agreement.pk}/change")]
    supervisor.post(f"{PAGE}{agreement.pk}/change/", change)

    agreement.refresh_from_db()
    assert refused.status_code == 403
    assert all('name="reason"' in form for form in forms)
    assert (agreement.due_number, agreement.history.count()) == (28, 2)
    assert {row.history_change_reason for row in agreement.history.all()} == {"会议纪要〔2025〕3号"}
    assert "当月28日前（宽限 2 个工作日）" in harbin_clerk.get(PAGE).content.decode()
    assert "3%" in harbin_clerk.get(PAGE).content.decode()
    assert "哈尔滨市民政局" not in tangshan_clerk.get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"due_number": 32}, "请填 1 至 31 的日"),
        ({"due_rule": "last_working_day"}, "最后一个工作日不填"),
        ({"area": "tangshan"}, "不在哈尔滨市民政局的地区范围内"),
    ],
)
def test_what_cannot_be_agreed_is_refused_in_words(wrong, told, root):
    agency = AgencyFactory()
    if "area" in wrong:
        wrong = {"area": factories.tangshan().pk}

    answer = root.post(f"{PAGE}add/", said(agency, **wrong))

    assert told in answer.content.decode()
    assert not ListAgreement.objects.exists()


def test_late_lists_are_found_and_stand_on_the_agencys_page(root, harbin_clerk):
    today = timezone.localdate()
    last_month = today.replace(day=1) - datetime.timedelta(days=1)
    agreement = ListAgreementFactory(starts_on=last_month, due_number=1)
    InboundBatchFactory(
        kind=agreement.kind,
        as_of=last_month,
        status="applied",
        file_name="上月.xlsx",
        counts={"new": 3, "refused": 1},
    )
    follow_agreements(today=today)
    months = [row.month for row in ExpectedList.objects.order_by("month")]

    page = root.get(f"/admin/exchange/agency/{agreement.agency_id}/change/").content.decode()
    listed = "/admin/exchange/expectedlist/"
    late = harbin_clerk.get(listed, {"late": "late"}).content.decode()
    missing = harbin_clerk.get(listed, {"late": "missing"}).content.decode()
    punctual = harbin_clerk.get(listed, {"late": "punctual"}).content.decode()

    assert [f"{month:%Y-%m}" in page for month in months] == [True, True]
    assert "上月.xlsx" in page
    assert "25.00%" in page
    assert ("上月.xlsx" in late, "上月.xlsx" in missing, "上月.xlsx" in punctual) == (True, False, False)
    assert ("逾期未报" in missing) is True


def test_a_town_sees_its_people_but_imports_no_list():
    town = factories.area("230102001", level="town", parent=factories.daoli())
    clerk = at_desk(staff(Role.CLERK, town))
    form = clerk.get("/admin/exchange/inboundbatch/upload_list/")
    answer = clerk.post(
        "/admin/exchange/inboundbatch/upload_list/",
        {
            "kind": "identities.civil_affairs",
            "area": town.pk,
            "as_of": "2025-03-31",
            "mode": "full",
            "file": SimpleUploadedFile("民政.csv", "姓名,身份证号,身份类别\n".encode()),
        },
    )

    assert form.status_code == 200
    assert answer.status_code == 200
    assert "area" in answer.context["form"].errors
    assert not InboundBatch.objects.exists()
