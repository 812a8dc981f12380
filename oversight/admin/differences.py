"""Differences (人费差异): who answers for them, how long they have waited, what they are."""

from functools import partial
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action

from oversight.admin.difference_filters import Place, Waiting
from oversight.admin.difference_forms import ExplainForm, OwnerForm, WordsForm
from oversight.models import Difference, DifferenceState, ReconciliationState
from oversight.selectors.reconciliations import LATE_DAYS, OVERDUE_DAYS, age_days
from oversight.services.settle_differences import assign, explain
from policy.admin.display import NOTHING, badge, choice_badge
from policy.admin.history import WithHistory
from policy.admin.house import ReadOnly, asks
from policy.admin.ticked import Ticked
from policy.errors import DomainError
from registry.admin.base import CLERKS, REVIEWERS, ScopedAdmin

STATES = {
    DifferenceState.OPEN: "orange",
    DifferenceState.EXPLAINED: "green",
    DifferenceState.RESOLVED: "",
}


class NotYours(DomainError):
    """Looking on is not working on."""

    code = "differences_not_yours"


@admin.register(Difference)
class DifferenceAdmin(WithHistory, ReadOnly, Ticked, ScopedAdmin):
    """What does not agree, row by row."""

    empty_text = "核对一个月以后，不一致的逐条列在这里。"
    area_lookup = "reconciliation__area"
    resident_lookup = "resident_id"
    list_display = (
        "kind", "day", "area_name", "resident_link", "expected", "found", "detail", "standing", "age", "owner",
    )  # fmt: skip
    list_filter = (
        ("kind", ChoicesDropdownFilter),
        ("state", ChoicesDropdownFilter),
        ("owner", admin.RelatedOnlyFieldListFilter),
        "channel",
        Place,
        Waiting,
        ("reconciliation", admin.RelatedOnlyFieldListFilter),
    )
    list_select_related = ("area", "resident", "owner")
    search_fields = ("payment__serial__startswith", "resident__name__startswith")
    search_help_text = "按税务流水号、完整证件号码或姓名开头查询"
    ordering = ("-pk",)
    fields = (
        ("kind", "standing", "age"),
        ("day", "area", "channel"),
        ("resident_link", "payment", "contribution"),
        ("expected", "found", "detail"),
        ("found_on", "owner", "resolved_on"),
        ("explanation", "explained_by", "explained_at"),
        "reconciliation",
    )
    readonly_fields = ("standing", "age", "resident_link")
    actions = ("explain_ticked", "assign_ticked")
    actions_detail = ("explain_one",)

    @admin.display(description="状态")
    def standing(self, difference: Difference) -> SafeString:
        """Show the state as a badge."""
        return choice_badge(difference, "state", STATES)

    @admin.display(description="已等", ordering="found_on")
    def age(self, difference: Difference) -> SafeString | str:
        """Show how many days it has waited, and that it is long."""
        days = age_days(difference, today=timezone.localdate())
        if days is None:
            return NOTHING
        tone = "red" if days > OVERDUE_DAYS else "orange" if days > LATE_DAYS else ""
        return badge(f"{days} 天", tone)

    def has_explain_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether it waits or was explained in an open month, and the user works in the area."""
        key = obj.pk if isinstance(obj, Difference) else obj
        waits = Difference.objects.exclude(state=DifferenceState.RESOLVED).filter(
            reconciliation__state=ReconciliationState.OPEN
        )
        may = key is None or waits.filter(pk=key).exists()
        return may and self.acts(request, obj, roles=(*CLERKS, *REVIEWERS))

    @action(description="说明所选差异", permissions=["explain"])
    def explain_ticked(self, request: HttpRequest, rows: QuerySet[Difference]) -> HttpResponse:
        """Say what the ticked ones are."""

        def work(form: forms.Form) -> str:
            done = explain(
                differences=self._mine(request, rows),
                explanation=form.cleaned_data["reason"],
                user=request.user,  # type: ignore[arg-type]  # staff only
            )
            return f"已说明 {len(done):,} 条。"

        return self.ask_about_ticked(request, rows, WordsForm, work, title="说明所选差异")

    @action(description="分派所选差异", permissions=["explain"])
    def assign_ticked(self, request: HttpRequest, rows: QuerySet[Difference]) -> HttpResponse:
        """Make a colleague answer for the ticked ones."""

        def work(form: forms.Form) -> str:
            done = assign(
                differences=self._mine(request, rows),
                owner=form.cleaned_data["owner"],
                reason=form.cleaned_data["reason"],
                user=request.user,  # type: ignore[arg-type]  # staff only
            )
            return f"已分派 {len(done):,} 条。"

        make = partial(OwnerForm, differences=rows)
        return self.ask_about_ticked(request, rows, make, work, title="分派所选差异")

    def _mine(self, request: HttpRequest, rows: QuerySet[Difference]) -> list[int]:
        """Return the keys of the rows.

        :raises NotYours: if some are of areas where the user only looks on
        """
        keys = list(rows.order_by().values_list("pk", flat=True))
        theirs = Difference.objects.filter(self.rows_of(request.user, roles=(*CLERKS, *REVIEWERS)))
        if others := len(keys) - theirs.filter(pk__in=rows.order_by().values("pk")).count():
            raise NotYours(f"所选差异中有 {others:,} 条不在您办理的地区，请重新选择。")
        return keys

    @asks(title="说明差异", form=ExplainForm, may="explain", icon="edit_note")
    def explain_one(self, request: HttpRequest, form: ExplainForm, object_id: str) -> HttpResponse:
        """Say what it is."""

        def work() -> str:
            assert isinstance(request.user, User)
            row = self.visible(request, object_id)
            explain(differences=[row.pk], explanation=form.cleaned_data["reason"], user=request.user)
            return "已说明。"

        return self.conclude(request, work)
