"""Payments (缴费流水) by the tax authority's serial number, and the work on those that wait (待处理缴费)."""

from collections.abc import Collection
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter
from unfold.enums import ActionVariant

from casework.services import assign_case
from enrollment.admin.family import holder_of
from enrollment.admin.held import (
    AgeFilter,
    AllocationForm,
    WorkFilter,
    age_badge,
    candidates_table,
    parts_links,
    question_link,
    question_of,
    what_to_do,
    with_questions,
)
from enrollment.admin.labels import PAYMENT_TONES, label
from enrollment.admin.refunds import RefundsAdmin
from enrollment.models import HoldReason, Payment, PaymentKind, PaymentState
from enrollment.services.allocations import propose_allocation
from enrollment.services.effects import propose_refund
from enrollment.services.payments import retry_held_payments
from policy.admin.columns import column
from policy.admin.display import NOTHING, choice_badge
from policy.admin.history import WithHistory
from policy.admin.house import ReadOnly, ReasonForm, asks
from registry.admin.base import CLERKS, REVIEWERS
from registry.selectors import Viewer, scope_filter

HOLD_REASONS = dict(HoldReason.choices)
HELD_COLUMNS = (
    "serial", "payer_name", "masked_id_number", "coverage_year", "amount", "paid_on", "held_for", "age",
    "asked_of_whom", "asked_by",
)  # fmt: skip


def payments_of(user: Viewer, *, roles: Collection[str] = ()) -> Q:
    """Return the condition of the payments a user may see: of their residents, and in their areas' lists."""
    return scope_filter(user, area="resident__living_area", roles=roles) | scope_filter(
        user, area="batch__area", roles=roles
    )


