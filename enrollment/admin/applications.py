"""Applications for the fiscal subsidy: drawn up, looked at, submitted, signed by finance, taken away as xlsx."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action
from unfold.enums import ActionVariant

from enrollment.admin.application_tables import (
    LINES,
    PEOPLE,
    completion_table,
    lines_table,
    people_rows,
    xlsx_lines,
    xlsx_of,
)
from enrollment.admin.finance_forms import CompletionForm, LevelForm
from enrollment.admin.papers import Paper, signed
from enrollment.models import ApplicationState, SubsidyApplication
from enrollment.rules.subsidy_split import level_label
from enrollment.services.applications import draw_up, return_application, sign, submit, take_back
from enrollment.services.subsidy_completion import open_completion, planned_completion
from enrollment.tasks import kick_completion
from policy.admin.display import change_url, choice_badge, yuan_text
from policy.admin.history import WithHistory
from policy.admin.house import ReadOnly, ReasonForm, asks
from policy.errors import DomainError
from policy.words import said
from registry.admin.base import CLERKS, REVIEWERS, ScopedAdmin
from registry.models import Role

TONES = {
    ApplicationState.DRAFT: "blue",
    ApplicationState.SUBMITTED: "orange",
    ApplicationState.SIGNED: "green",
    ApplicationState.RETURNED: "red",
    ApplicationState.WITHDRAWN: "",
}


@admin.register(SubsidyApplication)
class SubsidyApplicationAdmin(WithHistory, ReadOnly, ScopedAdmin):
    """One application to one level of government."""

    empty_text = "点“编制申请”，按年度、险种、级次汇总尚未申请的财政补助。"
    list_display = (
        "area_name", "year", "component_label", "level_name", "standing", "people", "amount", "made_by",
        "submitted_at", "decided_by",
    )  # fmt: skip
    list_display_links = ("area_name",)
    list_filter = ("year", ("state", ChoicesDropdownFilter))
    list_select_related = ("area", "made_by", "decided_by")
    search_fields = ("area__name", "area__code__startswith")
    ordering = ("-pk",)
    actions_list = ("draw_up_application", "complete", "export_csv")
    actions_detail = (
        "submit_it",
        "sign_it",
        "return_it",
        "withdraw",
        "print_it",
        "export_lines",
        "export_people",
    )
    fields = (
        ("area", "year", "standing"),
        ("component_label", "level_name"),
        ("people", "amount"),
        ("made_by", "made_at"),
        ("submitted_by", "submitted_at"),
        ("decided_by", "decided_at", "reason"),
    )
    readonly_fields = ("standing", "component_label", "level_name")
    change_form_outer_after_template = "admin/openyibao/application.html"

    @admin.display(description="状态")
    def standing(self, application: SubsidyApplication) -> SafeString:
        """Show the state as a badge."""
        return choice_badge(application, "state", TONES)

    @admin.display(description="险种")
    def component_label(self, application: SubsidyApplication) -> str:
        """Name the component."""
        return said(application.component)

    @admin.display(description="负担级次")
    def level_name(self, application: SubsidyApplication) -> str:
        """Name the level."""
        return level_label(application.level)

    def besides(self, request: HttpRequest, row: SubsidyApplication | None) -> dict[str, Any]:
        """Return the lines."""
        return {"lines": lines_table(row) if row is not None else ""}

    @action(
        description="编制申请", icon="edit_document", permissions=["clerk"], variant=ActionVariant.PRIMARY
    )
    def draw_up_application(self, request: HttpRequest) -> HttpResponse:
        """Draw an application up, or its draft anew, and lead to it."""
        form = LevelForm(
            request.POST or None,
            user=request.user,
            roles=CLERKS,
            initial={"year": timezone.localdate().year},
        )

        def work() -> tuple[str, str]:
            made = draw_up(claim=form.claim(), user=request.user)  # type: ignore[arg-type]  # staff only
            return "已编制，请核对后提交财政审签。", change_url(made)

        return self.ask_to_begin(request, form, work, title="编制财政补助申请", submit_text="编制")

    @action(description="补齐财政补助分担", icon="rule", permissions=["reviewer"])
    def complete(self, request: HttpRequest) -> HttpResponse:
        """Show whose shares stand otherwise than the law says now, then have a worker put them right."""
        form = CompletionForm(
            request.POST or None,
            user=request.user,
            roles=REVIEWERS,
            initial={"year": timezone.localdate().year},
        )
        plan: SafeString | str = ""
        if request.method == "POST" and form.is_valid():
            asked = {"area": form.cleaned_data["area"], "year": form.cleaned_data["year"]}
            try:
                if "start" in request.POST:
                    job = open_completion(**asked, user=request.user)  # type: ignore[arg-type]  # staff only
                    kick_completion(job)
                    messages.success(request, "已开始补齐，进度见“后台任务”。")
                    return redirect(change_url(job))
                plan = completion_table(planned_completion(**asked))
            except DomainError as refused:
                form.add_error(None, refused.message)
        return self.ask_on_page(request, form, title="补齐财政补助分担", plan=plan)

    @asks(
        title="提交审签",
        description="提交后申请及其明细不再变动。",
        may="submit",
        icon="send",
        variant=ActionVariant.PRIMARY,
    )
    def submit_it(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Put it on finance's desk."""
        return self._step(request, object_id, submit, "已提交财政审签。")

    @asks(
        title="审签",
        description="确认申请的人数和金额。",
        may="sign",
        icon="signature",
        variant=ActionVariant.PRIMARY,
    )
    def sign_it(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Sign it off."""
        return self._step(request, object_id, sign, "已审签。")

    @asks(
        title="退回",
        description="退回后明细可重新申请。",
        form=ReasonForm,
        may="sign",
        icon="undo",
        variant=ActionVariant.DANGER,
    )
    def return_it(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Return it with a reason."""
        reason = form.cleaned_data["reason"]
        return self._step(request, object_id, return_application, "已退回，明细可重新申请。", reason=reason)

    @asks(
        title="撤回",
        description="撤回后明细可重新申请。",
        form=ReasonForm,
        may="withdraw",
        icon="undo",
        variant=ActionVariant.DANGER,
    )
    def withdraw(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Take it back."""
        reason = form.cleaned_data["reason"]
        return self._step(request, object_id, take_back, "已撤回，明细可重新申请。", reason=reason)

    @action(description="打印", icon="print", permissions=["view"])
    def print_it(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show it as a page of paper."""
        application = self.visible(request, object_id)
        return Paper(
            title="财政补助申请表",
            about=(
                ("地区", application.area.name),
                ("申请年度", str(application.year)),
                ("险种", said(application.component)),
                ("负担级次", level_label(application.level)),
                ("状态", application.get_state_display()),
                ("人次", f"{application.people:,}"),
                ("申请金额", f"{yuan_text(application.amount)} 元"),
            ),
            table=lines_table(application),
            signatures=(
                ("编制", signed(application.made_by, application.made_at)),
                ("提交", signed(application.submitted_by, application.submitted_at)),
                ("财政审签", self._signature(application)),
            ),
        ).answer(request)

    @action(description="导出汇总", icon="download", permissions=["view"])
    def export_lines(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send the lines and their sum as xlsx."""
        application = self.visible(request, object_id)
        return xlsx_of(application, "财政补助申请汇总", LINES, xlsx_lines(application))

    @action(description="导出明细", icon="download", permissions=["view"])
    def export_people(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send the people as xlsx, numbers masked."""
        application = self.visible(request, object_id)
        return xlsx_of(application, "财政补助申请明细", PEOPLE, people_rows(application))

    def has_submit_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether it is a draft and the user works in the area."""
        return self._may(request, obj, CLERKS, ApplicationState.DRAFT)

    def has_withdraw_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether finance has not decided it and the user works in the area."""
        return self._may(request, obj, CLERKS, ApplicationState.DRAFT, ApplicationState.SUBMITTED)

    def has_sign_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether it waits for finance and the user signs for the area."""
        return self._may(request, obj, (Role.FINANCE,), ApplicationState.SUBMITTED)

    def _may(self, request: HttpRequest, obj: Any, roles: tuple[str, ...], *states: str) -> bool:
        if not self.acts(request, obj, roles=roles):
            return False
        key = obj.pk if isinstance(obj, SubsidyApplication) else obj
        return key is None or SubsidyApplication.objects.filter(pk=key, state__in=states).exists()

    def _signature(self, application: SubsidyApplication) -> str:
        is_signed = application.state == ApplicationState.SIGNED
        return signed(application.decided_by, application.decided_at) if is_signed else ""

    def _step(
        self, request: HttpRequest, object_id: str, service: Any, done: str, **more: str
    ) -> HttpResponse:
        def work() -> str:
            service(application=self.visible(request, object_id), user=request.user, **more)
            return done

        return self.conclude(request, work)
