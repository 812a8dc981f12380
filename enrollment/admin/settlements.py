"""Assistance settlements: drawn up for a month, approved by a second person, taken away as xlsx."""

import datetime
from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action
from unfold.enums import ActionVariant

from enrollment.admin.finance_forms import PlaceAndYear, SettlementPaymentForm, payers_text
from enrollment.models import AssistanceSettlement, SettlementRow, SettlementState
from enrollment.services.settlement_payments import owed_lines, record_settlement_payment
from enrollment.services.settlements import approve_settlement, draw_up_settlement, late_sum
from exchange.admin.downloads import xlsx_answer
from exchange.parsers.writer import write_xlsx
from policy.admin.display import change_url, choice_badge, table, yuan_text
from policy.admin.history import WithHistory
from policy.admin.house import DayInput, ReadOnly, asks
from policy.money import ZERO
from policy.words import said
from registry.admin.base import CLERKS, REVIEWERS, ScopedAdmin
from registry.models import Role

COLUMNS = ("险种", "出资方", "应付", "已付", "未付")
PEOPLE = (
    "姓名", "证件号码", "居住地", "参保年度", "资助档次", "险种", "出资方", "金额", "缴费（核定、冲回）日期", "说明",
)  # fmt: skip
READ_AT_ONCE = 2_000
RECORDERS = (Role.CLERK, Role.SUPERVISOR, Role.FINANCE)


class MonthForm(PlaceAndYear):
    """A place of the user's and any day of the month."""

    year = None  # type: ignore[assignment]  # the month says it
    month = forms.DateField(label="结算月份", help_text="当月任意一天", widget=DayInput)


@admin.register(AssistanceSettlement)
class AssistanceSettlementAdmin(WithHistory, ReadOnly, ScopedAdmin):
    """What payers owe of one month."""

    empty_text = "点“编制结算”，汇总截至上月底各出资方应付的参保资助。"
    list_display = ("area_name", "month", "standing", "amount", "made_by", "approved_by", "approved_at")
    list_display_links = ("area_name",)
    list_filter = (("state", ChoicesDropdownFilter),)
    list_select_related = ("area", "made_by", "approved_by")
    search_fields = ("area__name", "area__code__startswith")
    ordering = ("-month", "-pk")
    actions_list = ("draw_up", "export_csv")
    actions_detail = ("approve", "record_payment", "export_lines", "export_people")
    fields = (
        ("area", "month", "standing"),
        ("amount",),
        ("made_by", "made_at"),
        ("approved_by", "approved_at"),
    )
    readonly_fields = ("standing",)
    change_form_outer_after_template = "admin/openyibao/application.html"

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
        shown = [[*cells[:2], *map(yuan_text, cells[2:])] for cells in sum_rows(row)]
        lines = table(COLUMNS, shown, numeric=(2, 3, 4), empty="本月没有应结算的资助")
        late = late_sum(row)
        remark = (
            f"其中补列以前月份 {late.rows:,} 条、{yuan_text(late.amount)} 元，明细逐条注明所属月份"
            if late.rows
            else ""
        )
        return {"lines": lines, "heading": "各出资方应付", "remark": remark}

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

    @action(description="导出汇总", icon="download", permissions=["view"])
    def export_lines(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send what each payer owes as xlsx."""
        settlement = self.visible(request, object_id)
        return _file(settlement, "资助参保结算汇总", write_xlsx(COLUMNS, sum_rows(settlement)))

    @action(description="导出明细", icon="download", permissions=["view"])
    def export_people(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send the people as xlsx, numbers masked."""
        settlement = self.visible(request, object_id)
        return _file(settlement, "资助参保结算明细", write_xlsx(PEOPLE, _people(settlement)))

    def has_approve_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether it is a draft and the user reviews for the area."""
        key = obj.pk if isinstance(obj, AssistanceSettlement) else obj
        drafts = AssistanceSettlement.objects.filter(pk=key, state=SettlementState.DRAFT)
        return self.acts(request, obj, roles=REVIEWERS) and (key is None or drafts.exists())

    def has_record_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether it is approved and the user records money of the area."""
        key = obj.pk if isinstance(obj, AssistanceSettlement) else obj
        approved = AssistanceSettlement.objects.filter(pk=key, state=SettlementState.APPROVED)
        return self.acts(request, obj, roles=RECORDERS) and (key is None or approved.exists())


def named(settlement: AssistanceSettlement) -> str:
    """Name a settlement by its place and month."""
    return f"{settlement.area.name} {settlement.month:%Y-%m}"


def sum_rows(settlement: AssistanceSettlement) -> list[list[Any]]:
    """Return what each payer, or payers together, owe, have paid and leave open, and the sums."""
    rows: list[list[Any]] = [
        [said(each.component), payers_text(each.payers), each.owed, each.paid, each.rest]
        for each in owed_lines([settlement])
    ]
    return (
        [*rows, ["合计", "", *(sum((row[nth] for row in rows), ZERO) for nth in (2, 3, 4))]] if rows else []
    )


def remark_on(row: SettlementRow, month: datetime.date) -> str:
    """Say of a row what it takes back, and of which month it is where that was over."""
    back = "冲回" if row.reverses_id is not None else ""
    late = f"补列，属 {row.owed_on:%Y-%m}" if row.owed_on < month else ""
    return "；".join(filter(None, (back, late)))


def _people(settlement: AssistanceSettlement) -> Iterator[list[Any]]:
    rows = settlement.rows.select_related("grant__resident", "area").order_by("pk")
    for row in rows.iterator(chunk_size=READ_AT_ONCE):
        grant = row.grant
        yield [
            grant.resident.name,
            grant.resident.masked_id_number,
            row.area.name,
            grant.coverage_year,
            grant.tier_label,
            said(row.component),
            payers_text(row.payers),
            row.amount,
            row.owed_on,
            remark_on(row, settlement.month),
        ]


def _file(settlement: AssistanceSettlement, title: str, content: bytes) -> HttpResponse:
    return xlsx_answer(content, f"{title}-{settlement.area.name}-{settlement.month:%Y-%m}")
