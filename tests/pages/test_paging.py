"""Lists longer than what is counted lead on by key, with the filters asked for."""

import re

import pytest

from policy.admin import paging
from registry.models import Household
from tests.registry.factories import HouseholdFactory, daoli, shangzhi

pytestmark = pytest.mark.django_db


@pytest.fixture
def short(monkeypatch):
    monkeypatch.setattr(paging, "MOST_COUNTED", 5)


def seen(desk, address):
    """Return the numbers on a page, and where it leads on and back."""
    page = desk.get(address).content.decode()
    led = dict(re.findall(r'<a class="oy-link" href="([^"]*)">(再往后|回到最新的)</a>', page))
    return re.findall(r"H\d{6}", re.sub(r"<title>.*?</title>", "", page)), {
        text: to for to, text in led.items()
    }


def rows(desk, address="/admin/registry/household/"):
    """Return the numbers of all the pages that lead on from one another."""
    found = []
    while True:
        shown, led = seen(desk, address)
        found += dict.fromkeys(shown)
        if "再往后" not in led:
            return found
        address = "/admin/registry/household/" + led["再往后"].replace("&amp;", "&")


def test_every_row_is_reached_once_the_newest_first(root, short):
    made = [HouseholdFactory().number for _ in range(13)]

    assert rows(root) == made[::-1]
    _, led = seen(root, f"/admin/registry/household/?before={Household.objects.get(number=made[5]).pk}")
    assert list(led) == ["回到最新的"]


def test_search_words_are_kept_on_the_way(root, short):
    made = [HouseholdFactory(area=area, head_name=name).number
            for _ in range(7) for area, name in ((daoli(), "王一"), (shangzhi(), "李二"))]  # fmt: skip

    assert rows(root, "/admin/registry/household/?q=王") == made[::2][::-1]


def test_another_order_and_a_key_that_is_none_are_read_from_the_beginning(root, short):
    HouseholdFactory.create_batch(7)

    for address in ("?o=1&before=1", "?before=x", "?before=" + "9" * 30):
        shown, led = seen(root, "/admin/registry/household/" + address)
        assert len(dict.fromkeys(shown)) >= 5
        assert "回到最新的" not in led


def test_exactly_as_many_as_are_counted_lead_nowhere(root, short):
    HouseholdFactory.create_batch(5)

    assert seen(root, "/admin/registry/household/")[1] == {}
