"""A month's list in a real browser: uploaded by one, confirmed by another, taken back by both; nothing complains."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from hardship.models import Recognition
from registry.models import Role
from tests.exchange.factories import ListAgreementFactory
from tests.hardship.factories import RecognitionFactory
from tests.hardship.lists import civil, people
from tests.pages.conftest import staff
from tests.registry import factories

PASSWORD = "yibao-demo-2025"


def log_in(page: Page, address: str, name: str) -> None:
    page.context.clear_cookies()
    page.goto(f"{address}/admin/login/")
    page.fill("#id_username", name)
    page.fill("#id_password", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("h2", has_text="待办")).to_be_visible()


def upload(page: Page, address: str, file: Path) -> str:
    """Upload a list as it was agreed, full and from civil affairs, and return the address of its plan."""
    page.goto(f"{address}/admin/exchange/inboundbatch/upload_list/")
    expect(page.locator("input[name=mode]").first).to_be_hidden()  # the kind is not chosen yet
    page.select_option("#id_kind", "identities.civil_affairs")
    page.select_option("#id_area", label="230100 哈尔滨市")
    expect(page.locator("input[name=mode][value=full]")).to_be_checked()  # as agreed
    expect(page.locator("#id_agency option:checked")).to_have_text("哈尔滨市民政局")
    page.fill("#id_as_of", "2025-03-31")
    page.set_input_files("#id_file", str(file))
    expect(page.locator("#id_as_of")).to_have_value("2025-03-31")
    page.get_by_role("button", name="生成导入方案").click()
    expect(page.locator("#ended")).to_be_visible()
    return page.url


def confirm(page: Page, plan: str) -> None:
    page.goto(plan)
    page.get_by_role("link", name="确认生效").click()
    page.check("input[name=ended_checked]")
    page.get_by_role("button", name="确认生效").click()


def ask_to_undo(page: Page, plan: str) -> None:
    page.goto(plan)
    page.get_by_role("link", name="申请撤销").click()
    page.fill("textarea[name=reason]", "传错了月份")
    page.click("#modal-content button[type=submit]")


def agree(page: Page, plan: str) -> None:
    page.goto(plan)
    page.get_by_role("link", name="同意撤销").click()
    page.click("#modal-content button[type=submit]")


def two_at_their_desks() -> None:
    for role in (Role.CLERK, Role.REVIEWER):
        user = staff(role, factories.harbin(), username=str(role))
        user.set_password(PASSWORD)
        user.save()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_list_is_uploaded_looked_at_confirmed_by_a_second_person_and_taken_back(
    live_server: LiveServer, page: Page, tmp_path: Path
):
    two_at_their_desks()
    ListAgreementFactory()
    _, gone = people(2)
    RecognitionFactory(resident=gone)
    file = tmp_path / "民政.xlsx"
    file.write_bytes(civil((0, "人0", "低保"), ("123", "人2", "低保")))
    complaints: list[str] = []
    page.on("console", lambda told: complaints.append(told.text) if told.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.set_viewport_size({"width": 1440, "height": 900})

    log_in(page, live_server.url, "clerk")
    plan = upload(page, live_server.url, file)
    expect(page.get_by_text("您是导入人，须请另一位同事打开本页确认")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 1440  # nothing sticks out
    log_in(page, live_server.url, "reviewer")
    confirm(page, plan)
    expect(page.get_by_text("办理 2 行。还有 1 行没有办理")).to_be_visible()
    assert Recognition.objects.filter(valid_to__isnull=True).count() == 1
    log_in(page, live_server.url, "clerk")
    ask_to_undo(page, plan)
    expect(page.get_by_text("须另一位同事点“同意撤销”")).to_be_visible()
    log_in(page, live_server.url, "reviewer")
    agree(page, plan)
    expect(page.get_by_text("登记恢复到生效之前").first).to_be_visible()

    (record,) = Recognition.objects.all()
    assert (record.resident, record.valid_to) == (gone, None)
    assert complaints == []
