"""Enrollment on a resident's file and on the first page."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from enrollment.admin.balances import balance_table
from enrollment.admin.contributions import benefit_text, component_table
from enrollment.admin.labels import policy_label
from enrollment.admin.payments import payments_of
from enrollment.models import ContributionPeriod, ContributionState, Payment, PaymentState
from enrollment.selectors import entitlement_on
from policy.admin.display import badge, facts, figures, link, list_url, table, trace_table, yuan_text
from registry.admin.panels import Mark, marks, panel, section
from registry.batch.chronicles import chronicle
from registry.models import Resident

TONES = {
    ContributionState.QUOTED: "blue",
    ContributionState.PARTLY_PAID: "orange",
    ContributionState.PAID: "green",
    ContributionState.REVERSED: "red",
}


DECIDED = ("coverage_year", "decided_at", "case_id", "payable", "paid_on")


@marks
def decisions(resident: Resident) -> Iterator[Mark]:
    """Mark each time it was decided what the person owes, and each time that was found paid."""
    last: dict[int, tuple[Any, ...]] = {}
    for version in chronicle(ContributionPeriod, DECIDED, owners=[resident.pk]).of(resident.pk):
        year, decided_at, case, payable, paid_on = version.row
        _, decided_before, _, _, paid_before = last.get(version.record, (None,) * len(DECIDED))
        last[version.record] = version.row
        if decided_at is not None and decided_at != decided_before:
            how = f"按工单 #{case} 调整" if case else "核定"
            title = f"{how} {year} 年度个人应缴 {payable} 元"
            yield Mark(timezone.localdate(decided_at), "quote", title, version.since)
        if paid_on is not None and paid_on != paid_before:
            yield Mark(paid_on, "paid", f"缴清 {year} 年度 {payable} 元", version.since)


@section(place=15, slug="entitlement", title="待遇资格")
def entitlement(resident: Resident, request: HttpRequest) -> SafeString:
    """Say whether the person is covered today, and if not why and what to do."""
    today = timezone.localdate()
    found = entitlement_on(resident_id=resident.pk, day=today)
    return facts(
        [
            (
                f"今日（{today}）",
                badge("可享受待遇", "green") if found.covered else badge("不享受待遇", "red"),
            ),
            ("说明", found.why),
            ("如何办理", found.what_to_do),
            ("待遇期", f"{found.since} 至 {found.until}" if found.since else ""),
        ]
    )


@section(place=30, slug="contributions", title="参保缴费")
def contributions(resident: Resident, request: HttpRequest) -> SafeString:
    """Return every year's contribution with its working, and all payments."""
    periods = list(
        ContributionPeriod.objects.filter(resident=resident)
        .select_related("working")
        .order_by("-coverage_year", "-pk")
    )
    rows = [
        (
            link(row, row.coverage_year),
            badge(row.get_state_display(), TONES[ContributionState(row.state)]),
            policy_label(row.policy_key, "window", row.window) or "—",
            *(yuan_text(value) for value in (row.due, row.assisted, row.supported, row.payable, row.paid)),
            benefit_text(row),
        )
        for row in periods
    ]
    heads = ["年度", "状态", "缴费期", "应缴", "资助", "第三方扶持", "个人应缴", "实缴", "待遇期"]
    years = [
        {"year": row.coverage_year, "parts": component_table(row), "working": trace_table(row.steps)}
        for row in periods
        if row.steps
    ]
    paid = [
        (row.serial, row.get_kind_display(), row.coverage_year, yuan_text(row.amount), row.paid_on,
         row.get_state_display())
        for row in Payment.objects.filter(resident=resident).order_by("-paid_on", "-pk")
    ]  # fmt: skip
    return render_to_string(
        "admin/openyibao/contributions.html",
        {
            "periods": table(heads, rows, numeric=range(3, 8), empty="没有参保记录"),
            "years": years,
            "balances": balance_table(resident),
            "payments": table(["税务流水号", "类型", "年度", "金额", "到账日期", "状态"], paid, numeric=[3]),
        },
    )


@panel(place=20, title="本月参保缴费", permission="enrollment.view_payment")
def this_month(request: HttpRequest) -> SafeString:
    """Return what was booked this month and what is held."""
    first = timezone.localdate().replace(day=1)
    rows = Payment.objects.filter(payments_of(request.user))
    sums = rows.aggregate(
        booked=Count("pk", filter=Q(state=PaymentState.BOOKED, paid_on__gte=first)),
        amount=Sum("amount", filter=Q(state=PaymentState.BOOKED, paid_on__gte=first)),
        held=Count("pk", filter=Q(state=PaymentState.HELD)),
    )
    booked = list_url(Payment, paid_on_from=first, state__exact=PaymentState.BOOKED)
    return figures(
        [
            ("到账笔数", f"{sums['booked']:,}", booked),
            (
                "到账金额（元）",
                yuan_text(sums["amount"] or Decimal(0)),
                booked,
            ),
            ("待处理笔数", f"{sums['held']:,}", list_url(Payment, state__exact=PaymentState.HELD)),
        ]
    )
