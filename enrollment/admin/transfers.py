"""Subsidy money in the fiscal account: recorded, taken back by rows of their own, held against what is due."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.decorators import action
from unfold.enums import ActionVariant

from enrollment.admin.finance_forms import PlaceAndYear, TakeBackForm, TransferForm
from enrollment.admin.money import LevelFilter
from enrollment.admin.papers import Paper
from enrollment.models import FundTransfer
from enrollment.rules.subsidy_split import level_label
from enrollment.services.subsidy_standing import Standing, subsidy_standing
from enrollment.services.transfers import record_transfer, reverse_transfer
from exchange.admin.downloads import xlsx_answer
from exchange.parsers.writer import write_xlsx
from policy.admin.display import change_url, list_url, table, yuan_text
from policy.admin.house import ReadOnly, asks
from policy.errors import DomainError
from policy.words import said
from registry.admin.base import ScopedAdmin
from registry.models import Role

RECORDERS = (Role.CLERK, Role.SUPERVISOR, Role.FINANCE)
COLUMNS = (
    "地区", "险种", "负担级次", "人数", "应拨", "其中往年结转", "已申请", "已审签", "已到账", "上级到账未分到本地",
    "缺口", "逾期天数", "拨付情况",
)  # fmt: skip
NUMERIC = tuple(range(3, 12))
STATES = {"on_time": "足额", "pending": "未到期", "overdue": "逾期"}


@admin.register(FundTransfer)
class FundTransferAdmin(ReadOnly, ScopedAdmin):
    """What arrived in the fiscal account."""

    empty_text = "点“登记到账”录入财政拨付的补助资金。"
    list_display = (
        "area_name", "fiscal_year", "level_name", "component_label", "amount", "received_on", "document",
        "standing",
    )  # fmt: skip
    list_display_links = ("area_name",)
    list_filter = ("fiscal_year", LevelFilter)
    list_select_related = ("area", "reversal")
    search_fields = ("document", "area__name")
    ordering = ("-received_on", "-pk")
    actions_list = ("record", "overview", "export_csv")
    actions_detail = ("take_back",)
    fields = (
        ("area", "fiscal_year", "standing"),
        ("level_name", "component_label"),
        ("amount", "received_on", "document"),
        ("reverses", "reason"),
        ("recorded_by", "recorded_at", "batch"),
    )
    readonly_fields = ("level_name", "component_label", "standing")

    @admin.display(description="险种")
    def component_label(self, transfer: FundTransfer) -> str:
        """Name the component."""
        return said(transfer.component)

    @admin.display(description="负担级次")
    def level_name(self, transfer: FundTransfer) -> str:
        """Name the level."""
        return level_label(transfer.level)

    @admin.display(description="状态")
    def standing(self, transfer: FundTransfer) -> str:
        """Say whether it stands."""
        if transfer.reverses_id is not None:
            return "冲回"
        return "已冲回" if hasattr(transfer, "reversal") else "有效"

    @action(description="登记到账", icon="add_card", permissions=["record"], variant=ActionVariant.PRIMARY)
    def record(self, request: HttpRequest) -> HttpResponse:
        """Record money received and lead to it."""
        form = TransferForm(request.POST or None, user=request.user, roles=RECORDERS)

        def work() -> tuple[str, str]:
            made = record_transfer(
                area=form.cleaned_data["area"],
                transfer=form.transfer(),
                user=request.user,  # type: ignore[arg-type]  # staff only
            )
            return "到账已登记。", change_url(made)

        return self.ask_to_begin(request, form, work, title="登记财政补助到账", submit_text="登记")

    @action(description="拨付情况", icon="table_chart", permissions=["view"])
    def overview(self, request: HttpRequest) -> HttpResponse:
        """Show what is due, asked for, signed, received and late; `?xlsx` takes it away."""
        form = PlaceAndYear(request.GET or None, user=request.user)
        lines: list[Standing] = []
        if form.is_valid():
            asked = form.cleaned_data
            try:
                lines = subsidy_standing(area=asked["area"], year=asked["year"], on=timezone.localdate())
            except DomainError as refused:
                form.add_error(None, refused.message)
            if lines and "xlsx" in request.GET:
                return _xlsx(lines, asked["year"])
        rows = [[_shown(cell) for cell in cells_of(line)] for line in lines]
        found = table(COLUMNS, rows, numeric=NUMERIC) if form.is_valid() else SafeString("")
        if lines and "paper" in request.GET:
            return _paper(lines, form.cleaned_data["year"], found).answer(request)
        context = self.admin_site.each_context(request) | {
            "title": "财政补助拨付情况",
            "form": form,
            "found": found,
            "heading": "应拨、申请与到账",
            "content_title": "财政补助拨付情况",
            "model_admin": self,
            "back": list_url(FundTransfer),
        }
        return TemplateResponse(request, "admin/openyibao/standing.html", context)

    @asks(
        title="冲回",
        description="以负数冲回，原记录保留；登记有误的冲回后重新登记。",
        form=TakeBackForm,
        may="take_back",
        icon="undo",
        variant=ActionVariant.DANGER,
    )
    def take_back(self, request: HttpRequest, form: TakeBackForm, object_id: str) -> HttpResponse:
        """Take it back by a row of its own."""

        def work() -> str:
            said_so = form.cleaned_data
            reverse_transfer(
                transfer=self.visible(request, object_id),
                on=said_so["on"],
                reason=said_so["reason"],
                user=request.user,  # type: ignore[arg-type]  # staff only
            )
            return "到账已冲回。"

        return self.conclude(request, work)

    def has_record_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the user records money somewhere."""
        return self.acts(request, obj, roles=RECORDERS)

    def has_take_back_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the receipt stands and the user records money of the area."""
        key = obj.pk if isinstance(obj, FundTransfer) else obj
        stands = key is None or FundTransfer.objects.filter(pk=key, reverses=None, reversal=None).exists()
        return stands and self.acts(request, obj, roles=RECORDERS)


def cells_of(line: Standing) -> list[object]:
    """Return a line's cells, money as numbers."""
    component, level = line.key
    sums, missing, status = line.sums, line.missing, line.status
    return [
        line.area.name,
        said(component),
        level_label(level),
        sums.people,
        sums.due,
        sums.deferred,
        sums.asked,
        sums.signed,
        sums.received,
        line.above if missing else "—",
        missing.most if missing else "—",
        status.days_late if status else "—",
        state_of(line),
    ]


