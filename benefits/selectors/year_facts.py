"""What the scalar rule of incentives wants to know of people: facts year by year, a few queries however many."""

import datetime
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from benefits.models import Accumulator
from benefits.rules.incentive_state import IncentiveState, YearFacts
from enrollment.models import ContributionPeriod, ContributionState, EnrollmentStatus
from hardship.models import Recognition
from policy.schema.incentives import Incentives
from registry.models import InsuredSpell

PAID_BY = {
    "basic": "basic_paid",
    "critical_illness": "critical_illness_paid",
    "medical_assistance": "assistance_paid",
}

Span = tuple[datetime.date, datetime.date | None]  # [from, to), null = still


@dataclass(frozen=True, slots=True)
class Histories:
    """The records behind the facts, by person."""

    insured: dict[int, set[int]]
    excluded: dict[int, list[Span]]
    covered: dict[int, list[Span]]
    money: dict[tuple[int, int], Accumulator]
    layers: tuple[str, ...]

    def of(self, resident_id: int, year: int) -> YearFacts:
        """Return the facts of one person's year."""
        last = datetime.date(year, 12, 31)
        money = self.money.get((resident_id, year))
        return YearFacts(
            year=year,
            insured=year in self.insured.get(resident_id, ()),
            excluded=any(
                start <= last and (end is None or end > last)
                for start, end in self.excluded.get(resident_id, ())
            ),
            employee_covered=any(
                start <= last and (end is None or end > last.replace(month=1, day=1))
                for start, end in self.covered.get(resident_id, ())
            ),
            zero_claim=money is None or not any(getattr(money, PAID_BY[layer]) for layer in self.layers),
            increase_used=money is not None and money.increase_used,
            critical_illness_paid=money is not None and money.critical_illness_paid > 0,
        )

    def before(self, resident_id: int, year: int) -> IncentiveState:
        """Return the state of somebody of whom only is known whether they were insured before `year`."""
        insured = self.insured.get(resident_id, set())
        return IncentiveState(year - 1, ever_insured=any(each < year for each in insured))


def histories_of(*, resident_ids: Collection[int], section: Incentives) -> Histories:
    """Return the records of these people, all years of them; four queries."""
    insured: dict[int, set[int]] = {}
    paid = ContributionPeriod.objects.filter(
        resident__in=resident_ids,
        state=ContributionState.PAID,
        enrollment__status=EnrollmentStatus.ACTIVE,
    )
    for resident, year in paid.values_list("resident_id", "coverage_year"):
        insured.setdefault(resident, set()).add(year)
    held = Recognition.objects.filter(resident__in=resident_ids, category__in=section.excluded.value)
    spells = InsuredSpell.objects.filter(resident__in=resident_ids)
    return Histories(
        insured=insured,
        excluded=_periods(held.values_list("resident_id", "valid_from", "valid_to")),
        covered=_periods(spells.values_list("resident_id", "starts_on", "ends_on")),
        money={
            (row.resident_id, row.coverage_year): row
            for row in Accumulator.objects.filter(resident__in=resident_ids)
        },
        layers=section.zero_claim_counts.value,
    )


def _periods(
    rows: Iterable[tuple[int, datetime.date, datetime.date | None]],
) -> dict[int, list[Span]]:
    found: dict[int, list[Span]] = {}
    for resident, start, end in rows:
        found.setdefault(resident, []).append((start, end))
    return found
