"""A list from upload to the request to take it back, without a mouse; whatever has the focus shows it."""

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from exchange.models import BatchStatus, InboundBatch
from registry.models import Role
from tests.exchange.factories import ListAgreementFactory
from tests.hardship.lists import civil, people
from tests.pages.conftest import staff
from tests.pages.test_list_in_a_browser import PASSWORD
from tests.registry import factories

FARTHEST = 120  # stops on a page
SHOWN = """() => {
  const shows = (element) => {
    const style = getComputedStyle(element);
    return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
  };
  const focused = document.activeElement, box = focused.closest(".oy-drop");
  return focused === document.body || shows(focused) || Boolean(box && shows(box));
}"""


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until something has the focus; every stop on the way shows that it has it."""
    for _ in range(FARTHEST):
        page.keyboard.press("Tab")
        assert page.evaluate(SHOWN), page.evaluate("document.activeElement.outerHTML.slice(0, 300)")
        if wanted.count() and wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"not reached by keyboard: {wanted}")


def choose(page: Page, select: Locator, value: str) -> None:
    tab_to(page, select)
    for _ in range(FARTHEST):
        if select.input_value() == value:
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"no such choice: {value}")


def press(page: Page, button: Locator) -> None:
    tab_to(page, button)
    page.keyboard.press("Enter")


def skip_to_content(page: Page) -> None:
    page.keyboard.press("Tab")
    expect(page.locator(".oy-skip")).to_be_focused()
    assert page.locator(".oy-skip").evaluate("link => link.getBoundingClientRect().top") >= 0
    page.keyboard.press("Enter")


def log_in_by_keyboard(page: Page, address: str) -> None:
    page.goto(f"{address}/admin/login/")
    page.locator("#id_username").focus()
    page.keyboard.type("clerk")
    tab_to(page, page.locator("#id_password"))
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("h2", has_text="待办")).to_be_visible()


def upload_by_keyboard(page: Page, address: str, *, area: int, file: Path) -> None:
    page.goto(f"{address}/admin/exchange/inboundbatch/upload_list/")
    skip_to_content(page)
    choose(page, page.locator("#id_kind"), "identities.civil_affairs")
    choose(page, page.locator("#id_area"), str(area))
    tab_to(page, page.locator("#id_file"))
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Space")
    chooser.value.set_files(str(file))
    press(page, page.get_by_role("button", name="生成导入方案"))
    expect(page.get_by_text("不取消任何认定")).to_be_visible()


def ask_back_by_keyboard(page: Page, reason: str) -> None:
    press(page, page.get_by_role("link", name="申请撤销"))
    expect(page.locator("#modal-content textarea[name=reason]")).to_be_visible()
    tab_to(page, page.locator("#modal-content textarea[name=reason]"))
    page.keyboard.type(reason)
    press(page, page.locator("#modal-content button[type=submit]"))
    expect(page.get_by_text("须另一位同事点“同意撤销”")).to_be_visible()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_list_is_uploaded_confirmed_and_asked_back_by_keyboard_alone(
    live_server: LiveServer, page: Page, tmp_path: Path
):
    clerk = staff(Role.CLERK, factories.harbin(), username="clerk")
    clerk.set_password(PASSWORD)
    clerk.save()
    agreement = ListAgreementFactory()
    people(2)
    file = tmp_path / "民政.xlsx"
    file.write_bytes(civil((0, "人0", "低保"), (1, "人1", "低保")))
    page.set_viewport_size({"width": 1366, "height": 768})

    log_in_by_keyboard(page, live_server.url)
    upload_by_keyboard(page, live_server.url, area=agreement.area_id, file=file)
    press(page, page.get_by_role("link", name="确认生效"))
    expect(page.get_by_text("确认之后将")).to_be_visible()
    press(page, page.get_by_role("button", name="确认生效"))
    expect(page.get_by_text("办理 2 行。没有遗留的行。")).to_be_visible()
    ask_back_by_keyboard(page, "传错了月份")

    batch = InboundBatch.objects.get()
    assert (batch.status, batch.undo_reason) == (BatchStatus.APPLIED, "传错了月份")
