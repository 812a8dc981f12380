"""The one place where the admin limits rows to a user's areas: lists, pages, searches, choices, history, exports."""

from collections.abc import Collection
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from unfold.decorators import action

from policy.admin.display import link
from policy.admin.house import HouseAdmin
from policy.admin.keys import NO_SUCH_ROW
from registry.admin.export import csv_of
from registry.models import Role
from registry.models.sealing import blind_index
from registry.rules.identity_numbers import normalized
from registry.selectors import Viewer, resident_ids_by_index, scope_filter
from registry.services.role_permissions import has_role

CLERKS = (Role.CLERK, Role.SUPERVISOR)
REVIEWERS = (Role.REVIEWER, Role.SUPERVISOR)
SUPERVISORS = (Role.SUPERVISOR,)
SHORTEST_NUMBER = 8  # shorter search words are names

Row = models.Model | str | int | None


class ScopedAdmin(HouseAdmin):
    """Rows of the user's areas, and nothing else.

    :cvar area_lookup: from the row to its area; null = everybody's rows
    :cvar resident_lookup: from the row to its resident, so that a full identity number finds it; "pk" for residents
    """

    area_lookup: str | None = "area"
    resident_lookup: str | None = None
    actions_list: tuple[str, ...] = ("export_csv",)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """Return the rows the user may see."""
        rows: models.QuerySet[Any] = super().get_queryset(request)
        return rows.filter(self.rows_of(request.user))

    def rows_of(self, user: Viewer, *, roles: Collection[str] = ()) -> models.Q:
        """Return the condition of the user's rows; only scopes of `roles` count, if any are given."""
        if self.area_lookup is None:
            return models.Q()
        return scope_filter(user, area=self.area_lookup, roles=roles)

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet[Any], search_term: str
    ) -> tuple[models.QuerySet[Any], bool]:
        """Find a full identity number through its blind index, anything else by the search fields."""
        if self.resident_lookup is not None and (found := _resident_ids(search_term)):
            return queryset.filter(**{f"{self.resident_lookup}__in": found}), False
        rows, may_repeat = super().get_search_results(request, queryset, search_term)
        return rows, may_repeat

    def formfield_for_foreignkey(
        self, db_field: "models.ForeignKey[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Offer and accept only rows that the other model's own page would show."""
        other = self.admin_site._registry.get(db_field.remote_field.model)  # noqa: SLF001
        if isinstance(other, ScopedAdmin) and "queryset" not in kwargs:
            kwargs["queryset"] = other.get_queryset(request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: Row = None) -> bool:
        """Whether the user's role allows changes, and in the row's area."""
        return super().has_change_permission(request) and self.acts(request, obj, roles=(*CLERKS, *REVIEWERS))

    def has_clerk_permission(self, request: HttpRequest, obj: Row = None) -> bool:
        """Whether the user handles cases of the row's area."""
        return self.acts(request, obj, roles=CLERKS)

    def has_reviewer_permission(self, request: HttpRequest, obj: Row = None) -> bool:
        """Whether the user reviews for the row's area."""
        return self.acts(request, obj, roles=REVIEWERS)

    def has_supervisor_permission(self, request: HttpRequest, obj: Row = None) -> bool:
        """Whether the user supervises the row's area."""
        return self.acts(request, obj, roles=SUPERVISORS)

    def acts(self, request: HttpRequest, obj: Row, *, roles: Collection[str]) -> bool:
        """Return whether the user holds one of the roles for the row's area; without a row, for any area."""
        user = request.user
        if isinstance(user, AnonymousUser):
            return False
        if user.is_superuser:
            return True
        if obj is None or self.area_lookup is None:
            return has_role(user, roles)
        key = obj.pk if isinstance(obj, models.Model) else obj
        rows = self.model._default_manager.filter(self.rows_of(user, roles=roles))
        return bool(rows.filter(pk=key).exists())

    def _get_obj_does_not_exist_redirect(
        self, request: HttpRequest, opts: Any, object_id: str
    ) -> HttpResponse:
        """Go to the first page and say the same whether the row is missing or another area's."""
        messages.warning(request, NO_SUCH_ROW)
        return redirect("admin:index")

    def visible(self, request: HttpRequest, object_id: str) -> Any:
        """Return the row an action is about.

        :raises Http404: if it is not there or not the user's to see
        """
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404(NO_SUCH_ROW)
        return row

    @action(description="导出", icon="download", permissions=["view"])
    def export_csv(self, request: HttpRequest) -> Any:
        """Send the rows of the list as it is filtered now."""
        changes = self.get_changelist_instance(request)
        return csv_of(self, request, changes.get_queryset(request))

    @admin.display(description="地区", ordering="area__path")
    def area_name(self, row: Any) -> str:
        """Name the row's area."""
        return str(row.area.name)

    @admin.display(description="参保人", ordering="resident__name")
    def resident_link(self, row: Any) -> str:
        """Name the row's resident and lead to the page."""
        return link(row.resident, row.resident and row.resident.name)

    @admin.display(description="证件号码")
    def masked_number(self, row: Any) -> str:
        """Show the masked number of the row's resident."""
        return row.resident.masked_id_number if row.resident else "—"


def _resident_ids(term: str) -> list[int]:
    number = normalized(term)
    if len(number) < SHORTEST_NUMBER or not number.isascii() or not any(sign.isdigit() for sign in number):
        return []
    return list(resident_ids_by_index([blind_index(number)]).values())
