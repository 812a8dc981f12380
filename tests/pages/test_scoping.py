"""Staff see their areas in every list, page, search, choice, history and export."""

import pytest
from django.urls import reverse

from registry.models import AccessLog, Role
from tests.pages.conftest import at_desk, staff
from tests.registry import factories

pytestmark = pytest.mark.django_db
NUMBER = factories.identity_number(7)
LIST = "/admin/registry/resident/"


@pytest.fixture
def wang():
    return factories.ResidentFactory(number=NUMBER)


def body(answer):
    return b"".join(answer).decode() if answer.streaming else answer.content.decode()


@pytest.mark.parametrize("role", Role.values)
def test_every_role_sees_its_own_residents_and_no_others(role, wang):
    near = at_desk(staff(role, factories.harbin()))
    far = at_desk(staff(role, factories.tangshan()))

    for address in (LIST, f"{LIST}?q={NUMBER}", f"{LIST}?q=王桂", f"{LIST}export_csv/"):
        assert "王桂兰" in body(near.get(address)), address
        assert "王桂兰" not in body(far.get(address)), address


@pytest.mark.parametrize("page", ["change/", "history/", ""])
def test_a_page_outside_the_area_is_not_there(page, wang, harbin_clerk, tangshan_clerk):
    address = f"{LIST}{wang.pk}/{page}"

    assert harbin_clerk.get(address, follow=True).status_code == 200
    assert "王桂兰" not in tangshan_clerk.get(address, follow=True).content.decode()


def test_an_old_version_outside_the_area_is_not_there(wang, harbin_clerk, tangshan_clerk):
    version = wang.history.get()
    address = f"{LIST}{wang.pk}/history/{version.pk}/"

    assert harbin_clerk.get(address).status_code == 200
    assert tangshan_clerk.get(address).status_code == 404


def test_choices_offer_only_the_users_areas(harbin_clerk, tangshan_clerk):
    factories.daoli()
    address = reverse("admin:autocomplete")
    wanted = {
        "app_label": "registry",
        "model_name": "areafiscalclass",
        "field_name": "area",
        "term": "哈尔滨",
    }

    assert len(harbin_clerk.get(address, wanted).json()["results"]) == 1
    assert tangshan_clerk.get(address, wanted).json()["results"] == []


def test_a_choice_of_another_area_is_refused_when_posted(tangshan_clerk):
    answer = tangshan_clerk.post(
        "/admin/registry/areafiscalclass/add/",
        {"area": factories.daoli().pk, "fiscal_year": 2025, "fiscal_class": "district"},
    )

    assert answer.status_code == 200
    assert "area" in answer.context["adminform"].form.errors


def test_numbers_are_masked_everywhere(wang, root):
    for address in (LIST, f"{LIST}{wang.pk}/change/", f"{LIST}{wang.pk}/history/", f"{LIST}export_csv/"):
        text = body(root.get(address))
        assert NUMBER not in text, address
    assert "230199********" in body(root.get(LIST))


def test_a_full_number_is_shown_for_a_reason_and_logged(wang):
    clerk = at_desk(staff(Role.CLERK, factories.harbin()))
    address = f"{LIST}{wang.pk}/show_number/"

    asked = clerk.get(address)
    without = clerk.post(address, {"_form_submitted": "True"})
    shown = clerk.post(address, {"_form_submitted": "True", "reason": "核对缴费"})

    assert "事由" in asked.content.decode()
    assert NUMBER not in asked.content.decode() + without.content.decode()
    assert shown.headers["HX-Redirect"]
    assert NUMBER in clerk.get(LIST).content.decode()  # the message, once
    assert NUMBER not in clerk.get(LIST).content.decode()
    assert AccessLog.objects.get().purpose == "核对缴费"


def test_viewers_and_auditors_may_not_ask_for_full_numbers(wang):
    for role in (Role.VIEWER, Role.AUDITOR):
        client = at_desk(staff(role, factories.harbin()))
        answer = client.post(f"{LIST}{wang.pk}/show_number/", {"_form_submitted": "True", "reason": "想看"})
        assert answer.status_code == 403
    assert not AccessLog.objects.exists()


def test_a_full_number_outside_the_area_is_not_shown(wang, tangshan_clerk):
    answer = tangshan_clerk.post(
        f"{LIST}{wang.pk}/show_number/", {"_form_submitted": "True", "reason": "核对"}
    )

    assert answer.status_code in (403, 404)
    assert not AccessLog.objects.exists()


def test_the_list_costs_the_same_for_3_residents_and_for_30(harbin_clerk, django_assert_num_queries):
    factories.ResidentFactory.create_batch(3)
    harbin_clerk.get(LIST)
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as few:
        harbin_clerk.get(LIST)
    factories.ResidentFactory.create_batch(27)

    with django_assert_num_queries(len(few)):
        harbin_clerk.get(LIST)


def test_what_staff_may_do_follows_from_their_role():
    clerk = staff(Role.CLERK, factories.harbin())
    auditor = staff(Role.AUDITOR, factories.harbin())

    assert clerk.has_perm("registry.view_resident")
    assert clerk.has_perm("registry.view_full_id_number")
    assert not clerk.has_perm("registry.view_accesslog")
    assert not clerk.has_perm("registry.add_staffscope")
    assert not clerk.has_perm("auth.view_user")
    assert auditor.has_perm("registry.view_accesslog")
    assert not auditor.has_perm("registry.change_resident")
