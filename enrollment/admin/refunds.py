"""Proposing that a paid premium goes back (退费): from the contribution, or from one of its payments."""

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from unfold.widgets import UnfoldAdminSelectWidget

from enrollment.models import ContributionPeriod
from enrollment.rules.refunds import REASONS
from enrollment.services.refunds import REFUNDABLE, NewRefund, propose_refund
from hardship.admin.corrections import EvidenceForm
from policy.admin.house import DayInput, asks
from registry.admin.base import CLERKS, REVIEWERS, ScopedAdmin

DESCRIPTION = (
    "按文件核对能否退费：可以退的、文件没有规定的列出本人、资助各出资方、资金扶持方和财政补助各退多少及依据，须他人复核；"
    "文件规定不退的说明条款。税务退费流水到达后自动结清，参保登记终止。"
)


class RefundForm(EvidenceForm):
    """Asks for what reason, since when, and what it rests on."""

    why = forms.ChoiceField(label="退费事由", choices=list(REASONS.items()), widget=UnfoldAdminSelectWidget)
    on = forms.DateField(label="申请日期", initial=timezone.localdate, widget=DayInput)
    field_order = ("why", "on", "evidence", "reason")

    def refund(self) -> NewRefund:
        """Return what is asked for."""
        data = self.cleaned_data
        return NewRefund(reason=data["why"], on=data["on"], evidence=data["evidence"], words=data["reason"])


class RefundsAdmin(ScopedAdmin):
    """A page from which a refund is proposed; a second person confirms it."""

    def contribution_of(self, key: Any) -> int | None:
        """Return the contribution the page is about."""
        return int(key)

    def has_propose_refund_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the year is paid, at least in part, by figures computed here, and the user works in the area."""
        key = obj.pk if isinstance(obj, models.Model) else obj
        return (key is None or self._is_refundable(key)) and self.acts(
            request, obj, roles=(*CLERKS, *REVIEWERS)
        )

    @asks(title="提出退费", description=DESCRIPTION, form=RefundForm, may="propose_refund", icon="undo")
    def propose_refund(self, request: HttpRequest, form: RefundForm, object_id: str) -> HttpResponse:
        """Propose that the premium goes back, and say what the case shows."""

        def work() -> str:
            assert isinstance(request.user, User)
            row = self.visible(request, object_id)
            contribution = ContributionPeriod.objects.get(pk__in=[self.contribution_of(row.pk)])
            case = propose_refund(contribution=contribution, refund=form.refund(), user=request.user)
            back = case.figures.filter(label="应退本人").values_list("new", flat=True).first()
            rule = case.clause or "文件没有规定，由人决定"
            return f"已提出退费：应退本人 {back} 元，依据：{rule}。工单 {case} 待他人复核。"

        return self.conclude(request, work)

    def _is_refundable(self, key: Any) -> bool:
        paid = ContributionPeriod.objects.filter(
            pk__in=[self.contribution_of(key)], state__in=REFUNDABLE
        ).exclude(policy_key="")
        return paid.exists()
