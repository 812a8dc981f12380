"""Benefits on a resident's file: claims and totals, alerts."""

from collections.abc import Iterator

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from benefits.admin.claims import layers_html, totals_row
from benefits.admin.notices import notice_link
from benefits.models import Accumulator, Alert, AlertAnswer, Claim, ClaimState
from policy.admin.display import NOTHING, badge, link, table, yuan_text
from registry.admin.panels import Mark, marks, section
from registry.batch.chronicles import chronicle
from registry.models import Resident

MOST_CLAIMS = 50


@marks
def settlements(resident: Resident) -> Iterator[Mark]:
    """Mark when the person's claims were settled, and which of them were reversed later."""
    versions = chronicle(Claim, ("number", "settled_on", "state"), owners=[resident.pk]).of(resident.pk)
    state: dict[int, str] = {}
    for version in versions:
        number, settled_on, now = version.row
        before, state[version.record] = state.get(version.record), now
        if before is None:
            yield Mark(settled_on, "claim", f"结算 {number}", version.since)
        elif now == ClaimState.REVERSED and before != now:
            yield Mark(timezone.localdate(version.since), "claim", f"冲正 {number}", version.since)


@section(place=50, slug="claims", title="结算与年度累计")
def claims(resident: Resident, request: HttpRequest) -> SafeString:
    """Return the totals of every year and the latest claims with their working."""
    totals = Accumulator.objects.filter(resident=resident).order_by("-coverage_year")
    found = list(
        Claim.objects.filter(resident=resident)
        .select_related("facility")
        .order_by("-discharged_on", "-pk")[:MOST_CLAIMS]
    )
    rows = [
        (
            link(claim, claim.number),
            claim.facility.name,
            claim.get_kind_display(),
            claim.discharged_on,
            *(
                yuan_text(amount)
                for amount in (
                    claim.total,
                    claim.basic_paid,
                    claim.critical_illness_paid,
                    claim.assistance_paid,
                    claim.out_of_pocket,
                )
            ),
            badge(claim.get_state_display(), "green" if claim.state == ClaimState.SETTLED else "red"),
            notice_link(claim),
        )
        for claim in found
    ]
    heads = [
        "结算单号", "医疗机构", "就医类别", "出院日期", "总费用", "基本医保", "大病保险", "医疗救助", "个人负担",
        "状态", "告知书",
    ]  # fmt: skip
    sums = ["年度", "结算次数", "总费用", "政策范围内", "基本医保", "大病保险", "医疗救助", "个人负担"]
    working = [{"number": claim.number, "layers": layers_html(claim.trace)} for claim in found[:5]]
    return render_to_string(
        "admin/openyibao/claims.html",
        {
            "totals": table(sums, [totals_row(row) for row in totals], numeric=range(1, 8), empty="没有结算"),
            "claims": table(heads, rows, numeric=range(4, 9), empty="没有结算"),
            "working": working,
        },
    )


@section(place=70, slug="alerts", title="预警")
def alerts(resident: Resident, request: HttpRequest) -> SafeString:
    """Return a person's alerts with the agencies' latest answers."""
    found = list(Alert.objects.filter(resident=resident).order_by("-pk"))
    answers = {
        answer.alert_id: answer
        for answer in AlertAnswer.objects.filter(alert__in=found).select_related("agency").order_by("pk")
    }
    rows = [
        (
            link(alert, alert.rule_label),
            alert.month,
            yuan_text(alert.amount),
            yuan_text(alert.threshold),
            alert.get_state_display(),
            _answered(answers.get(alert.pk)),
        )
        for alert in found
    ]
    heads = ["预警类型", "统计月份", "个人负担", "预警线", "状态", "核查反馈"]
    return table(heads, rows, numeric=[2, 3], empty="没有预警")


def _answered(answer: AlertAnswer | None) -> str:
    if answer is None:
        return NOTHING
    return f"{answer.agency.name}：{answer.get_outcome_display()}（{answer.checked_on}）"