@admin.register(Payment)
class PaymentAdmin(WithHistory, ReadOnly, RefundsAdmin):
    """Append-only: a reversal or refund is a row of its own. Filtered to what waits it is a work list."""

    empty_text = "税务缴费明细导入或接口报送以后列在这里。"
    resident_lookup = "resident_id"
    list_display = (
        "serial", "payer_name", "masked_id_number", "coverage_year", "kind", "amount", "paid_on",
        "standing", "held_for",
    )  # fmt: skip
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("hold_reason", ChoicesDropdownFilter),
        AgeFilter,
        WorkFilter,
        ("kind", ChoicesDropdownFilter),
        "coverage_year",
        ("paid_on", RangeDateFilter),
    )
    list_select_related = ("resident",)
    search_fields = ("serial__startswith", "payer_name__startswith")
    search_help_text = "按税务流水号、姓名开头或完整证件号码查询"
    ordering = ("-pk",)
    fields = (
        ("serial", "kind", "standing"),
        ("resident_link", "payer_name", "masked_id_number"),
        ("coverage_year", "amount", "paid_on", "channel"),
        "family_account",
        ("held_for", "note", "age"),
        "to_do",
        "question",
        "candidates",
        ("contribution", "reverses", "parts"),
        ("batch", "row_number", "recorded_at"),
    )
    readonly_fields = (
        "standing", "held_for", "resident_link", "family_account", "age", "to_do", "question", "candidates", "parts",
    )  # fmt: skip
    actions_detail = ("retry", "allocate", "refund", "take_up", "propose_refund")

    def rows_of(self, user: Viewer, *, roles: Collection[str] = ()) -> Q:
        """Return the payments of the user's residents and of the lists of the user's areas."""
        return payments_of(user, roles=roles)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Payment]:
        """Read along who has the question about each, where what waits is listed."""
        rows = super().get_queryset(request)
        return with_questions(rows) if _lists_held(request) else rows

    def get_list_display(self, request: HttpRequest) -> Any:
        """Show how long and with whom, where what waits is listed."""
        if not _lists_held(request):
            return super().get_list_display(request)
        return [column(self.model, name) for name in HELD_COLUMNS]

    @admin.display(description="状态")
    def standing(self, payment: Payment) -> SafeString:
        """Show the state as a badge."""
        return choice_badge(payment, "state", PAYMENT_TONES)

    @admin.display(description="家庭共济账户持有人")
    def family_account(self, payment: Payment) -> SafeString | str:
        """Name whose account paid."""
        return holder_of(payment)

    @admin.display(description="待处理原因")
    def held_for(self, payment: Payment) -> str:
        """Name the reason."""
        return label(HOLD_REASONS, payment.hold_reason) or NOTHING

    @admin.display(description="已等待", ordering="recorded_at")
    def age(self, payment: Payment) -> SafeString | str:
        """Show how long it has waited."""
        return age_badge(payment)

    @admin.display(description="经办人")
    def asked_of_whom(self, payment: Any) -> str:
        """Name who has the question."""
        return payment.asked_of or payment.asked_of_account or "待分派"

    @admin.display(description="办理期限")
    def asked_by(self, payment: Any) -> Any:
        """Show the day the question is due."""
        return payment.asked_until or NOTHING

    @admin.display(description="怎么办")
    def to_do(self, payment: Payment) -> str:
        """Say what can be done."""
        return what_to_do(payment)

    @admin.display(description="工单")
    def question(self, payment: Payment) -> SafeString | str:
        """Lead to the question."""
        return question_link(payment)

    @admin.display(description="可能是谁的")
    def candidates(self, payment: Payment) -> SafeString | str:
        """Show whom it may be meant for."""
        return candidates_table(payment)

    @admin.display(description="分配")
    def parts(self, payment: Payment) -> SafeString | str:
        """Lead to its parts, or to what it is a part of."""
        return parts_links(payment)

    def has_waiting_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the money waits, and the user works in its area."""
        return self._waits(obj) and self.acts(request, obj, roles=(*CLERKS, *REVIEWERS))

    def has_allocate_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether money that came in waits, and the user works in its area."""
        return self._waits(obj, kind=PaymentKind.PAYMENT) and self.acts(
            request, obj, roles=(*CLERKS, *REVIEWERS)
        )

    def contribution_of(self, key: Any) -> int | None:
        """Return the contribution a payment was booked on."""
        booked = Payment.objects.filter(pk=key, kind=PaymentKind.PAYMENT, state=PaymentState.BOOKED)
        return booked.values_list("contribution", flat=True).first()

    def _waits(self, obj: Any, **conditions: Any) -> bool:
        key = obj.pk if isinstance(obj, Payment) else obj
        held = Payment.objects.filter(pk=key, state=PaymentState.HELD, **conditions)
        return key is None or held.exists()

    @asks(
        title="重新入账",
        description="人员、登记、政策补好以后，按到账日再入账一次。",
        may="waiting",
        icon="refresh",
    )
    def retry(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Try the payment again."""

        def work() -> str:
            payment = self.visible(request, object_id)
            found = retry_held_payments(payment_ids=[payment.pk], user=_staff(request))
            if not found:
                return "已决定退费，不再入账；要改为入账的请点“分配入账”。"
            (outcome,) = found
            return f"仍不能入账：{outcome.message}" if outcome.outcome == "held" else "已入账。"

        return self.conclude(request, work)

    @asks(
        title="分配入账",
        description="一笔钱可分给几个人、几个年度，余下的退费；须他人复核后生效，原流水保留。",
        form=AllocationForm,
        may="allocate",
        icon="call_split",
        variant=ActionVariant.PRIMARY,
    )
    def allocate(self, request: HttpRequest, form: AllocationForm, object_id: str) -> HttpResponse:
        """Propose to whom the money goes."""

        def work() -> str:
            case = propose_allocation(
                payment=self.visible(request, object_id),
                parts=form.cleaned_data["parts"],
                reason=form.cleaned_data["reason"],
                user=_staff(request),
            )
            return f"已提出分配，工单 {case} 待他人复核。"

        return self.conclude(request, work)

    @asks(
        title="提出退费",
        description="须他人复核；退费流水到达后自动结清。",
        form=ReasonForm,
        may="allocate",
        icon="undo",
    )
    def refund(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        """Propose that the tax authority refunds the money."""

        def work() -> str:
            case = propose_refund(
                payment=self.visible(request, object_id),
                reason=form.cleaned_data["reason"],
                user=_staff(request),
            )
            return f"已提出退费，工单 {case} 待他人复核。"

        return self.conclude(request, work)

    @asks(title="由我办理", may="waiting", icon="assignment_ind")
    def take_up(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Assign the question about the money to oneself."""

        def work() -> str:
            case = question_of(self.visible(request, object_id))
            if case is None:
                return "该笔缴费没有工单，可直接办理。"
            user = _staff(request)
            assign_case(case=case, assignee=user, user=user)
            return "已由您办理。"

        return self.conclude(request, work)


def _lists_held(request: HttpRequest) -> bool:
    return request.GET.get("state__exact") == PaymentState.HELD


def _staff(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
