"""An address typed by hand, whatever stands where the key belongs, is not found; it is never a server error."""

import re
from collections.abc import Iterator

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from policy.admin.keys import can_be_key
from registry.models import Area, Resident, Role
from tests.pages.conftest import at_desk, staff
from tests.registry import factories

pytestmark = pytest.mark.django_db
IMPOSSIBLE = ("x", "1" + "0" * 30, "12%20or%2012", "1%00", "%E4%B8%80")
NOBODYS = "999999999"
OBJECT_ID = re.compile(r"<path:object_id>")


def pages() -> Iterator[tuple[str, list[str]]]:
    """Yield each registered page with the addresses of its rows, the key left open."""
    for model, page in admin.site._registry.items():
        home = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        patterns = [str(pattern.pattern) for pattern in page.get_urls()]
        of_rows = {OBJECT_ID.sub("{key}", each) for each in patterns if OBJECT_ID.search(each)}
        yield model._meta.label, [home + each for each in sorted(of_rows)] + [home + "{key}/history/"]


PAGES = list(pages())


@pytest.fixture(params=["root", "clerk"])
def somebody(request: pytest.FixtureRequest, db: None) -> Client:
    if request.param == "root":
        client = at_desk(factories.UserFactory(is_staff=True, is_superuser=True, username="root"))
    else:
        client = at_desk(staff(Role.CLERK, factories.harbin()))
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize(("label", "addresses"), PAGES, ids=[label for label, _ in PAGES])
@pytest.mark.parametrize("key", ["x", NOBODYS])
def test_a_key_that_no_row_has_is_not_found(key: str, label: str, addresses: list[str], somebody: Client):
    wrong = {}
    for address in addresses:
        url = address.format(key=key)
        for answer in (somebody.get(url), somebody.post(url, {"_form_submitted": "True"})):
            if answer.status_code not in (302, 403, 404):
                wrong[url] = answer.status_code

    assert addresses
    assert wrong == {}


def test_an_old_version_with_an_impossible_number_is_not_found(harbin_clerk: Client):
    person = factories.ResidentFactory()

    for version in (*IMPOSSIBLE, NOBODYS):
        answer = harbin_clerk.get(f"/admin/registry/resident/{person.pk}/history/{version}/")
        assert answer.status_code == 404, version


def test_a_stranger_is_led_to_the_log_in_and_learns_nothing():
    answer = Client().get("/admin/registry/resident/x/change/")

    assert answer.status_code == 302
    assert answer["Location"].startswith("/admin/login/")


@pytest.mark.parametrize("key", IMPOSSIBLE)
def test_whatever_stands_for_the_key_is_not_found(key: str, somebody: Client):
    for address in ("change", "history", "move", "show_number"):
        assert somebody.get(f"/admin/registry/resident/{key}/{address}/").status_code == 404, address


@pytest.mark.parametrize(
    ("model", "text", "is_key"),
    [(Resident, "12", True), (Resident, "x", False), (Resident, "-1", True), (Area, "9" * 19, False)],
)
def test_what_can_be_a_key(model: type, text: str, is_key: bool):
    assert can_be_key(model, text) is is_key
