"""In a real browser: a year billed for a city, a month's differences explained and the month closed."""

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from enrollment.models import BillingRun, BillingState, ContributionPeriod
from oversight.models import Difference, Reconciliation
from policy.services.versions import load_shipped_policies
from registry.models import Role
from tests.enrollment.factories import InsuredFactory
from tests.oversight.months import CountyMonth
from tests.pages.conftest import staff
from tests.pages.test_list_in_a_browser import PASSWORD, log_in
from tests.registry import factories

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
WIDE = {"width": 1440, "height": 900}


@pytest.fixture
def desk(live_server: LiveServer, page: Page):
    """A supervisor of Harbin, logged in; what the browser complains of is collected."""
    load_shipped_policies()
    user = staff(Role.SUPERVISOR, factories.harbin(), username="supervisor")
    user.set_password(PASSWORD)
    user.save()
    complaints: list[str] = []
    page.on("console", lambda told: complaints.append(told.text) if told.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.set_viewport_size(WIDE)
    log_in(page, live_server.url, "supervisor")
    yield page
    assert complaints == []


def open_page(page: Page, live_server: LiveServer, address: str) -> None:
    page.goto(f"{live_server.url}/admin/{address}")
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDE["width"]  # nothing sticks out


def sure(page: Page) -> None:
    page.click("#modal-content button[type=submit]")


def test_a_year_is_tried_looked_at_and_billed(desk: Page, live_server: LiveServer):
    renewing = factories.ResidentFactory(name="赵续保")
    InsuredFactory(resident=renewing)
    factories.ResidentFactory(name="钱未保")
    open_page(desk, live_server, "enrollment/billingrun/")

    desk.get_by_role("link", name="试算开单").click()
    desk.select_option("#id_area", label="230100 哈尔滨市")
    desk.fill("#id_year", "2025")
    desk.fill("#id_pay_day", "2024-09-01")
    desk.keyboard.press("Escape")  # the calendar
    desk.get_by_role("button", name="试算").click()
    expect(desk.get_by_text("尚未登记任何人")).to_be_visible()
    expect(desk.get_by_text("未曾参保，须办理登记")).to_be_visible()
    assert not ContributionPeriod.objects.filter(coverage_year=2025).exists()

    desk.get_by_role("link", name="确认开单").click()
    sure(desk)
    expect(desk.get_by_text("开单结果")).to_be_visible()
    assert ContributionPeriod.objects.get(coverage_year=2025).resident == renewing
    assert BillingRun.objects.get().state == BillingState.DONE
    expect(desk.get_by_role("link", name="确认开单")).to_have_count(0)


def test_a_month_is_compared_its_differences_ticked_explained_and_closed(desk: Page, live_server: LiveServer):
    month = CountyMonth(0, people=4)
    month.send([month.line(factories.identity_number(number), "400.00") for number in (450, 451, 452)])
    open_page(desk, live_server, "oversight/reconciliation/")

    desk.get_by_role("link", name="核对一个月").click()
    desk.select_option("#id_area", label="230102 道里区")
    desk.fill("#id_month", f"{month.month:%Y-%m}")
    desk.get_by_role("button", name="开始核对").click()
    expect(desk.get_by_text("人费核对已开始")).to_be_visible()
    paper = Reconciliation.objects.get()
    waiting = Difference.objects.filter(state="open").count()
    assert waiting >= 4

    open_page(desk, live_server, f"oversight/difference/?reconciliation__id__exact={paper.pk}")
    desk.locator("#action-toggle").check()
    desk.select_option("select[name=action]", "explain_ticked")
    desk.locator("button[name=index]").click()
    expect(desk.get_by_text(f"所选 {waiting} 条")).to_be_visible()
    desk.fill("textarea[name=reason]", "外地人员，已通知税务退费")
    desk.get_by_role("button", name="确定").click()
    expect(desk.get_by_text(f"已说明 {waiting} 条")).to_be_visible()

    open_page(desk, live_server, f"oversight/reconciliation/{paper.pk}/change/")
    desk.get_by_role("link", name="结账").click()
    desk.fill("#modal-content textarea[name=reason]", "逐条核对无误")
    sure(desk)
    expect(desk.get_by_text("已结账").first).to_be_visible()
    open_page(desk, live_server, f"oversight/reconciliation/{paper.pk}/print_report/")
    expect(desk.get_by_text("差异明细")).to_be_visible()
    desk.emulate_media(media="print")
    expect(desk.get_by_role("button", name="打印")).to_be_hidden()
