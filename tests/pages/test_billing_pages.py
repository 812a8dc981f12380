"""Billing an area in the admin: planned, looked at with a sample's working, confirmed, watched, taken away."""

import datetime
import io

import pytest
from python_calamine import CalamineWorkbook

from enrollment.admin.billing_tables import progress_of_run
from enrollment.models import BillingGroup, BillingLeftOut, BillingRun, BillingState, ContributionPeriod
from enrollment.services.billing.runs import open_billing, run_billing_chunks
from exchange.models import Job, JobStatus
from policy.services.versions import load_shipped_policies
from registry.models import Role
from tests.enrollment.factories import InsuredFactory
from tests.pages.conftest import at_desk, staff
from tests.registry import factories

pytestmark = pytest.mark.django_db
LIST = "/admin/enrollment/billingrun/"
FIRST_DAY = datetime.date(2024, 9, 1)
MEANT = {"_form_submitted": "True"}


@pytest.fixture
def supervisor():
    load_shipped_policies()
    return at_desk(staff(Role.SUPERVISOR, factories.harbin()))


@pytest.fixture
def renewing(supervisor):
    person = factories.ResidentFactory(name="赵续保")
    InsuredFactory(resident=person)
    factories.ResidentFactory(name="钱未保")
    return person


@pytest.fixture
def planned(renewing):
    return run_billing_chunks(
        run_id=open_billing(area=factories.harbin(), coverage_year=2025, today=FIRST_DAY).pk
    )


def asked(**more):
    return {"area": factories.harbin().pk, "year": 2025, "scope": "renewals", "pay_day": "2024-09-01"} | more


def sheet(answer):
    return CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()


def test_a_year_is_planned_confirmed_and_billed(supervisor, renewing, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        started = supervisor.post(f"{LIST}start_billing/", asked())

    run = BillingRun.objects.get()
    page = f"{LIST}{run.pk}"
    assert started.url == f"{page}/change/"
    assert run.state == BillingState.PLANNED
    shown = supervisor.get(f"{page}/change/").content.decode()
    assert "试算结果" in shown
    assert "尚未登记任何人" in shown
    assert "未曾参保，须办理登记" in shown
    assert not ContributionPeriod.objects.filter(coverage_year=2025).exists()

    with django_capture_on_commit_callbacks(execute=True):
        supervisor.post(f"{page}/confirm/", MEANT)

    assert "开单结果" in supervisor.get(f"{page}/change/").content.decode()
    made = ContributionPeriod.objects.get(coverage_year=2025)
    assert (made.resident, made.due) == (renewing, 400)
    shown = supervisor.get(f"/admin/enrollment/contributionperiod/{made.pk}/change/").content.decode()
    assert "个人缴费（基本医保）" in shown


def test_a_sample_shows_its_working_and_the_left_out_are_listed(supervisor, planned):
    group = BillingGroup.objects.get(run=planned)

    sample = supervisor.get(f"/admin/enrollment/billinggroup/{group.pk}/change/").content.decode()
    listed = supervisor.get(f"/admin/enrollment/billingleftout/?run__id__exact={planned.pk}").content.decode()

    assert "个人缴费（基本医保）" in sample
    assert "赵续保" in sample
    assert "钱未保" in listed
    assert "赵续保" not in listed


def test_lines_and_people_left_out_are_taken_away_as_xlsx(supervisor, planned):
    lines = sheet(supervisor.get(f"{LIST}{planned.pk}/export_lines/"))
    people = sheet(supervisor.get(f"{LIST}{planned.pk}/export_left_out/"))

    assert lines[1][lines[0].index("人数")] == 1
    assert lines[1][lines[0].index("个人应缴合计")] == lines[2][lines[0].index("个人应缴合计")] == 400
    assert [row[0] for row in people[1:]] == ["钱未保"]
    assert "*" in people[1][1]


def test_only_supervisors_of_the_area_plan_and_confirm(supervisor, planned):
    clerk = at_desk(staff(Role.CLERK, factories.harbin()))
    stranger = at_desk(staff(Role.SUPERVISOR, factories.tangshan()))

    assert clerk.post(f"{LIST}start_billing/", asked()).status_code == 403
    assert clerk.post(f"{LIST}{planned.pk}/confirm/", MEANT).status_code == 403
    assert stranger.post(f"{LIST}{planned.pk}/confirm/", MEANT).status_code in (302, 403, 404)
    assert stranger.post(f"{LIST}start_billing/", asked()).status_code == 200
    assert "赵续保" not in stranger.get(f"{LIST}{planned.pk}/change/", follow=True).content.decode()
    assert BillingLeftOut.objects.count() == 1
    planned.refresh_from_db()
    assert (planned.state, BillingRun.objects.count()) == (BillingState.PLANNED, 1)


def test_a_run_is_paused_resumed_and_cancelled(supervisor, renewing, django_capture_on_commit_callbacks):
    run = open_billing(area=factories.harbin(), coverage_year=2025, today=FIRST_DAY)
    page = f"{LIST}{run.pk}"

    supervisor.post(f"{page}/pause/", MEANT)
    assert Job.objects.get().status == JobStatus.PAUSED
    assert "已暂停" in supervisor.get(f"{page}/change/?part=progress").content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        supervisor.post(f"{page}/resume/", MEANT)
    run.refresh_from_db()
    assert run.state == BillingState.PLANNED
    assert supervisor.get(f"{page}/change/?part=progress").headers["HX-Refresh"] == "true"
    supervisor.post(f"{page}/cancel/", MEANT)
    run.refresh_from_db()
    assert run.state == BillingState.CANCELLED


def test_progress_says_how_fast_and_how_long(renewing):
    run = open_billing(area=factories.harbin(), coverage_year=2025, today=FIRST_DAY)
    now = datetime.datetime(2024, 9, 1, 8, 0, 10, tzinfo=datetime.UTC)
    Job.objects.update(
        status=JobStatus.RUNNING, done=2_000, total=14_000, started_at=now - datetime.timedelta(seconds=10)
    )
    run = BillingRun.objects.select_related("planning", "billing").get(pk=run.pk)

    progress = progress_of_run(run, now=now)

    assert progress.said == "正在试算，还没有登记任何人，每秒 200 人，约剩 1.0 分钟。"
    assert (progress.done, progress.total) == (2_000, 14_000)
