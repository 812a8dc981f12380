"""What is known of people, ready for any day: the person as conditions in policies see them."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hardship.selectors.identities import Spell, held_on
from policy.conditions import Person
from registry.models import Scheme
from registry.rules.places import DatedPlaces

YEAR_END = (12, 31)
ONE_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class InsuredElsewhere:
    """A spell under another scheme on the days `[starts_on, ends_on)`, null = still."""

    scheme: str
    starts_on: datetime.date
    ends_on: datetime.date | None


@dataclass(frozen=True, slots=True)
class Known:
    """What the records say of one resident, whatever the day.

    :ivar pooled_at: path of the pooling area inside which hukou is local; "" = the resident's own of the day
    """

    born_on: datetime.date
    places: DatedPlaces
    discharged_on: datetime.date | None
    spouse_discharged_on: datetime.date | None
    spells: Sequence[Spell] = ()
    insured: Sequence[InsuredElsewhere] = ()
    pooled_at: str = ""
    died_on: datetime.date | None = None

    def has_local_hukou(self, day: datetime.date) -> bool:
        """Return whether the resident was registered inside the pooling area on `day`."""
        places = self.places.on(day)
        return places.hukou_path.startswith(self.pooled_at or places.pooling_path)


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What is known of some residents, ready for any number of days."""

    people: Mapping[int, Known] = field(default_factory=dict)

    def on(
        self, resident_id: int, *, day: datetime.date, coverage_year: int, population: str = "resident"
    ) -> Person:
        """Return the person on `day`, seen from `coverage_year`.

        :raises KeyError: if the resident was not asked for or does not exist
        """
        known = self.people[resident_id]
        year_end = datetime.date(coverage_year - 1, *YEAR_END)
        events, months = _employee_cover(known.insured, day)
        if known.discharged_on:
            events["discharge"] = known.discharged_on
        if known.spouse_discharged_on:
            events["spouse_discharge"] = known.spouse_discharged_on
        return Person(
            day=day,
            coverage_year=coverage_year,
            born_on=known.born_on,
            identities=held_on(known.spells, day),
            population=population,
            has_local_hukou=known.has_local_hukou(day),
            held_at_previous_year_end=frozenset(each.category for each in held_on(known.spells, year_end)),
            events=events | {"birth": known.born_on},
            employee_months=months,
        )


def _employee_cover(
    spells: Sequence[InsuredElsewhere], day: datetime.date
) -> tuple[dict[str, datetime.date], int]:
    """Return the last day of employee cover, if it is over by `day`, and the months insured without a gap up to it.

    Months count under any basic insurance recorded elsewhere (HLJ 三(二) “连续参加基本医疗保险”).
    """
    begun = [spell for spell in spells if spell.starts_on <= day]
    employed = [spell for spell in begun if spell.scheme == Scheme.EMPLOYEE]
    ends = [spell.ends_on for spell in employed if spell.ends_on is not None and spell.ends_on <= day]
    if not ends or len(ends) < len(employed):
        return {}, 0
    end = max(ends)
    first = end
    for spell in sorted(begun, key=lambda each: each.starts_on, reverse=True):
        if spell.starts_on < first and (spell.ends_on is None or spell.ends_on >= first):
            first = spell.starts_on
    months = (end.year - first.year) * 12 + end.month - first.month - (end.day < first.day)
    return {"employee_cover_end": end - ONE_DAY}, months
