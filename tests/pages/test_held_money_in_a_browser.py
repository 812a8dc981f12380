"""Held money of every kind in a real browser: what to do is said, nothing sticks out, a sum is split by a dialog."""

import re

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from casework.models import Case
from enrollment.admin.held import WAYS
from policy.services.versions import load_shipped_policies
from tests.pages.test_held_money_pages import KINDS, Desk, desk_for
from tests.registry import factories

WIDTH = 1440


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_clerk_works_through_the_list(live_server: LiveServer, page: Page):
    load_shipped_policies()
    user: User = factories.UserFactory(is_staff=True, is_superuser=True, username="admin")
    user.set_password("yibao-demo-2025")
    user.save()
    complaints: list[str] = []
    page.on("console", lambda told: complaints.append(told.text) if told.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.set_viewport_size({"width": WIDTH, "height": 900})
    page.goto(f"{live_server.url}/admin/login/")
    page.fill("#id_username", "admin")
    page.fill("#id_password", "yibao-demo-2025")
    page.click("button[type=submit]")
    listed = f"{live_server.url}/admin/enrollment/payment/?state__exact=held"

    page.goto(listed)
    fits(page)
    for place, (come, reason, _, _) in enumerate(KINDS):
        desk = desk_for(20 + 10 * place)
        payment, _ = come(desk)
        page.goto(f"{live_server.url}/admin/enrollment/payment/{payment.pk}/change/")
        expect(page.get_by_text(WAYS[reason])).to_be_visible()
        fits(page)
    page.goto(listed)
    expect(page.get_by_text(re.compile("TX"))).to_have_count(len(KINDS))
    fits(page)

    split(page, live_server, desk_for(200))

    assert Case.objects.get(kind="payment_allocation").figures.count() == 2
    assert complaints == []


def split(page: Page, live_server: LiveServer, desk: Desk) -> None:
    """Propose in the dialog to give a sum to two people, one of them by a wrong line at first."""
    payment = desk.pay(800)
    page.goto(f"{live_server.url}/admin/enrollment/payment/{payment.pk}/change/")
    page.locator("a, button", has_text="分配入账").first.click()
    page.fill("textarea[name=reason]", "一笔替两人缴")
    page.fill("textarea[name=parts]", "看不懂")
    page.click("#modal-content button[type=submit]")
    expect(page.get_by_text("第 1 行看不懂")).to_be_visible()
    page.fill(
        "textarea[name=parts]", f"{desk.person.id_number} 2025 400.00\n{desk.other.id_number} 2025 400.00"
    )
    page.click("#modal-content button[type=submit]")
    expect(page.get_by_text("待他人复核")).to_be_visible()


def fits(page: Page) -> None:
    """Check that nothing sticks out of the page."""
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTH
