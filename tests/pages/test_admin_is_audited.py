"""Edits in the admin leave who, when and what: forms, inlines, many-to-many, deletions."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group

from policy.services.versions import load_shipped_policies
from registry.models import AreaFiscalClass, Role, StaffScope
from tests.pages.conftest import at_desk
from tests.registry import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator():
    return factories.UserFactory(is_staff=True, is_superuser=True, username="root")


@pytest.fixture
def root(administrator):
    return at_desk(administrator)


def account(user, **more):
    values = {
        "username": user.username, "last_name": "", "first_name": "", "email": "", "is_active": "on",
        "date_joined_0": "2025-01-01", "date_joined_1": "00:00:00",
        "scopes-TOTAL_FORMS": "0", "scopes-INITIAL_FORMS": "0", "scopes-MIN_NUM_FORMS": "0",
        "scopes-MAX_NUM_FORMS": "1000",
    }  # fmt: skip
    return values | more


def test_beside_the_account_scopes_are_shown_and_cannot_be_typed(root):
    scope = factories.StaffScopeFactory(role=Role.CLERK)
    page = f"/admin/auth/user/{scope.user_id}/change/"
    kept = {
        "scopes-TOTAL_FORMS": "1",
        "scopes-INITIAL_FORMS": "1",
        "scopes-0-id": scope.pk,
        "scopes-0-DELETE": "on",
    }

    root.post(page, account(scope.user, **kept))

    assert StaffScope.objects.get() == scope
    assert f"/admin/registry/staffscope/{scope.pk}/change/" in root.get(page).content.decode()


def test_a_scope_is_taken_away_with_a_reason_that_stands_in_the_changes(root, administrator):
    scope = factories.StaffScopeFactory()
    page = f"/admin/registry/staffscope/{scope.pk}/take_away/"

    root.post(page, {"_form_submitted": "True", "reason": "  "})
    assert StaffScope.objects.exists()
    root.post(page, {"_form_submitted": "True", "reason": "调离岗位"})

    gone = StaffScope.history.filter(id=scope.pk).latest()
    assert not StaffScope.objects.exists()
    assert (gone.history_type, gone.history_user, gone.history_change_reason) == (
        "-",
        administrator,
        "调离岗位",
    )
    told = root.get("/admin/changes/", {"kind": "registry.staffscope"}).content.decode()
    assert "调离岗位" in told


def test_nothing_that_asks_why_is_deleted_without_being_asked(root):
    scope = factories.StaffScopeFactory()
    listed = "/admin/registry/staffscope/"

    assert root.post(f"{listed}{scope.pk}/delete/", {"post": "yes"}).status_code == 403
    root.post(listed, {"action": "delete_selected", "_selected_action": [scope.pk], "post": "yes"})
    assert root.post(f"/admin/auth/user/{scope.user_id}/delete/", {"post": "yes"}).status_code == 403

    assert StaffScope.objects.get() == scope


def test_a_fiscal_class_is_struck_out_with_a_reason_that_stands_in_the_changes(root, administrator):
    load_shipped_policies()
    row = AreaFiscalClass.objects.create(area=factories.daoli(), fiscal_year=2025, fiscal_class="equalised")
    page = f"/admin/registry/areafiscalclass/{row.pk}"

    assert root.post(f"{page}/delete/", {"post": "yes"}).status_code == 403
    root.post(f"{page}/take_away/", {"_form_submitted": "True", "reason": "录入地区有误"})

    gone = AreaFiscalClass.history.filter(id=row.pk).latest()
    assert not AreaFiscalClass.objects.exists()
    assert (gone.history_type, gone.history_user, gone.history_change_reason) == (
        "-",
        administrator,
        "录入地区有误",
    )
    told = root.get("/admin/changes/", {"kind": "registry.areafiscalclass"}).content.decode()
    assert "录入地区有误" in told


def test_groups_put_on_an_account_are_logged(root):
    clerk, group = factories.UserFactory(), Group.objects.create(name="统计")

    root.post(f"/admin/auth/user/{clerk.pk}/change/", account(clerk, groups=[group.pk]))

    assert clerk.groups.get() == group
    (said,) = LogEntry.objects.filter(object_id=str(clerk.pk))
    assert said.change_message == "组：— → 统计"


def test_a_typed_row_tells_its_editor(root, administrator):
    area = factories.daoli()
    load_shipped_policies()
    page = "/admin/registry/areafiscalclass/add/"
    said = {"area": area.pk, "fiscal_year": 2025, "fiscal_class": "equalised", "reason": "省财政厅通知"}

    form = root.get(page).content.decode()
    unasked = root.post(page, {**said, "reason": ""}).context["adminform"].form.errors
    unknown = root.post(page, {**said, "fiscal_class": "县"}).context["adminform"].form.errors
    root.post(page, said)

    made = AreaFiscalClass.objects.get()
    change = made.history.get()
    assert "享受均衡性转移支付市县" in form
    assert (set(unasked), set(unknown)) == ({"reason"}, {"fiscal_class"})
    assert (change.history_user, change.history_change_reason) == (administrator, "省财政厅通知")
    told = root.get("/admin/changes/", {"kind": "registry.areafiscalclass"}).content.decode()
    assert "享受均衡性转移支付市县" in told
    assert "省财政厅通知" in told


def test_a_scope_is_given_with_a_reason(root):
    user, area = factories.UserFactory(), factories.daoli()
    page = "/admin/registry/staffscope/add/"
    said = {"user": user.pk, "area": area.pk, "role": "clerk"}

    refused = root.post(page, said).context["adminform"].form.errors
    root.post(page, {**said, "reason": "新到岗"})

    assert set(refused) == {"reason"}
    assert StaffScope.history.get().history_change_reason == "新到岗"
