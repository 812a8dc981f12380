"""Assistance settlements: drawn up for a month, approved by a second person, taken away as xlsx."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminTextInputWidget

from enrollment.admin.finance_forms import PlaceAndYear, SettlementPaymentForm
from enrollment.admin.papers import Paper, signed
from enrollment.admin.settlement_tables import (
    COLUMNS,
    PEOPLE,
    named,
    people_rows,
    requested_rows,
    sum_rows,
    xlsx_of,
)
from enrollment.models import AssistanceSettlement, SettlementState
from enrollment.parsers.tax_requests import FORM
from enrollment.services.settlement_payments import record_settlement_payment
from enrollment.services.settlements import approve_settlement, draw_up_settlement, late_sum
from enrollment.services.tax_requests import request_rows
from exchange.parsers.writer import write_xlsx
from policy.admin.display import change_url, choice_badge, table, yuan_text
from policy.admin.history import WithHistory
from policy.admin.house import DayInput, ReadOnly, asks
from policy.errors import DomainError
from registry.admin.base import CLERKS, REVIEWERS, ScopedAdmin
from registry.models import Role

RECORDERS = (Role.CLERK, Role.SUPERVISOR, Role.FINANCE)


class RequestForm(forms.Form):
    """Asks why full identity numbers are given out."""

    reason = forms.CharField(
        label="导出事由",
        max_length=100,
        help_text="明细含完整证件号码，供税务核对；导出人、时间和事由逐人留痕。",
        widget=UnfoldAdminTextInputWidget,
    )


class MonthForm(PlaceAndYear):
    """A place of the user's and any day of the month."""

    year = None  # type: ignore[assignment]  # the month says it
    month = forms.DateField(label="结算月份", help_text="当月任意一天", widget=DayInput)


