"""Policy versions as an admin page: everybody reads the law; an area's staff draft and approve their own."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.safestring import SafeString

from policy.admin.display import STATUS_LABELS, link, table
from policy.admin.history import WithHistory
from policy.admin.leaves import doubt_counts, version_context
from policy.admin.versions import DraftForm, PolicyVersionPage
from policy.models import PolicyStatus, PolicyVersion
from policy.selectors import approved_policies
from registry.admin.base import CLERKS, REVIEWERS, Row, ScopedAdmin
from registry.admin.panels import panel
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

    def get_form(
        self, request: HttpRequest, obj: PolicyVersion | None = None, **kwargs: Any
    ) -> type[DraftForm]:
        """Let the form refuse areas the user does not draft for."""
        form = super().get_form(request, obj, **kwargs)

        def may_draft(code: str) -> bool:
            return self._acts_in(request, code, roles=CLERKS)

        made: type[DraftForm] = type(form.__name__, (form,), {"may_draft": staticmethod(may_draft)})
        return made

    def besides(self, request: HttpRequest, row: PolicyVersion | None) -> dict[str, Any]:
        """Return the parsed leaves."""
        parsed = version_context(row, self.parsed(row)) if row is not None else {}
        return {"version": row, **parsed}

    def _may(self, request: HttpRequest, obj: Row, *, roles: tuple[str, ...], status: str) -> bool:
        if obj is None:
            return self.acts(request, None, roles=roles)
        version = obj if isinstance(obj, PolicyVersion) else self._version(request, obj)
        if version is None or version.status != status:
            return False
        return self._acts_in(request, version.area, roles=roles)

    def _acts_in(self, request: HttpRequest, code: str, *, roles: tuple[str, ...]) -> bool:
        area = Area.objects.filter(code=code).first()
        if area is None:
            return bool(request.user.is_superuser)
        return any(has_role(request.user, role, area=area) for role in roles)

    def _version(self, request: HttpRequest, key: models.Model | str | int) -> PolicyVersion | None:
        found = PolicyVersion.objects.filter(pk=str(key)).first()
        return found if isinstance(found, PolicyVersion) else None


@panel(place=50, title="政策把握程度", permission="policy.view_policyversion")
def doubts(request: HttpRequest) -> SafeString:
    """Return how much of each approved policy no document states."""
    rows: list[tuple[object, ...]] = []
    for version, policy in approved_policies():
        if policy is None:
            rows.append((link(version, version.title), "无法读取", "", "", ""))
            continue
        counts = doubt_counts(policy)
        rows.append((link(version, version.title), *(counts[status] or "" for status in STATUS_LABELS)))
    heads = ["政策", *(label for label, _ in STATUS_LABELS.values())]
    return table(heads, rows, numeric=[1, 2, 3, 4], empty="没有已生效的政策")