def state_of(line: Standing) -> str:
    """Say how a line stands: nothing is called late for a place whose money another area's account receives."""
    missing, status = line.missing, line.status
    if missing is None:
        return f"由{line.account.name}统一收款" if line.account else "由上级统一收款"
    if missing.most and not missing.least:
        return "上级到账未分到本地，不能判断"
    if status is None:
        return "无期限规定"
    if status.state == "overdue" and missing.least < missing.most:
        return f"逾期，至少缺 {yuan_text(missing.least)}"
    return STATES[status.state]


def _shown(cell: object) -> object:
    if isinstance(cell, int):
        return f"{cell:,}"
    return cell if isinstance(cell, str) else yuan_text(cell)  # type: ignore[arg-type]  # yuan


def _xlsx(lines: list[Standing], year: int) -> HttpResponse:
    title = "财政补助拨付情况"
    name = f"{title}-{lines[0].area.name}-{year}-{timezone.localdate()}"
    return xlsx_answer(write_xlsx(COLUMNS, map(cells_of, lines), title=title), name)


def _paper(lines: list[Standing], year: int, found: SafeString) -> Paper:
    return Paper(
        title="财政补助拨付情况表",
        about=(("地区", lines[0].area.name), ("年度", str(year)), ("截至", str(timezone.localdate()))),
        table=found,
        signatures=(("制表", ""), ("审核", "")),
        is_wide=True,
    )
