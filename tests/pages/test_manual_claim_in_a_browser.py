"""A bill on paper in a real browser: a clerk types it, a colleague cuts a line, sees the working, settles it."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from benefits.models import Claim
from registry.models import Role
from tests.benefits.factories import hospital, insured, law
from tests.pages.conftest import staff
from tests.registry import factories

NUMBER = factories.identity_number(7)
PASSWORD = "yibao-demo-2025"
PAPER = {
    "number": "PJ0001",
    "id_number": NUMBER,
    "admitted_on": "2025-03-01",
    "discharged_on": "2025-03-10",
    "total": "51000",
    "lines-0-name": "床位费",
    "lines-0-amount": "50000",
    "lines-0-eligible": "49900",
}
SHOTS = os.environ.get("SHOTS", "")


def look(page: Page, name: str) -> None:
    """Keep a picture for whoever looks at the pages, where a folder is named."""
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)


def sit_down(page: Page, live_server: LiveServer, user: str) -> None:
    page.context.clear_cookies()
    page.goto(f"{live_server.url}/admin/login/")
    page.fill("#id_username", user)
    page.fill("#id_password", PASSWORD)
    page.click("button[type=submit]")
    expect(page.locator("h2", has_text="待办")).to_be_visible()


def type_paper(page: Page, url: str) -> None:
    """Type a paper whose lines do not add up, read what is wrong, and put it right."""
    page.goto(f"{url}add/")
    for name, value in PAPER.items():
        page.fill(f"#id_{name}", value)
    page.click(".select2-selection")
    page.keyboard.type("H2301")
    page.click(".select2-results__option:has-text('H23010000001')")
    page.select_option("#id_kind", "inpatient")
    page.select_option("#id_lines-0-item_class", "a")
    look(page, "manual-add")
    page.click("[name=_save]")
    expect(page.get_by_text("与结算单的 51000.00 元不符")).to_be_visible()
    look(page, "manual-wrong")
    page.fill("#id_total", "50000")
    page.click("[name=_save]")
    expect(page.get_by_text("PJ0001").first).to_be_visible()


def check_and_settle(page: Page, url: str) -> None:
    """Cut the line, see what it comes to, and settle it."""
    page.goto(url)
    look(page, "manual-list")
    page.get_by_role("link", name="PJ0001").first.click()
    page.locator("[hx-get*=check_it], a[href*=check_it]").first.click()
    page.fill("#modal-content input[name^=eligible_]", "40000")
    page.select_option("#modal-content select[name^=reason_]", "outside_catalogue")
    look(page, "manual-check")
    page.click("#modal-content button[type=submit]")
    expect(page.get_by_text("已计算：支付")).to_be_visible()
    look(page, "manual-adjudicated")
    page.locator("[hx-get*=settle_it], a[href*=settle_it]").first.click()
    page.click("#modal-content button[type=submit]")
    expect(page.get_by_text("PJ0001 已结算")).to_be_visible()
    look(page, "manual-settled")


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_bill_on_paper_from_desk_to_desk(live_server: LiveServer, page: Page):
    law()
    hospital("H23010000001")
    insured(factories.ResidentFactory(number=NUMBER))
    for name, role in (("clerk", Role.CLERK), ("reviewer", Role.REVIEWER)):
        user = staff(role, factories.harbin(), username=name)
        user.set_password(PASSWORD)
        user.save()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.set_viewport_size({"width": 1440, "height": 900})
    url = f"{live_server.url}/admin/benefits/manualclaim/"

    sit_down(page, live_server, "clerk")
    page.goto(url)
    look(page, "manual-empty")
    type_paper(page, url)
    sit_down(page, live_server, "reviewer")
    check_and_settle(page, url)

    claim = Claim.objects.get()
    assert claim.eligible == 40000
    page.goto(f"{live_server.url}/admin/benefits/claim/{claim.pk}/change/")
    expect(page.get_by_text("已计算待结算").first).to_be_visible()
    look(page, "claim")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1440  # nothing sticks out
    assert complaints == []
