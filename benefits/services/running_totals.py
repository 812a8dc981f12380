"""A person-year's running totals between the rules, the accumulator and what a claim keeps of them."""

import datetime
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

from benefits.models import Accumulator, Claim
from benefits.rules.settlement import Settlement
from benefits.rules.year_totals import YearTotals
from policy.money import ZERO, yuan

ACCUMULATED = (
    "claims", "total", "eligible", "basic_paid", "basic_paid_to_cap", "basic_by_kind", "critical_illness_base",
    "critical_illness_paid", "supplement_paid", "assistance_base", "assistance_paid", "own_burden", "out_of_pocket",
    "accounts", "increase_used", "last_settled_on",
)  # fmt: skip
TABLES = ("basic_by_kind", "accounts")
RENAMED = {"eligible_for_critical": "critical_illness_base", "critical_paid": "critical_illness_paid"}


@dataclass(frozen=True, slots=True)
class RunningTotals:
    """The rules' totals and what only the bureau counts beside them."""

    year: YearTotals = field(default_factory=YearTotals)
    claims: int = 0
    eligible: Decimal = ZERO
    basic_paid: Decimal = ZERO
    increase_used: bool = False
    last_settled_on: datetime.date | None = None

    def after(self, claim: Claim, settlement: Settlement) -> "RunningTotals":
        """Return the totals with one more claim."""
        return RunningTotals(
            year=settlement.totals_after,
            claims=self.claims + 1,
            eligible=self.eligible + claim.eligible,
            basic_paid=self.basic_paid + settlement.basic.paid,
            increase_used=self.increase_used or settlement.increase_used,
            last_settled_on=max(filter(None, (self.last_settled_on, claim.settled_on))),
        )

    def accumulated(self) -> dict[str, Any]:
        """Return the values of the accumulator's fields."""
        totals = {RENAMED.get(name, name): value for name, value in asdict(self.year).items()}
        for name in TABLES:
            totals[name] = {key: str(amount) for key, amount in getattr(self.year, name).items()}
        own = ("claims", "eligible", "basic_paid", "increase_used", "last_settled_on")
        return totals | {name: getattr(self, name) for name in own}

    def as_json(self) -> dict[str, Any]:
        """Return the totals as a claim keeps them, money as text."""
        return {
            name: value if isinstance(value, dict | bool | int | None) else str(value)
            for name, value in self.accumulated().items()
        }


def totals_from(values: dict[str, Any]) -> RunningTotals:
    """Return the totals written by `accumulated` or `as_json`; what was not counted yet when they were is none."""
    tables: dict[str, Any] = {name: _amounts(values.get(name, {})) for name in TABLES}
    sums: dict[str, Any] = {
        name: yuan(Decimal(values.get(RENAMED.get(name, name), ZERO)))
        for name in YearTotals.__dataclass_fields__
        if name not in TABLES
    }
    year = YearTotals(**tables, **sums)
    last = values["last_settled_on"]
    return RunningTotals(
        year=year,
        claims=values["claims"],
        eligible=yuan(Decimal(values["eligible"])),
        basic_paid=yuan(Decimal(values["basic_paid"])),
        increase_used=values["increase_used"],
        last_settled_on=datetime.date.fromisoformat(last) if isinstance(last, str) else last,
    )


def _amounts(written: dict[str, str]) -> dict[str, Decimal]:
    return {key: yuan(Decimal(amount)) for key, amount in written.items()}


def no_totals() -> RunningTotals:
    """Return the totals before a year's first claim."""
    return totals_of_row(Accumulator())


def totals_of_row(row: Accumulator) -> RunningTotals:
    """Return an accumulator's totals."""
    return totals_from({name: getattr(row, name) for name in ACCUMULATED})


def put_on_row(row: Accumulator, totals: RunningTotals) -> None:
    """Set an accumulator's fields, unsaved."""
    for name, value in totals.accumulated().items():
        setattr(row, name, value)
