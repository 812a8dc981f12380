"""What payers paid of assistance settlements: looked at, taken back, and held against what is owed month by month."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.decorators import action
from unfold.enums import ActionVariant

from enrollment.admin.finance_forms import PlaceAndYear, TakeBackForm, payers_text
from enrollment.admin.papers import Paper
from enrollment.admin.settlements import RECORDERS
from enrollment.models import SettlementPayment
from enrollment.services.settlement_payments import OwedLine, reverse_settlement_payment, settlement_standing
from exchange.admin.downloads import xlsx_answer
from exchange.parsers.writer import write_xlsx
from policy.admin.display import link, list_url, table, yuan_text
from policy.admin.house import ReadOnly, asks
from policy.money import ZERO
from policy.words import said
from registry.admin.base import ScopedAdmin

COLUMNS = ("结算月份", "地区", "险种", "出资方", "应付", "已付", "未付")
NUMERIC = (4, 5, 6)


@admin.register(SettlementPayment)
class SettlementPaymentAdmin(ReadOnly, ScopedAdmin):
    """What payers paid."""

    area_lookup = "settlement__area"
    empty_text = "在已复核的资助参保结算页点“登记付款”录入。"
    list_display = (
        "settlement_name", "payer_label", "component_label", "amount", "paid_on", "document", "standing",
    )  # fmt: skip
    list_display_links = ("settlement_name",)
    list_filter = ("paid_on",)
    list_select_related = ("settlement__area", "reversal")
    search_fields = ("document", "settlement__area__name")
    ordering = ("-paid_on", "-pk")
    actions_list = ("overview", "export_csv")
    actions_detail = ("take_back",)
    fields = (
        ("settlement_link", "standing"),
        ("component_label", "payers_label", "payer_label"),
        ("amount", "paid_on", "document"),
        ("reverses", "reason"),
        ("recorded_by", "recorded_at"),
    )
    readonly_fields = ("settlement_link", "component_label", "payers_label", "payer_label", "standing")

    @admin.display(description="结算", ordering="settlement__month")
    def settlement_name(self, payment: SettlementPayment) -> str:
        """Name the settlement by place and month."""
        return f"{payment.settlement.area.name} {payment.settlement.month:%Y-%m}"

    @admin.display(description="结算")
    def settlement_link(self, payment: SettlementPayment) -> str:
        """Lead to the settlement."""
        return link(payment.settlement, self.settlement_name(payment))

    @admin.display(description="险种")
    def component_label(self, payment: SettlementPayment) -> str:
        """Name the component."""
        return said(payment.component)

    @admin.display(description="应付方")
    def payers_label(self, payment: SettlementPayment) -> str:
        """Name who owes the line."""
        return payers_text(payment.payers)

    @admin.display(description="付款方")
    def payer_label(self, payment: SettlementPayment) -> str:
        """Name who paid."""
        return said(payment.payer)

    @admin.display(description="状态")
    def standing(self, payment: SettlementPayment) -> str:
        """Say whether it stands."""
        if payment.reverses_id is not None:
            return "冲回"
        return "已冲回" if hasattr(payment, "reversal") else "有效"

    @action(description="付款情况", icon="table_chart", permissions=["view"])
    def overview(self, request: HttpRequest) -> HttpResponse:
        """Show what is owed, paid and open, month by month; `?xlsx` takes it away."""
        form = PlaceAndYear(request.GET or None, user=request.user)
        rows: list[list[Any]] = []
        if form.is_valid():
            asked = form.cleaned_data
            rows = rows_of(settlement_standing(area=asked["area"], year=asked["year"]))
            if rows and "xlsx" in request.GET:
                name = f"资助参保付款情况-{asked['area'].name}-{asked['year']}-{timezone.localdate()}"
                return xlsx_answer(write_xlsx(COLUMNS, rows, title="付款情况"), name)
        shown = [[*cells[:4], *map(yuan_text, cells[4:])] for cells in rows]
        found = SafeString("")
        if form.is_valid():
            found = table(COLUMNS, shown, numeric=NUMERIC, empty="这一年没有已复核的结算")
        if rows and "paper" in request.GET:
            return Paper(
                title="资助参保付款情况表",
                about=(("地区", form.cleaned_data["area"].name), ("年度", str(form.cleaned_data["year"]))),
                table=found,
                signatures=(("制表", ""), ("审核", "")),
            ).answer(request)
        context = self.admin_site.each_context(request) | {
            "title": "资助参保付款情况",
            "content_title": "资助参保付款情况",
            "heading": "各出资方应付、已付与未付",
            "form": form,
            "found": found,
            "model_admin": self,
            "back": list_url(SettlementPayment),
        }
        return TemplateResponse(request, "admin/openyibao/standing.html", context)

    @asks(
        title="冲回",
        description="另记一笔相反的金额冲回，原记录保留；登记有误的冲回后重新登记。",
        form=TakeBackForm,
        may="take_back",
        icon="undo",
        variant=ActionVariant.DANGER,
    )
    def take_back(self, request: HttpRequest, form: TakeBackForm, object_id: str) -> HttpResponse:
        """Take it back by a row of its own."""

        def work() -> str:
            reverse_settlement_payment(
                payment=self.visible(request, object_id),
                on=form.cleaned_data["on"],
                reason=form.cleaned_data["reason"],
                user=request.user,  # type: ignore[arg-type]  # staff only
            )
            return "付款已冲回。"

        return self.conclude(request, work)

    def has_take_back_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the payment stands and the user records money of the area."""
        key = obj.pk if isinstance(obj, SettlementPayment) else obj
        stands = SettlementPayment.objects.filter(pk=key, reverses=None, reversal=None)
        return (key is None or stands.exists()) and self.acts(request, obj, roles=RECORDERS)


def rows_of(lines: list[OwedLine]) -> list[list[Any]]:
    """Return the cells of lines, money as numbers, and their sums."""
    rows: list[list[Any]] = [
        [
            f"{each.settlement.month:%Y-%m}",
            each.settlement.area.name,
            said(each.component),
            payers_text(each.payers),
            each.owed,
            each.paid,
            each.rest,
        ]
        for each in lines
    ]
    return (
        [*rows, ["合计", "", "", "", *(sum((row[nth] for row in rows), ZERO) for nth in NUMERIC)]]
        if rows
        else []
    )
