"""The stages a settled claim went through, with the amounts at each, out of its history and its manual claim."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from benefits.models import Claim, ClaimStage, ClaimState, ManualClaim

AMOUNTS = (
    "total", "eligible", "class_b_copay", "basic_paid", "critical_illness_paid", "supplement_paid",
    "assistance_paid", "out_of_pocket",
)  # fmt: skip
PAID_FROM = AMOUNTS.index("basic_paid")


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage; `amounts` in the order of `AMOUNTS`, null = not worked out yet; `by` null = by rule or a partner."""

    label: str
    at: datetime.datetime
    by: Any
    amounts: tuple[Decimal | None, ...]
    reason: str = ""


def stages_of(claim: Claim) -> list[Stage]:
    """Return the stages in their order, in three queries.

    A claim that a hospital settled on the spot passes them all at once by rule; one from paper kept each as it came.
    """
    manual = ManualClaim.objects.filter(claim=claim).first()
    rows = claim.history.select_related("history_user").order_by("history_id")
    if manual is None:
        return list(_by_rule(list(rows)))
    kept = ClaimStage.objects.filter(manual=manual).select_related("by").order_by("pk")
    return [_kept(stage) for stage in kept]


def _kept(stage: ClaimStage) -> Stage:
    amounts = tuple(getattr(stage, name) for name in AMOUNTS)
    return Stage(stage.get_stage_display(), stage.at, stage.by, amounts, stage.reason)


def _by_rule(rows: list[Any]) -> Iterator[Stage]:
    for place, row in enumerate(rows):
        amounts = tuple(getattr(row, name) for name in AMOUNTS)
        if place == 0:
            sent = (*amounts[:PAID_FROM], *(None for _ in amounts[PAID_FROM:]))
            yield Stage("报送", row.history_date, row.history_user, sent)
            yield Stage("校验（按规则）", row.history_date, None, sent)
            yield Stage("计算（按规则）", row.history_date, None, amounts)
        yield Stage(
            _label(place, row), row.history_date, row.history_user, amounts, row.history_change_reason
        )


def _label(place: int, row: Any) -> str:
    if row.state == ClaimState.REVERSED:
        return "冲正"
    return "重新结算" if place else "结算"
