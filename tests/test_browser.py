import re

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", ["/admin/login/", "/api/v1/docs/"])
def test_a_page_opens_without_errors_or_breaches_of_its_content_policy(
    live_server: LiveServer, page: Page, path: str
):
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))

    page.goto(live_server.url + path)
    page.wait_for_load_state("networkidle")

    expect(page.locator("body")).to_have_text(re.compile(r"\S"))
    assert complaints == []
