"""Staff accounts, their scopes, and who looked at full identity numbers."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.enums import ActionVariant
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from policy.admin.display import NOTHING, link, list_url
from policy.admin.history import WithHistory
from policy.admin.house import ReadOnly, ReadOnlyInline, ReasonForm, asks
from policy.admin.reasoned import AsksReason
from registry.admin.base import ScopedAdmin
from registry.models import AccessLog, StaffScope
from registry.services import take_scope_away

admin.site.unregister([User, Group])


class ScopeInline(ReadOnlyInline):
    """Where the user acts, and as what; given and taken away on pages of their own, which ask why."""

    model = StaffScope
    fields = ("place", "role")
    readonly_fields = ("place",)

    @admin.display(description="管辖地区")
    def place(self, row: StaffScope) -> str:
        """Name the area and lead to the scope's own page."""
        return link(row, row.area.name)

    def get_queryset(self, request: HttpRequest) -> QuerySet[StaffScope]:
        """Read the areas along."""
        rows: QuerySet[StaffScope] = super().get_queryset(request)
        return rows.select_related("area")


def _changed(form: Any, name: str) -> str:
    """Return a field's old and new value in words."""
    label = form.fields[name].label
    old, new = (_words(value) for value in (form[name].initial, form.cleaned_data[name]))
    return f"{label}：{old} → {new}"


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list | QuerySet):
        return "、".join(map(str, value)) or NOTHING
    return NOTHING if value in (None, "") else str(value)


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):  # type: ignore[type-arg]  # not generic at run time
    """Accounts of staff; only system administrators see this page."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "last_name", "is_active", "is_staff", "is_superuser", "last_login")
    list_fullwidth = True
    ordering = ("username",)
    inlines = (ScopeInline,)
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("个人信息", {"fields": ("last_name", "first_name", "email")}),
        ("权限", {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        ("日期", {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("last_login", "date_joined")

    def construct_change_message(
        self,
        request: HttpRequest,
        form: Any,
        formsets: Any,
        add: bool = False,  # noqa: FBT002
    ) -> Any:
        """Log what a changed account was and is: accounts of Django's own keep no history."""
        said = super().construct_change_message(request, form, formsets, add)
        told = [] if add else [_changed(form, name) for name in form.changed_data]
        return "；".join(told) if told and len(said) == 1 else said

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Accounts are put out of use, not deleted: what they did names them, and nobody would say why."""
        return False

    def get_inlines(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Scopes are given once the account is there."""
        return self.inlines if obj else ()


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ModelAdmin):
    """Groups of permissions beyond those of the roles."""


@admin.register(StaffScope)
class StaffScopeAdmin(AsksReason, WithHistory, ScopedAdmin):
    """Who acts where; given by system administrators."""

    list_display = ("user", "area_name", "role")
    list_filter = (("role", ChoicesDropdownFilter),)
    list_select_related = ("user", "area")
    search_fields = ("user__username", "area__name", "area__code__startswith")
    autocomplete_fields = ("user", "area")
    ordering = ("user__username",)
    actions_detail = ("take_away",)

    @admin.display(description="管辖地区", ordering="area__path")
    def area_name(self, row: StaffScope) -> str:
        """Name the area."""
        return f"{row.area.name}（{row.area.code}）"

    def has_take_away_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Whether the user administers accounts."""
        return bool(request.user.is_superuser)

    @asks(
        title="收回管辖范围",
        description="此人不再按这一角色办理该地区的业务；已经办理的不受影响。",
        form=ReasonForm,
        may="take_away",
        icon="person_remove",
        variant=ActionVariant.DANGER,
    )
    def take_away(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        """Take the scope away."""

        def work() -> str:
            scope = self.visible(request, object_id)
            take_scope_away(scope=scope, reason=form.cleaned_data["reason"], user=request.user)  # type: ignore[arg-type]
            return f"已收回{scope.user}在{scope.area.name}的{scope.get_role_display()}角色。"

        return self.conclude(request, work, to=list_url(StaffScope))


@admin.register(AccessLog)
class AccessLogAdmin(ReadOnly, ScopedAdmin):
    """Looks at full identity numbers: who, whose, why, when."""

    area_lookup = "resident__living_area"
    resident_lookup = "resident_id"
    list_display = ("at", "viewer", "resident_link", "purpose")
    list_display_links = ("at",)
    list_select_related = ("user", "resident")
    search_fields = ("user__username", "agency_code", "resident__name__startswith")
    search_help_text = "按工作人员、机构代码、完整证件号码或姓名开头查询"
    date_hierarchy = "at"
    ordering = ("-pk",)

    @admin.display(description="查看人")
    def viewer(self, row: AccessLog) -> str:
        """Name the user or the agency."""
        return str(row.user) if row.user else row.agency_code
