"""Enrollments (参保登记) and what each of them owes (缴费核定)."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.forms import BaseDialogForm

from enrollment.admin.confirmations import ConfirmationsAdmin
from enrollment.admin.labels import policy_label
from enrollment.admin.prospects import paid_part, prospect_parts
from enrollment.admin.refunds import RefundsAdmin
from enrollment.admin.supports import OfferForm
from enrollment.models import (
    ContributionPeriod,
    ContributionState,
    Payment,
    SubsidyShare,
)
from enrollment.selectors.support import support_shares
from enrollment.services.grant_corrections import propose_grant_correction
from enrollment.services.on_the_spot import requote_at_counter
from enrollment.services.prospects import prospects
from enrollment.services.supports import give_support
from hardship.admin.corrections import EvidenceForm
from policy.admin.display import NOTHING, choice_badge, table, trace_table, yuan_text
from policy.admin.history import WithHistory
from policy.admin.house import DayInput, ReadOnly, ReadOnlyInline, asks
from policy.errors import DomainError
from policy.words import said
from registry.admin.base import CLERKS, REVIEWERS

STATES = {
    ContributionState.QUOTED: "blue",
    ContributionState.PARTLY_PAID: "orange",
    ContributionState.PAID: "green",
    ContributionState.REVERSED: "red",
}


class DayForm(BaseDialogForm):
    """Asks for the day of payment."""

    day = forms.DateField(label="缴费日", initial=timezone.localdate, widget=DayInput)


class PaymentInline(ReadOnlyInline):
    """What was paid."""

    model = Payment
    fk_name = "contribution"
    fields = ("serial", "kind", "amount", "paid_on", "state")
    show_change_link = True


class SubsidyShareInline(ReadOnlyInline):
    """What each level of government adds."""

    model = SubsidyShare
    fields = ("fiscal_year", "component_label", "level_label", "amount", "claim_year")

    @admin.display(description="险种")
    def component_label(self, share: SubsidyShare) -> str:
        """Name the component."""
        return said(share.component)

    @admin.display(description="负担级次")
    def level_label(self, share: SubsidyShare) -> str:
        """Name the level."""
        return said(share.level)


@admin.register(ContributionPeriod)
class ContributionPeriodAdmin(WithHistory, ReadOnly, ConfirmationsAdmin, RefundsAdmin):
    """What one enrollment owes, who pays it, what it gives, and why."""

    area_lookup = "resident__living_area"
    resident_lookup = "resident_id"
    list_display = (
        "resident_link", "coverage_year", "state_badge", "due", "assisted", "supported", "payable", "paid", "benefit",
    )  # fmt: skip
    list_display_links = ("coverage_year",)
    list_filter = ("coverage_year", ("state", ChoicesDropdownFilter))
    list_select_related = ("resident",)
    search_fields = ("resident__name__startswith",)
    search_help_text = "按完整证件号码或姓名开头查询"
    ordering = ("-pk",)
    fields = (
        ("resident_link", "masked_number", "coverage_year", "state_badge"),
        ("due", "assisted", "supported", "payable", "paid"),
        ("window_label", "group_label", "charge_label", "subsidy_label"),
        ("benefit", "quoted_on", "paid_on", "policy_key"),
        "supported_by",
        "confirmed",
        "parts",
        "steps_table",
    )
    readonly_fields = (
        "resident_link", "masked_number", "state_badge", "window_label", "group_label", "charge_label",
        "subsidy_label", "benefit", "supported_by", "confirmed", "parts", "steps_table",
    )  # fmt: skip
    inlines = (PaymentInline, SubsidyShareInline)
    actions_detail = ("quote_anew", "note_confirmation", "support", "correct_grant", "propose_refund")
    change_form_outer_after_template = "admin/openyibao/ways.html"

    def get_queryset(self, request: HttpRequest) -> Any:
        """Read the resident along."""
        return super().get_queryset(request).select_related("resident", "working", "enrollment")

    def besides(self, request: HttpRequest, row: ContributionPeriod | None) -> dict[str, Any]:
        """Return when benefits start, and what paying another day or buying back would change."""
        return {"ways": ways_to_pay(row) if row is not None else ""}

    @admin.display(description="状态")
    def state_badge(self, row: ContributionPeriod) -> SafeString:
        """Show the state as a badge."""
        return choice_badge(row, "state", STATES)

    @admin.display(description="待遇期", ordering="benefit_start")
    def benefit(self, row: ContributionPeriod) -> str:
        """Show from when to when benefits run."""
        return benefit_text(row)

    @admin.display(description="缴费期")
    def window_label(self, row: ContributionPeriod) -> str:
        """Name the window."""
        return policy_label(row.policy_key, "window", row.window)

    @admin.display(description="特殊人群")
    def group_label(self, row: ContributionPeriod) -> str:
        """Name the group."""
        return policy_label(row.policy_key, "group", row.special_group) or "—"

    @admin.display(description="缴费口径")
    def charge_label(self, row: ContributionPeriod) -> str:
        """Name what is charged."""
        return said(row.charge)

    @admin.display(description="财政补助")
    def subsidy_label(self, row: ContributionPeriod) -> str:
        """Name the subsidy."""
        return said(row.subsidy)

    @admin.display(description="第三方扶持构成")
    def supported_by(self, row: ContributionPeriod) -> str:
        """Name who gives the support with what is used of each."""
        return "、".join(f"{giver} {yuan} 元" for giver, yuan in support_shares(row)) or NOTHING

    @admin.display(description="本人书面确认")
    def confirmed(self, row: ContributionPeriod) -> str:
        """Show what was confirmed in writing; who took it and when stands in the history."""
        return row.confirmation or ("已书面确认当年无待遇" if row.no_benefit_confirmed else NOTHING)

    @admin.display(description="分项金额")
    def parts(self, row: ContributionPeriod) -> SafeString:
        """Show the components."""
        return component_table(row)

    @admin.display(description="计算过程")
    def steps_table(self, row: ContributionPeriod) -> SafeString:
        """Show the steps."""
        return trace_table(row.steps)

    @asks(
        title="重新核定",
        description="按所填缴费日、现在的身份和登记信息重新核定；已缴部分足额的随即缴清，多缴的退还。缴清以后不再变动。",
        form=DayForm,
        may="open_year",
        icon="calculate",
    )
    def quote_anew(self, request: HttpRequest, form: DayForm, object_id: str) -> HttpResponse:
        """Quote the year as of a day."""

        def work() -> str:
            assert isinstance(request.user, User)
            row = self.visible(request, object_id)
            quoted = requote_at_counter(contribution=row, day=form.cleaned_data["day"], user=request.user)
            return f"已按 {quoted.quoted_on} 缴费重新核定，{_requoted_text(quoted)}，{benefit_text(quoted)}。"

        return self.conclude(request, work)

    def has_support_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether nothing has been paid yet, and the user works in the area."""
        key = obj.pk if isinstance(obj, ContributionPeriod) else obj
        unpaid = ContributionPeriod.objects.filter(pk=key, paid=0).exclude(state=ContributionState.PAID)
        return (key is None or unpaid.exists()) and self.acts(request, obj, roles=(*CLERKS, *REVIEWERS))

    @asks(
        title="登记资金扶持",
        description="乡镇、村集体等对个人应缴部分的扶持，不超过个人应缴余额，不属于资助。",
        form=OfferForm,
        may="support",
        icon="handshake",
    )
    def support(self, request: HttpRequest, form: OfferForm, object_id: str) -> HttpResponse:
        """Record a third party's support."""

        def work() -> str:
            assert isinstance(request.user, User)
            row = self.visible(request, object_id)
            given = give_support(
                resident=row.resident, coverage_year=row.coverage_year, offer=form.offer(), user=request.user
            )
            return f"已登记{given.giver}资金扶持 {given.amount} 元，未缴保费已重新核定。"

        return self.conclude(request, work)

    def has_correct_grant_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the year is paid, and the user works in the area; a second person confirms what they propose."""
        key = obj.pk if isinstance(obj, ContributionPeriod) else obj
        paid = ContributionPeriod.objects.filter(pk=key, state=ContributionState.PAID).exclude(policy_key="")
        return (key is None or paid.exists()) and self.acts(request, obj, roles=(*CLERKS, *REVIEWERS))

    @asks(
        title="提出资助更正",
        description="属差错的，先更正身份认定或政策，再按规则重新核定资助；须他人复核后生效，原资助冲正保留。",
        form=EvidenceForm,
        may="correct_grant",
        icon="edit_note",
    )
    def correct_grant(self, request: HttpRequest, form: EvidenceForm, object_id: str) -> HttpResponse:
        """Propose the grant the rule gives now."""

        def work() -> str:
            assert isinstance(request.user, User)
            case = propose_grant_correction(
                contribution=self.visible(request, object_id),
                evidence=form.cleaned_data["evidence"],
                reason=form.cleaned_data["reason"],
                user=request.user,
            )
            return f"已提出更正，工单 {case} 待他人复核。"

        return self.conclude(request, work)


def ways_to_pay(row: ContributionPeriod) -> SafeString | str:
    """Return the picture of a paid year, or of the ways to pay one; a refusal in its words."""
    if row.state == ContributionState.PAID:
        return paid_part(row)
    try:
        found = prospects(
            resident_id=row.resident_id,
            coverage_year=row.coverage_year,
            today=timezone.localdate(),
            population=row.enrollment.population,
            bought_back_months=row.bought_back_months,
        )
    except DomainError as refused:
        return refused.message
    return prospect_parts(found)


def benefit_text(row: ContributionPeriod) -> str:
    """Return from when to when benefits run, both days included."""
    if row.benefit_start is None:
        return "当年无待遇" if row.policy_key else "—"
    return f"{row.benefit_start} 至 {row.benefit_end}"


def _requoted_text(row: ContributionPeriod) -> str:
    said = f"个人应缴 {row.payable} 元"
    if row.state != ContributionState.PAID:
        return said
    back = row.paid - row.payable
    rest = f"，多缴 {back} 元列入“应退应补”" if back else ""
    return f"{said}，已缴 {row.paid} 元，该年度缴清{rest}"


def component_table(row: ContributionPeriod) -> SafeString:
    """Return what of each component is due, assisted, supported and left to the person."""
    parts = ("due", "assisted", "supported", "payable")
    rows = [
        (said(name), *(_amount(amounts.get(part)) for part in parts))
        for name, amounts in row.components.items()
    ]
    return table(["险种", "应缴", "资助", "第三方扶持", "个人应缴"], rows, numeric=[1, 2, 3, 4])


def _amount(stored: str | None) -> str:
    return yuan_text(Decimal(stored)) if stored else ""
