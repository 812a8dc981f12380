"""Somebody registered at the counter without a mouse; nothing sticks out, nothing complains."""

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from enrollment.models import ContributionPeriod
from policy.services.versions import load_shipped_policies
from tests.registry import factories

NUMBER = factories.identity_number(7)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_clerk_registers_somebody_by_keyboard(live_server: LiveServer, page: Page):
    load_shipped_policies()
    user = factories.UserFactory(is_staff=True, is_superuser=True, username="admin")
    user.set_password("yibao-demo-2025")
    user.save()
    factories.ResidentFactory(number=NUMBER, name="赵样例")
    complaints: list[str] = []
    page.on("console", lambda told: complaints.append(told.text) if told.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{live_server.url}/admin/login/?next=/admin/enrollment/enrollment/at_counter/")
    page.fill("#id_username", "admin")
    page.fill("#id_password", "yibao-demo-2025")
    page.keyboard.press("Enter")

    page.focus("#id_number")
    page.keyboard.type(NUMBER)
    page.keyboard.press("Tab")
    page.keyboard.press("Control+A")
    page.keyboard.type("2025")
    page.fill("#id_on", "2024-12-20")
    page.focus("#id_place")
    page.keyboard.press("Enter")
    expect(page.get_by_role("img", name="今日")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 1440  # nothing sticks out
    page.locator("button[name=start]").focus()
    page.keyboard.press("Enter")

    expect(page.get_by_text("已登记赵样例 2025 年度参保。")).to_be_visible()
    expect(page.locator("#ways")).to_be_visible()
    assert ContributionPeriod.objects.get().payable == 400
    assert complaints == []
