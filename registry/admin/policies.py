"""Policy versions as an admin page: everybody reads the law; an area's staff draft and approve their own."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from policy.admin.history import WithHistory
from policy.admin.versions import PolicyVersionPage, version_context
from policy.models import PolicyStatus, PolicyVersion
from registry.admin.base import CLERKS, REVIEWERS, Row, ScopedAdmin
from registry.models import Area
from registry.selectors import has_role


@admin.register(PolicyVersion)
class PolicyVersionAdmin(WithHistory, PolicyVersionPage, ScopedAdmin):
    """The law of every area and year."""

    area_lookup = None

    def has_change_permission(self, request: HttpRequest, obj: Row = None) -> bool:
        """Whether the user may edit: drafts only, and as a clerk of their area."""
        return self.has_draft_permission(request, obj)

    def has_draft_permission(self, request: HttpRequest, obj: Row = None) -> bool:
        """Whether the user may edit or submit this draft; without a version, any."""
        return self._may(request, obj, roles=CLERKS, status=PolicyStatus.DRAFT)

    def has_approve_permission(self, request: HttpRequest, obj: Row = None) -> bool:
        """Whether the user may approve this version: as reviewer of its area, and not as its author."""
        return self._may(request, obj, roles=REVIEWERS, status=PolicyStatus.SUBMITTED)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponseBase:
        """Add the parsed leaves to the page."""
        version = self.get_object(request, object_id) if object_id else None
        context = dict(extra_context or {}) | {"version": version}
        if version is not None:
            context |= version_context(version, self.parsed(version))
        page: HttpResponseBase = super().changeform_view(request, object_id, form_url, context)
        return page

    def _may(self, request: HttpRequest, obj: Row, *, roles: tuple[str, ...], status: str) -> bool:
        if obj is None:
            return self.acts(request, None, roles=roles)
        version = obj if isinstance(obj, PolicyVersion) else self._version(request, obj)
        if version is None or version.status != status:
            return False
        area = Area.objects.filter(code=version.area).first()
        if area is None:
            return bool(request.user.is_superuser)
        return any(has_role(request.user, role, area=area) for role in roles)

    def _version(self, request: HttpRequest, key: models.Model | str | int) -> PolicyVersion | None:
        found = PolicyVersion.objects.filter(pk=str(key)).first()
        return found if isinstance(found, PolicyVersion) else None
