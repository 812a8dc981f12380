"""Cases (工单): queue, timeline, assigning, deciding, confirming, closing."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.enums import ActionVariant

from casework import services
from casework.admin.figures import figure_table
from casework.admin.filters import KindFilter, QueueFilter, sums_table
from casework.admin.forms import AssignForm, CommentForm, DecisionForm
from casework.admin.parts import KINDS, case_facts, due_text, timeline, waiting_text
from casework.models import Case, CaseEvent, CaseEventKind, CaseState
from policy.admin.display import choice_badge
from policy.admin.history import WithHistory
from policy.admin.house import ReadOnly, ReasonForm, asks
from registry.admin.base import CLERKS, REVIEWERS, ScopedAdmin

STATES = {
    CaseState.OPEN: "orange",
    CaseState.ASSIGNED: "",
    CaseState.DECIDED: "blue",
    CaseState.CLOSED: "green",
}
CASE_PARTS = ("case_waits", "case_facts", "case_figures", "timeline")
UNDECIDED = (CaseState.OPEN, CaseState.ASSIGNED)


@admin.register(Case)
class CaseAdmin(WithHistory, ReadOnly, ScopedAdmin):
    """Questions for people, by a day."""

    empty_text = "规则交给人决定的事会自动列在这里。"
    resident_lookup = "resident_id"
    list_display = ("title", "kind_name", "state_badge", "resident_link", "area_name", "assignee", "due")
    list_display_links = ("title",)
    list_filter = (
        QueueFilter,
        KindFilter,
        ("state", ChoicesDropdownFilter),
        ("assignee", admin.RelatedOnlyFieldListFilter),
    )
    list_select_related = ("resident", "area", "assignee")
    search_fields = ("title", "resident__name__startswith", "subject_ref__startswith")
    search_help_text = "按标题、完整证件号码或姓名开头查询"
    ordering = ("due_on", "pk")
    actions_detail = ("assign", "decide", "confirm", "send_back", "renew", "close", "remark")
    change_form_after_template = "admin/openyibao/case.html"
    list_before_template = "admin/openyibao/case_sums.html"

    @admin.display(description="类型", ordering="kind")
    def kind_name(self, case: Case) -> str:
        """Name the kind."""
        return KINDS.get(case.kind, case.kind)

    @admin.display(description="状态")
    def state_badge(self, case: Case) -> SafeString:
        """Show the state as a badge."""
        return choice_badge(case, "state", STATES)

    @admin.display(description="办理期限", ordering="due_on")
    def due(self, case: Case) -> str:
        """Show the day, and that it has passed."""
        return due_text(case)

    def get_fieldsets(self, request: HttpRequest, obj: Case | None = None) -> Any:
        """Show nothing in the form: the page has its own parts."""
        return ()

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Say above the cases of one kind what their figures add up to."""
        page: HttpResponse = super().changelist_view(request, {**(extra_context or {}), "case_sums": ""})
        shown = getattr(page, "context_data", None) or {}
        if KindFilter.parameter_name in request.GET and "cl" in shown:
            shown["case_sums"] = sums_table(shown["cl"].queryset)
        return page

    def besides(self, request: HttpRequest, row: Case | None) -> dict[str, Any]:
        """Return the facts, the figures and the timeline."""
        if row is None:
            return dict.fromkeys(CASE_PARTS, "")
        return {
            "case_facts": case_facts(row),
            "case_figures": figure_table(row),
            "case_waits": waiting_text(row, request.user),
            "timeline": timeline(row),
            "title": row.title,
        }

    def has_undecided_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the case waits for a decision and the user handles its area."""
        return self._stands(obj, *UNDECIDED) and self.acts(request, obj, roles=(*CLERKS, *REVIEWERS))

    def has_confirm_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the decision waits for a second person, and the user reviews its area."""
        return self._stands(obj, CaseState.DECIDED, needs_second=True, second_by=None) and (
            self.has_reviewer_permission(request, obj)
        )

    def has_close_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the case is decided, confirmed where it must be, and the user handles its area."""
        waits = obj is not None and self._stands(obj, CaseState.DECIDED, needs_second=True, second_by=None)
        ready = self._stands(obj, CaseState.DECIDED) and not waits
        return ready and self.acts(request, obj, roles=(*CLERKS, *REVIEWERS))

    def has_renew_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the question can be asked anew: nothing was done yet, and somebody asks its kind again."""
        unfinished = (*UNDECIDED, CaseState.DECIDED)
        stands = self._stands(
            obj, *unfinished, second_by=None, performed_at=None, kind__in=services.kinds_asked_again()
        )
        return stands and self.acts(request, obj, roles=(*CLERKS, *REVIEWERS))

    def has_remark_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the user works on cases of the area."""
        return self.acts(request, obj, roles=(*CLERKS, *REVIEWERS))

    def _stands(self, obj: Any, *states: str, **conditions: Any) -> bool:
        key = obj.pk if isinstance(obj, Case) else obj
        return key is None or Case.objects.filter(pk=key, state__in=states, **conditions).exists()

    @asks(title="分派", form=AssignForm, may="undecided", icon="assignment_ind")
    def assign(self, request: HttpRequest, form: AssignForm, object_id: str) -> HttpResponse:
        """Give the case to somebody."""

        def work() -> str:
            person = form.cleaned_data["assignee"]
            services.assign_case(case=self.visible(request, object_id), assignee=person, user=_staff(request))
            return f"已分派给{person}。"

        return self.conclude(request, work)

    @asks(title="作出决定", form=DecisionForm, may="undecided", icon="gavel", variant=ActionVariant.PRIMARY)
    def decide(self, request: HttpRequest, form: DecisionForm, object_id: str) -> HttpResponse:
        """Decide the case."""

        def work() -> str:
            case = services.decide_case(
                case=self.visible(request, object_id),
                decision=form.cleaned_data["decision"],
                reason=form.cleaned_data["reason"],
                user=_staff(request),
            )
            return f"决定已记录。{_what_it_did(case)}"

        return self.conclude(request, work)

    @asks(title="复核通过", may="confirm", icon="verified", variant=ActionVariant.SUCCESS)
    def confirm(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Confirm the decision as the second person."""

        def work() -> str:
            case = services.confirm_case(case=self.visible(request, object_id), user=_staff(request))
            return f"复核通过。{_what_it_did(case)}"

        return self.conclude(request, work)

    @asks(title="退回重办", form=ReasonForm, may="confirm", icon="undo", variant=ActionVariant.DANGER)
    def send_back(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        """Send the decision back."""

        def work() -> str:
            services.return_case(
                case=self.visible(request, object_id),
                reason=form.cleaned_data["reason"],
                user=_staff(request),
            )
            return "已退回。"

        return self.conclude(request, work)

    @asks(
        title="按最新情况重新核定",
        description="原工单办结并保留，按现在的情况另立工单。",
        may="renew",
        icon="refresh",
    )
    def renew(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Ask the question anew."""

        def work() -> str:
            renewed = services.renew_case(case=self.visible(request, object_id), user=_staff(request))
            return f"已另立工单 {renewed}。" if renewed else "情况已变化，该事项不再需要办理，原工单已办结。"

        return self.conclude(request, work)

    @asks(title="办结", may="close", icon="task_alt")
    def close(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Close the case."""

        def work() -> str:
            services.close_case(case=self.visible(request, object_id), user=_staff(request))
            return "工单已办结。"

        return self.conclude(request, work)

    @asks(title="备注", form=CommentForm, may="remark", icon="comment")
    def remark(self, request: HttpRequest, form: CommentForm, object_id: str) -> HttpResponse:
        """Add a remark."""

        def work() -> str:
            services.comment(
                case=self.visible(request, object_id), user=_staff(request), text=form.cleaned_data["text"]
            )
            return "备注已记录。"

        return self.conclude(request, work)


def _what_it_did(case: Case) -> str:
    """Return what the decision did beyond the case, if it counts by now."""
    done = CaseEvent.objects.filter(case=case, kind=CaseEventKind.EFFECT).order_by("-pk")
    return done.values_list("text", flat=True).first() or ""


def _staff(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
