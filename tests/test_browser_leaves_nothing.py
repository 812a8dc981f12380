"""A browser test ends with its loop: Django keeps connections per loop, and tests must stay in their transaction."""

import asyncio

import pytest
from playwright.sync_api import Page


@pytest.mark.slow
def test_a_page_is_open_while_it_is_used(page: Page):
    page.set_content("<p>开医保</p>")

    assert page.inner_text("p") == "开医保"


@pytest.mark.slow
def test_no_loop_is_left_to_the_tests_after_it():
    with pytest.raises(RuntimeError):
        asyncio.get_running_loop()
