"""A person's critical illness cap with its working, and the ledger of years behind it (封顶线台账)."""

import datetime
from dataclasses import dataclass
from decimal import Decimal

from benefits.models import IncentiveRun, IncentiveState, RunState
from benefits.rules.incentives import CapResult, YearFacts, state_after
from benefits.selectors.coverage import covers_of
from benefits.selectors.laws import Laws, cap_with_incentives, rule_state, states_after
from benefits.selectors.year_facts import Histories, folded_state, histories_of
from hardship.selectors import person_facts
from policy.trace import Step, Traced
from registry.models import Resident


@dataclass(frozen=True, slots=True)
class CapEntry:
    """One closed year: what happened, where it left the person, and why.

    :param next_cap: yuan, for the year after if enrolled again; null = the documents give no cap
    """

    facts: YearFacts
    state: IncentiveState
    next_cap: Decimal | None
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class CapLedger:
    """The cap of a year, and the closed years before it in their order.

    :param cap: null where the documents give no cap or no incentives
    """

    year: int
    policy_key: str
    cap: Traced[CapResult] | None
    entries: tuple[CapEntry, ...]


def cap_of(*, resident_id: int, year: int, day: datetime.date | None = None) -> CapLedger:
    """Return the cap of `year` for somebody insured in it, as a settlement would take it.

    :param day: the identities held on it decide whether the mechanism applies; null = the year's last
    :raises PolicyNotFound: if the year has no policy
    """
    cover = covers_of(resident_ids=[resident_id], years=[year]).of(resident_id, year)
    area_id = Resident.objects.values_list("pooling_area_id", flat=True).get(pk=resident_id)
    laws = Laws()
    policy = laws.of(area_id if cover is None else cover.pooling_area_id, year)
    person = person_facts(resident_ids=[resident_id]).on(
        resident_id, day=day or datetime.date(year, 12, 31), coverage_year=year
    )
    previous = states_after(resident_ids=[resident_id], years=[year - 1]).get((resident_id, year - 1))
    cap = cap_with_incentives(policy, person=person, year=year, previous=previous)
    return CapLedger(year, policy.key, cap, entries_of(resident_id=resident_id, before=year, laws=laws))


def entries_of(*, resident_id: int, before: int, laws: Laws | None = None) -> tuple[CapEntry, ...]:
    """Return the closed years before a year, each worked out again for its steps.

    :raises PolicyNotFound: if a closed year has no policy any more
    """
    laws = laws or Laws()
    rows = list(IncentiveState.objects.filter(resident_id=resident_id, year__lt=before).order_by("year"))
    runs = IncentiveRun.objects.filter(state=RunState.APPLIED).in_bulk({row.run_id for row in rows})
    entries: list[CapEntry] = []
    read: dict[
        tuple[object, ...], Histories
    ] = {}  # what the years' sections ask for is nearly always the same
    for row in rows:
        if row.run_id not in runs:
            continue
        section = laws.of(runs[row.run_id].area_id, row.year).incentives
        asked = (frozenset(section.excluded.value), tuple(section.zero_claim_counts.value))
        if asked not in read:
            read[asked] = histories_of(resident_ids=[resident_id], section=section)
        histories = read[asked]
        facts = histories.of(resident_id, row.year)
        last = entries[-1].state if entries else None
        known = rule_state(last) if last is not None and last.year == row.year - 1 else None
        known = known or folded_state(section, histories, resident_id, before=row.year)
        steps = state_after(section, known, facts).steps
        entries.append(CapEntry(facts, row, row.next_cap, steps))
    return tuple(entries)
