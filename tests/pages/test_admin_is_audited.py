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


def test_a_scope_given_and_taken_beside_the_account_is_history(root, administrator):
    clerk = factories.UserFactory()
    page = f"/admin/auth/user/{clerk.pk}/change/"
    row = {"scopes-0-area": factories.harbin().pk, "scopes-0-role": Role.CLERK, "scopes-0-user": clerk.pk}

    given = root.post(page, account(clerk, **{"scopes-TOTAL_FORMS": "1", "scopes-0-id": ""}, **row))
    scope = StaffScope.objects.get()
    taken = root.post(
        page,
        account(
            clerk,
            **{
                "scopes-TOTAL_FORMS": "1",
                "scopes-INITIAL_FORMS": "1",
                "scopes-0-id": scope.pk,
                "scopes-0-DELETE": "on",
            },
            **row,
        ),
    )

    assert given.status_code == taken.status_code == 302
    assert not StaffScope.objects.exists()
    assert list(StaffScope.history.order_by("history_id").values_list("history_type", "history_user")) == [
        ("+", administrator.pk),
        ("-", administrator.pk),
    ]
    assert "管辖范围" in " ".join(str(entry) for entry in LogEntry.objects.all())


def test_a_scope_deleted_from_its_own_page_is_history(root, administrator):
    scope = factories.StaffScopeFactory()

    root.post(f"/admin/registry/staffscope/{scope.pk}/delete/", {"post": "yes"})

    gone = StaffScope.history.filter(id=scope.pk).latest()
    assert (gone.history_type, gone.history_user) == ("-", administrator)


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
