"""People as conditions in policies see them: many of them in three queries, then any day of any one.

facts = person_facts(resident_ids=ids)
facts.on(resident_id, day=paid_on, coverage_year=2025)
"""

import datetime
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from hardship.selectors.identities import Spell, held_on, spells_of
from policy.conditions import Person
from registry.models import Area, InsuredSpell, Resident, Scheme

YEAR_END = (12, 31)
ONE_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Insured:
    scheme: str
    starts_on: datetime.date
    ends_on: datetime.date | None


@dataclass(frozen=True, slots=True)
class _Known:
    born_on: datetime.date
    has_local_hukou: bool
    discharged_on: datetime.date | None
    spouse_discharged_on: datetime.date | None
    spells: Sequence[Spell] = ()
    insured: Sequence[_Insured] = ()


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What is known of some residents, ready for any number of days."""

    people: Mapping[int, _Known] = field(default_factory=dict)

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
            has_local_hukou=known.has_local_hukou,
            held_at_previous_year_end=frozenset(each.category for each in held_on(known.spells, year_end)),
            events=events | {"birth": known.born_on},
            employee_months=months,
        )


def persons_on(
    *,
    resident_ids: Collection[int],
    day: datetime.date,
    coverage_year: int,
    pooling_area: Area | None = None,
    population: str = "resident",
    known_at: datetime.datetime | None = None,
) -> dict[int, Person]:
    """Return the residents as conditions see them on `day`.

    :param pooling_area: hukou inside it is local; null = each resident's own
    :param known_at: identities as the records stood at that moment; null = as they stand now
    """
    facts = person_facts(resident_ids=resident_ids, pooling_area=pooling_area, known_at=known_at)
    return {
        pk: facts.on(pk, day=day, coverage_year=coverage_year, population=population) for pk in facts.people
    }


def person_facts(
    *,
    resident_ids: Collection[int],
    pooling_area: Area | None = None,
    known_at: datetime.datetime | None = None,
) -> PersonFacts:
    """Return what is known of the residents, in three queries however many they are.

    :param pooling_area: hukou inside it is local; null = each resident's own
    """
    spells = spells_of(resident_ids=resident_ids, known_at=known_at)
    insured: defaultdict[int, list[_Insured]] = defaultdict(list)
    for pk, scheme, starts_on, ends_on in InsuredSpell.objects.filter(
        resident_id__in=resident_ids
    ).values_list("resident_id", "scheme", "starts_on", "ends_on"):
        insured[pk].append(_Insured(scheme, starts_on, ends_on))
    rows = Resident.objects.filter(pk__in=resident_ids).values_list(
        "pk",
        "born_on",
        "hukou_area__path",
        "pooling_area__path",
        "discharged_on",
        "military_spouse__discharged_on",
    )
    return PersonFacts(
        {
            pk: _Known(
                born_on=born_on,
                has_local_hukou=hukou.startswith(pooling_area.path if pooling_area else pooling),
                discharged_on=discharged_on,
                spouse_discharged_on=spouse_discharged_on,
                spells=spells.get(pk, ()),
                insured=insured.get(pk, ()),
            )
            for pk, born_on, hukou, pooling, discharged_on, spouse_discharged_on in rows
        }
    )


def _employee_cover(spells: Sequence[_Insured], day: datetime.date) -> tuple[dict[str, datetime.date], int]:
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