@admin.register(AssistanceSettlement)
class AssistanceSettlementAdmin(WithHistory, ReadOnly, ScopedAdmin):
    """What payers owe of one month."""

    empty_text = "点“编制结算”，汇总截至上月底各出资方应付的参保资助。"
    list_display = ("area_name", "month_name", "standing", "amount", "made_by", "approved_by", "approved_at")
    list_display_links = ("area_name",)
    list_filter = (("state", ChoicesDropdownFilter),)
    list_select_related = ("area", "made_by", "approved_by")
    search_fields = ("area__name", "area__code__startswith")
    ordering = ("-month", "-pk")
    actions_list = ("draw_up", "export_csv")
    actions_detail = (
        "approve",
        "record_payment",
        "export_request",
        "print_it",
        "export_lines",
        "export_people",
    )
    fields = (
        ("area", "month_name", "standing"),
        ("amount",),
        ("made_by", "made_at"),
        ("approved_by", "approved_at"),
    )
    readonly_fields = ("month_name", "standing")
    change_form_outer_after_template = "admin/openyibao/application.html"

    @admin.display(description="结算月份", ordering="month")
    def month_name(self, settlement: AssistanceSettlement) -> str:
        """Show the month without a day."""
        return f"{settlement.month:%Y-%m}"

    @admin.display(description="状态")
    def standing(self, settlement: AssistanceSettlement) -> SafeString:
        """Show the state as a badge."""
        return choice_badge(
            settlement, "state", {SettlementState.DRAFT: "blue", SettlementState.APPROVED: "green"}
        )

    def besides(self, request: HttpRequest, row: AssistanceSettlement | None) -> dict[str, Any]:
        """Return what each payer owes."""
        if row is None:
            return {}
        late = late_sum(row)
        remark = (
            f"其中补列以前月份 {late.rows:,} 条、{yuan_text(late.amount)} 元，明细逐条注明所属月份"
            if late.rows
            else ""
        )
        return {"lines": _lines_table(row), "heading": "各出资方应付", "remark": remark}

    @action(
        description="编制结算", icon="edit_document", permissions=["clerk"], variant=ActionVariant.PRIMARY
    )
    def draw_up(self, request: HttpRequest) -> HttpResponse:
        """Draw a month up, or its draft anew, and lead to it."""
        form = MonthForm(request.POST or None, user=request.user, roles=CLERKS)

        def work() -> tuple[str, str]:
            made = draw_up_settlement(
                area=form.cleaned_data["area"],
                month=form.cleaned_data["month"],
                user=request.user,  # type: ignore[arg-type]  # staff only
            )
            return "", change_url(made)

        return self.ask_to_begin(request, form, work, title="编制资助参保结算", submit_text="编制")

    @asks(
        title="复核",
        description="复核后不再变动，之后的变化列入以后的月份。",
        may="approve",
        icon="task_alt",
        variant=ActionVariant.PRIMARY,
    )
    def approve(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Approve it as a second person."""

        def work() -> str:
            settlement = self.visible(request, object_id)
            approve_settlement(settlement=settlement, user=request.user)  # type: ignore[arg-type]  # staff only
            return "已复核。"

        return self.conclude(request, work)

    @action(description="登记付款", icon="add_card", permissions=["record"])
    def record_payment(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Record what a payer paid and lead back."""
        settlement = self.visible(request, object_id)
        form = SettlementPaymentForm(request.POST or None, settlement=settlement)

        def work() -> tuple[str, str]:
            record_settlement_payment(
                settlement=settlement,
                payment=form.payment(),
                user=request.user,  # type: ignore[arg-type]  # staff only
            )
            return "付款已登记。", change_url(settlement)

        return self.ask_to_begin(
            request, form, work, title=f"登记付款：{named(settlement)}", submit_text="登记"
        )

    @action(description="打印", icon="print", permissions=["view"])
    def print_it(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show it as a page of paper."""
        settlement = self.visible(request, object_id)
        return Paper(
            title="资助参保结算表",
            about=(
                ("地区", settlement.area.name),
                ("结算月份", f"{settlement.month:%Y-%m}"),
                ("状态", settlement.get_state_display()),
                ("结算金额", f"{yuan_text(settlement.amount)} 元"),
            ),
            table=_lines_table(settlement),
            signatures=(
                ("编制", signed(settlement.made_by, settlement.made_at)),
                ("复核", signed(settlement.approved_by, settlement.approved_at)),
            ),
        ).answer(request)

    @action(description="导出汇总", icon="download", permissions=["view"])
    def export_lines(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send what each payer owes as xlsx."""
        settlement = self.visible(request, object_id)
        return xlsx_of(settlement, "资助参保结算汇总", write_xlsx(COLUMNS, sum_rows(settlement)))

    @action(description="导出明细", icon="download", permissions=["view"])
    def export_people(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send the people as xlsx, numbers masked."""
        settlement = self.visible(request, object_id)
        return xlsx_of(settlement, "资助参保结算明细", write_xlsx(PEOPLE, people_rows(settlement)))

    @action(description="导出税务请款明细", icon="request_quote", permissions=["request"])
    def export_request(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask why full numbers are given out, write it down, and send the list."""
        settlement = self.visible(request, object_id)
        form = RequestForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                rows = request_rows(
                    settlement=settlement,
                    reason=form.cleaned_data["reason"],
                    user=request.user,  # type: ignore[arg-type]  # staff only
                )
            except DomainError as refused:
                form.add_error(None, refused.message)
            else:
                return xlsx_of(settlement, "税务请款明细", write_xlsx(FORM.headings, requested_rows(rows)))
        title = f"导出税务请款明细：{named(settlement)}"
        return self.ask_on_page(request, form, title=title, submit_text="导出")

    def has_request_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether it is approved and the user handles the area's cases and may give out full numbers."""
        may = request.user.has_perm("registry.view_full_id_number") and self.acts(request, obj, roles=CLERKS)
        return may and self._is(obj, SettlementState.APPROVED)

    def _is(self, obj: Any, state: SettlementState) -> bool:
        key = obj.pk if isinstance(obj, AssistanceSettlement) else obj
        return key is None or AssistanceSettlement.objects.filter(pk=key, state=state).exists()

    def has_approve_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether it is a draft and the user reviews for the area."""
        return self.acts(request, obj, roles=REVIEWERS) and self._is(obj, SettlementState.DRAFT)

    def has_record_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether it is approved and the user records money of the area."""
        return self.acts(request, obj, roles=RECORDERS) and self._is(obj, SettlementState.APPROVED)


def _lines_table(settlement: AssistanceSettlement) -> SafeString:
    shown = [[*cells[:2], *map(yuan_text, cells[2:])] for cells in sum_rows(settlement)]
    return table(COLUMNS, shown, numeric=(2, 3, 4), empty="本月没有应结算的资助")
