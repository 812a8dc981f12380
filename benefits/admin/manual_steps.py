"""The steps of a manual claim on its page: each asks first, and makes one service call."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from unfold.enums import ActionVariant

from benefits.admin.manual_forms import CheckForm, RejectForm, ReturnForm, WhyForm
from benefits.models import Claim, ManualClaim, ManualState
from benefits.models.manual import EDITABLE
from benefits.services.manual_claims import (
    CHECKABLE,
    OPEN,
    WITH_CHECKER,
    adjudicate_manual,
    check_manual,
    reject_manual,
    return_manual,
    said,
    settle_manual,
    withdraw_manual,
)
from benefits.services.settle import ClaimOutcome
from policy.admin.display import yuan_text
from policy.admin.house import ReasonForm, asks
from registry.admin.base import CLERKS, REVIEWERS, ScopedAdmin

T = TypeVar("T")
DECIDERS = (*CLERKS, *REVIEWERS)


class ManualStepsAdmin(ScopedAdmin):
    """A page of a manual claim, and who may do what there."""

    actions_detail = ("check_it", "settle_it", "work_out", "return_it", "reject_it", "withdraw")

    @asks(title="审核", description="逐项填写审核后的金额，减少的选择核减原因；通过后当即计算。", form=CheckForm,
          may="check", icon="fact_check", variant=ActionVariant.PRIMARY)  # fmt: skip
    def check_it(self, request: HttpRequest, form: CheckForm, object_id: str) -> HttpResponse:
        """Accept it and work it out."""
        done = partial(_told, request)
        return self._step(request, object_id, check_manual, done, accepted=form.accepted())

    @asks(title="结算", description="按所示金额结算，计入本人年度累计。", may="settle", icon="paid",
          variant=ActionVariant.PRIMARY)  # fmt: skip
    def settle_it(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Settle it by the figures shown."""
        return self._step(request, object_id, settle_manual, _settled)

    @asks(title="重新计算", description="补办参保、缴费等以后，或其间有其他结算的，按最新情况计算。", may="work_out",
          icon="calculate")  # fmt: skip
    def work_out(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Work it out again."""
        return self._step(request, object_id, adjudicate_manual, partial(_told, request))

    @asks(title="退回", description="退回录入人更正。", form=ReturnForm, may="decide", icon="undo")
    def return_it(self, request: HttpRequest, form: WhyForm, object_id: str) -> HttpResponse:
        """Send it back to be put right."""
        return self._step(request, object_id, return_manual, lambda _: "已退回更正。", why=form.why())

    @asks(title="不予支付", description="整笔不支付，原因和依据留在办理阶段里。", form=RejectForm, may="decide",
          icon="block", variant=ActionVariant.DANGER)  # fmt: skip
    def reject_it(self, request: HttpRequest, form: WhyForm, object_id: str) -> HttpResponse:
        """Decide that nothing is paid."""
        return self._step(
            request, object_id, reject_manual, lambda _: "已作出不予支付的决定。", why=form.why()
        )

    @asks(title="撤回", description="撤回后票据可重新录入。", form=ReasonForm, may="withdraw", icon="undo",
          variant=ActionVariant.DANGER)  # fmt: skip
    def withdraw(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        """Take it back."""
        reason = form.cleaned_data["reason"]
        return self._step(request, object_id, withdraw_manual, lambda _: "已撤回。", reason=reason)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the user handles cases."""
        return self.has_clerk_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the paper may be typed still, and the user handles cases of the area."""
        return self._may(request, obj, CLERKS, EDITABLE)

    def has_check_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether it waits for its check by somebody else than whoever entered it."""
        return self._may(request, obj, DECIDERS, CHECKABLE, not_own=True)

    def has_settle_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether its figures wait to be settled, by somebody else than whoever entered it."""
        return self._may(request, obj, DECIDERS, (ManualState.ADJUDICATED,), not_own=True)

    def has_decide_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether it is with its checker, and the user did not enter it."""
        return self._may(request, obj, DECIDERS, WITH_CHECKER, not_own=True)

    def has_work_out_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether it is checked and not settled."""
        return self._may(request, obj, DECIDERS, (ManualState.CHECKED, ManualState.ADJUDICATED))

    def has_withdraw_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether it is not settled, and the user handles cases of the area."""
        return self._may(request, obj, CLERKS, OPEN)

    def _may(
        self,
        request: HttpRequest,
        obj: Any,
        roles: Sequence[str],
        states: Sequence[str],
        *,
        not_own: bool = False,
    ) -> bool:
        if not self.acts(request, obj, roles=roles):
            return False
        key = obj.pk if isinstance(obj, ManualClaim) else obj
        found = ManualClaim.objects.filter(pk=key, state__in=states)
        return key is None or (found.exclude(entered_by=request.user.pk) if not_own else found).exists()

    def _step(
        self,
        request: HttpRequest,
        object_id: str,
        service: Callable[..., T],
        done: Callable[[T], str],
        **more: object,
    ) -> HttpResponse:
        """Do one service call and say what it did."""

        def work() -> str:
            return done(service(manual=self.visible(request, object_id), user=request.user, **more))

        return self.conclude(request, work)


def _settled(claim: Claim) -> str:
    return f"{claim.number} 已结算，个人负担 {yuan_text(claim.out_of_pocket)} 元。"


def _told(request: HttpRequest, outcome: ClaimOutcome) -> str:
    """Say what the working came to; a refusal as a warning beside."""
    if outcome.claim is None:
        messages.warning(request, f"按规定暂不能结算：{said(outcome)}")
        return "已审核，待原因消除后重新计算，或作出不予支付的决定。"
    claim = outcome.claim
    paid = claim.basic_paid + claim.critical_illness_paid + claim.supplement_paid + claim.assistance_paid
    return f"已计算：支付 {yuan_text(paid)} 元，个人负担 {yuan_text(claim.out_of_pocket)} 元，请核对后结算。"
