"""Billing runs as people read them: lines of equal figures, totals, reasons, people left out."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Min, QuerySet, Sum

from enrollment.models import BillingGroup, BillingLeftOut, BillingRun, BillingState, LeftOut
from policy.money import ZERO

SAME = (
    "policy_key", "population", "window", "special_group", "tier", "due", "assisted", "supported", "payable",
    "subsidy", "claim_year", "benefit_start", "benefit_end",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingLine:
    """People of a run who owe and get the same.

    :param group_id: one group of the line, with its working
    :param groups: how many groups of facts lead to it
    """

    group_id: int
    groups: int
    people: int
    policy_key: str
    population: str
    window: str
    special_group: str
    tier: str
    due: Decimal
    assisted: Decimal
    supported: Decimal
    payable: Decimal
    subsidy: str
    claim_year: int | None
    benefit_start: object
    benefit_end: object

    @property
    def title(self) -> str:
        """What sets the line apart, in a word."""
        return self.tier or "不享受资助"

    @property
    def total_due(self) -> Decimal:
        """What is due of all of them, yuan."""
        return self.due * self.people

    @property
    def total_assisted(self) -> Decimal:
        """What assistance pays for all of them."""
        return self.assisted * self.people

    @property
    def total_supported(self) -> Decimal:
        """What third parties pay for all of them."""
        return self.supported * self.people

    @property
    def total_payable(self) -> Decimal:
        """What is left to all of them."""
        return self.payable * self.people


def stage_of(run: BillingRun) -> str:
    """Return which count of a run's groups says most: what was billed, once it is over, else what was planned."""
    over = run.state in (BillingState.DONE, BillingState.CANCELLED) and run.billing_id is not None
    return "billed" if over else "planned"


def billing_lines(run: BillingRun) -> list[BillingLine]:
    """Return the run's lines, most people first, in one query."""
    stage = stage_of(run)
    rows = (
        BillingGroup.objects.filter(run=run, refusal="", **{f"{stage}__gt": 0})
        .values(*SAME)
        .annotate(group_id=Min("pk"), groups=Count("pk"), people=Sum(stage))
        .order_by("-people", "group_id")
    )
    return [BillingLine(**row) for row in rows]


def billing_totals(lines: Iterable[BillingLine]) -> dict[str, Decimal]:
    """Return what lines come to: due, assisted, supported and payable in yuan."""
    known = list(lines)
    return {
        "due": sum((line.total_due for line in known), ZERO),
        "assisted": sum((line.total_assisted for line in known), ZERO),
        "supported": sum((line.total_supported for line in known), ZERO),
        "payable": sum((line.total_payable for line in known), ZERO),
    }


def payer_totals(run: BillingRun) -> dict[tuple[str, tuple[str, ...]], Decimal]:
    """Return what who pays of the assistance of everybody of the run: component and payers → yuan."""
    stage = stage_of(run)
    totals: dict[tuple[str, tuple[str, ...]], Decimal] = {}
    rows = BillingGroup.objects.filter(run=run, refusal="", assisted__gt=0, **{f"{stage}__gt": 0})
    for payers, people in rows.order_by("pk").values_list("payers", stage):
        for part in payers:
            key = (part["component"], tuple(part["payers"]))
            totals[key] = totals.get(key, ZERO) + Decimal(part["amount"]) * people
    return totals


def refused_groups(run: BillingRun) -> QuerySet[BillingGroup]:
    """Return the groups that could not be quoted, with the words of the refusal."""
    return BillingGroup.objects.filter(run=run).exclude(refusal="").select_related("example").order_by("pk")


def left_out_of(run: BillingRun, *, reason: str = "") -> QuerySet[BillingLeftOut]:
    """Return who is left out of a run, in resident order; of one reason if it is given."""
    rows = BillingLeftOut.objects.filter(run=run).select_related("resident__living_area")
    return (rows.filter(reason=reason) if reason else rows).order_by("resident")


def reason_label(reason: str) -> str:
    """Return why somebody is left out, in Chinese."""
    return str(dict(LeftOut.choices).get(reason, reason))
