"""What the scalar rule of incentives wants to know of people: facts year by year, a few queries however many."""

import datetime
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from benefits.models import Accumulator
from benefits.rules.incentive_state import IncentiveState, YearFacts
from benefits.rules.incentive_years import state_after
from enrollment.selectors.insured import insured_years
from hardship.models import Recognition
from policy.schema.incentives import Incentives
from registry.models import InsuredSpell

PAID_BY = {
    "basic": "basic_paid",
    "critical_illness": "critical_illness_paid",
    "supplement": "supplement_paid",
    "medical_assistance": "assistance_paid",
}

Span = tuple[datetime.date, datetime.date | None]  # [from, to), null = still


@dataclass(frozen=True, slots=True)
class Histories:
    """The records behind the facts, by person."""

    insured: Mapping[int, frozenset[int]]
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
        insured = self.insured.get(resident_id, frozenset())
        return IncentiveState(year - 1, ever_insured=any(each < year for each in insured))


def first_telling_year(section: Incentives, year: int) -> int:
    """Return the first year to fold from up to `year` for people without a state before it."""
    return min(section.start_year.value, section.count_years_from.value, year)


def folded_state(
    section: Incentives, histories: Histories, resident_id: int, *, before: int
) -> IncentiveState:
    """Return the state before a year of somebody who has none stored, folded up from all that is known."""
    start = first_telling_year(section, before)
    state = histories.before(resident_id, start)
    for year in range(start, before):
        state = state_after(section, state, histories.of(resident_id, year)).value
    return state


def histories_of(*, resident_ids: Collection[int], section: Incentives) -> Histories:
    """Return the records of these people, all years of them; four queries."""
    held = Recognition.objects.filter(resident__in=resident_ids, category__in=section.excluded.value)
    spells = InsuredSpell.objects.filter(resident__in=resident_ids)
    return Histories(
        insured=insured_years(resident_ids=resident_ids),
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
