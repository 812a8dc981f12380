"""The figures of people as they stand, line by line, so that two moments can be compared (追溯变更的数额对照)."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from benefits.models import Alert, AlertState, Claim, ClaimState, IncentiveState

PAID = {
    "critical_illness": ("critical_illness_paid", "大病保险支付"),
    "supplement": ("supplement_paid", "补充保险支付"),
    "assistance": ("assistance_paid", "医疗救助支付"),
}
COUNTS = {
    "continuous_years": ("连续参保年数", "年"),
    "continuous_steps": ("连续参保激励", "档"),
    "zero_claim_steps": ("零报销激励", "档"),
    "lapsed_years": ("断保年数", "年"),
}
Key = tuple[str, str]  # record, label


@dataclass(frozen=True, slots=True)
class Line:
    """One figure.

    :param part: layer of a claim as its trace names it; empty = no claim
    :param amount: None = there is no such figure
    """

    resident_id: int
    ref: str
    label: str
    amount: Decimal | None
    unit: str = "元"
    part: str = ""


def standing_figures(*, resident_ids: Collection[int], first_year: int) -> dict[Key, Line]:
    """Return claims' payouts, incentives and alerts of these people from a coverage year on, in three queries."""
    lines = (
        *_claims(resident_ids, first_year),
        *_states(resident_ids, first_year),
        *_alerts(resident_ids, first_year),
    )
    return {(line.ref, line.label): line for line in lines}


def traces_of(claim_ids: Collection[int]) -> dict[str, dict[str, Any]]:
    """Return the working of claims by the record their lines name, in one query."""
    rows = Claim.objects.filter(pk__in=claim_ids).values_list("pk", "trace") if claim_ids else ()
    return {f"claim:{pk}": trace for pk, trace in rows}


def _claims(resident_ids: Collection[int], first_year: int) -> Iterator[Line]:
    rows = Claim.objects.filter(
        resident__in=resident_ids, coverage_year__gte=first_year, state=ClaimState.SETTLED
    ).order_by("resident_id", "discharged_on", "number")
    fields = [column for column, _ in PAID.values()]
    for pk, resident_id, number, settled_on, *paid in rows.values_list(
        "pk", "resident_id", "number", "settled_on", *fields
    ):
        for (part, (_, label)), amount in zip(PAID.items(), paid, strict=True):
            if part == "supplement" and not amount:
                continue
            yield Line(
                resident_id, f"claim:{pk}", f"{settled_on} 结算单 {number}：{label}", amount, part=part
            )


def _states(resident_ids: Collection[int], first_year: int) -> Iterator[Line]:
    rows = IncentiveState.objects.filter(resident_id__in=resident_ids, year__gte=first_year)
    for row in rows.order_by("resident_id", "year"):
        ref = f"incentives:{row.resident_id}:{row.year}"
        yield Line(row.resident_id, ref, f"{row.year} 年度末：次年大病保险封顶线", row.next_cap, "元/年")
        for name, (label, unit) in COUNTS.items():
            count = Decimal(getattr(row, name))
            yield Line(row.resident_id, ref, f"{row.year} 年度末：{label}", count, unit)


def _alerts(resident_ids: Collection[int], first_year: int) -> Iterator[Line]:
    rows = Alert.objects.filter(resident__in=resident_ids, coverage_year__gte=first_year).order_by("pk")
    for pk, resident_id, month, rule, amount, state in rows.values_list(
        "pk", "resident_id", "month", "rule_label", "amount", "state"
    ):
        stands = None if state == AlertState.WITHDRAWN else amount
        yield Line(resident_id, f"alert:{pk}", f"{month} 预警：{rule}（个人负担）", stands, "元/年")
