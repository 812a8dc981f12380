"""A person's critical illness cap with its working, and the ledger of years behind it (封顶线台账)."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from benefits.models import IncentiveRun, IncentiveState
from benefits.rules.cap_ledger import Entry, cap_entries
from benefits.rules.cap_years import CapYear, cap_year, ended
from benefits.rules.incentives import CapResult, YearFacts, state_after
from benefits.selectors.cap_prospects import Prospects, prospects_of
from benefits.selectors.coverage import covers_of
from benefits.selectors.laws import Laws, cap_with_incentives, rule_state
from benefits.selectors.year_facts import Histories, first_telling_year, folded_state, histories_of
from hardship.selectors import person_facts
from policy.conditions import Person
from policy.policy import Policy
from policy.schema.incentives import Incentives
from policy.trace import Step, Traced
from registry.models import Resident


@dataclass(frozen=True, slots=True)
class CapEntry:
    """One closed year: what happened, where it left the person, and why.

    :param next_cap: yuan, for the year after if enrolled again; null = the documents give no cap
    :param passages: the year on its way, after those before it nobody had closed
    """

    facts: YearFacts
    state: IncentiveState
    next_cap: Decimal | None
    steps: tuple[Step, ...]
    passages: tuple[CapYear, ...] = ()


@dataclass(frozen=True, slots=True)
class CapLedger:
    """The cap of a year, and the closed years before it in their order.

    :param cap: null where the documents give no cap or no incentives
    :param ledger: what the cap is the sum of, in the order of the years; empty where there is none
    :param prospects: what becomes of the cap next year; null where there is none
    """

    year: int
    policy_key: str
    cap: Traced[CapResult] | None
    entries: tuple[CapEntry, ...]
    ledger: tuple[Entry, ...] = ()
    prospects: Prospects | None = None


def cap_of(*, resident_id: int, year: int, day: datetime.date | None = None) -> CapLedger:
    """Return the cap of `year` for somebody insured in it, as a settlement would take it.

    :param day: the identities held on it decide whether the mechanism applies; null = the year's last
    :raises PolicyNotFound: if the year has no policy
    """
    cover = covers_of(resident_ids=[resident_id], years=[year]).of(resident_id, year)
    home = Resident.objects.values_list("pooling_area_id", flat=True).get(pk=resident_id)
    area_id = home if cover is None else cover.pooling_area_id
    laws = Laws()
    policy = laws.of(area_id, year)
    person = person_facts(resident_ids=[resident_id]).on(
        resident_id, day=day or datetime.date(year, 12, 31), coverage_year=year
    )
    entries = entries_of(resident_id=resident_id, before=year, laws=laws)
    last = entries[-1].state if entries and entries[-1].state.year == year - 1 else None
    cap = cap_with_incentives(
        policy, person=person, year=year, previous=None if last is None else rule_state(last)
    )
    if cap is None:
        return CapLedger(year, policy.key, None, entries)
    histories = histories_of(resident_ids=[resident_id], section=policy.incentives)
    years = (*(_told(entries) if last else ()), _this_year(policy, year, person, last))
    base = policy.critical_illness.published(policy.critical_illness.cap, "cap")
    ledger = cap_entries(base, years, paid=_paid(histories))
    facts = replace(histories.of(resident_id, year), excluded=years[-1].facts.excluded)
    begun = rule_state(last) if last else folded_state(policy.incentives, histories, resident_id, before=year)
    prospects = prospects_of(policy, begun, facts, laws=laws, area_id=area_id)
    return CapLedger(year, policy.key, cap, entries, ledger, prospects)


def entries_of(*, resident_id: int, before: int, laws: Laws | None = None) -> tuple[CapEntry, ...]:
    """Return the closed years before a year, each worked out again for its steps.

    :raises PolicyNotFound: if a closed year has no policy any more
    """
    laws = laws or Laws()
    rows = list(IncentiveState.objects.filter(resident_id=resident_id, year__lt=before).order_by("year"))
    runs = IncentiveRun.objects.in_bulk({row.run_id for row in rows})
    entries: list[CapEntry] = []
    read: dict[
        tuple[object, ...], Histories
    ] = {}  # what the years' sections ask for is nearly always the same
    for row in rows:
        section = laws.of(runs[row.run_id].area_id, row.year).incentives
        asked = (frozenset(section.excluded.value), tuple(section.zero_claim_counts.value))
        if asked not in read:
            read[asked] = histories_of(resident_ids=[resident_id], section=section)
        last = entries[-1].state if entries else None
        entries.append(_entry(row, last, section, read[asked]))
    return tuple(entries)


def _entry(
    row: IncentiveState, last: IncentiveState | None, section: Incentives, histories: Histories
) -> CapEntry:
    facts = histories.of(row.resident_id, row.year)
    follows = last is not None and last.year == row.year - 1
    known = rule_state(last) if last is not None and follows else None
    earlier = () if known is not None else _unclosed(section, histories, row.resident_id, before=row.year)
    known = known or folded_state(section, histories, row.resident_id, before=row.year)
    passage = cap_year(section, known, facts, after=rule_state(row))
    steps = state_after(section, known, facts).steps
    return CapEntry(facts, row, row.next_cap, steps, (*earlier, passage))


def _unclosed(
    section: Incentives, histories: Histories, resident_id: int, *, before: int
) -> tuple[CapYear, ...]:
    """Return the years before the first closed one, as they are folded up from all that is known."""
    start = first_telling_year(section, before)
    state, found = histories.before(resident_id, start), []
    for year in range(start, before):
        found.append(ended(cap_year(section, state, histories.of(resident_id, year))))
        state = found[-1].after or state
    return tuple(found)


def _told(entries: tuple[CapEntry, ...]) -> tuple[CapYear, ...]:
    """Return the years on their way since the last gap: from one that nobody closed the years are told anew."""
    first = max((at for at, entry in enumerate(entries) if len(entry.passages) > 1), default=0)
    return tuple(passage for entry in entries[first:] for passage in entry.passages)


def _this_year(policy: Policy, year: int, person: Person, last: IncentiveState | None) -> CapYear:
    section = policy.incentives
    excluded = bool(person.categories & frozenset(section.excluded.value))
    facts = YearFacts(year, insured=True, excluded=excluded)
    return cap_year(section, None if last is None else rule_state(last), facts)


def _paid(histories: Histories) -> Mapping[int, Decimal]:
    """Return year → what critical illness insurance paid under its cap."""
    return {year: row.paid_to_critical_cap for (_, year), row in histories.money.items()}
