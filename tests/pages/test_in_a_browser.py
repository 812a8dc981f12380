"""The file of a resident in a real browser: the dialog asks why, the number is shown once, nothing complains."""

import re

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from registry.models import AccessLog
from tests.pages import world
from tests.registry import factories

NUMBER = factories.identity_number(7)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_clerk_logs_in_reads_a_file_and_asks_for_the_number(live_server: LiveServer, page: Page):
    user = factories.UserFactory(is_staff=True, is_superuser=True, username="admin")
    user.set_password("yibao-demo-2025")
    user.save()
    resident = world.build(user, number=NUMBER)
    complaints: list[str] = []
    page.on("console", lambda told: complaints.append(told.text) if told.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.set_viewport_size({"width": 1440, "height": 900})

    page.goto(f"{live_server.url}/admin/login/")
    page.fill("#id_username", "admin")
    page.fill("#id_password", "yibao-demo-2025")
    page.click("button[type=submit]")
    expect(page.locator("h2", has_text="待办")).to_be_visible()
    page.goto(f"{live_server.url}/admin/registry/resident/{resident.pk}/change/")
    expect(page.locator("svg.oy-picture")).to_be_visible()
    expect(page.get_by_text(NUMBER)).to_have_count(0)
    page.get_by_text("查看完整号码").click()
    page.fill("textarea[name=reason]", "核对缴费")
    page.click("#modal-content button[type=submit]")

    expect(page.get_by_text(re.compile(NUMBER))).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 1440  # nothing sticks out
    assert AccessLog.objects.get().purpose == "核对缴费"
    assert complaints == []
