"""People as conditions in policies see them: many of them in a few queries, then any day of any one.

facts = person_facts(resident_ids=ids)
facts.on(resident_id, day=paid_on, coverage_year=2025)

With `known_at` all of it is read as the records stood at that moment; `people_records` reads what stood at any moment.
"""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Self

from hardship.models import Recognition
from hardship.selectors.facts import InsuredElsewhere, Known, PersonFacts
from hardship.selectors.identities import FIELDS, Spell, spells_of
from policy.conditions import Person
from registry.batch.asked_again import KEYS, AskedAgain
from registry.batch.chronicles import Chronicle, Row, chronicle
from registry.batch.places import PLACES, with_days
from registry.models import Area, InsuredSpell, Resident
from registry.rules.places import DatedPlaces, Places, dated

PERSON = ("born_on", "died_on", "discharged_on", "military_spouse_id", *PLACES)
CATEGORY = FIELDS.index("category_id")
INSURED_ELSEWHERE = AskedAgain(
    lambda people: InsuredSpell.objects.filter(resident_id__among=people).values_list(
        "resident_id", "scheme", "starts_on", "ends_on"
    ),
    people=KEYS,
)
OWN_RECORDS = AskedAgain(
    lambda people: Resident.objects.filter(pk__among=people).values_list(
        "pk", "born_on", "died_on", "discharged_on", "military_spouse__discharged_on", *PLACES
    ),
    people=KEYS,
)


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A resident's own record as it stood."""

    born_on: datetime.date
    died_on: datetime.date | None
    discharged_on: datetime.date | None
    military_spouse_id: int | None
    places: Places

    @classmethod
    def of(cls, row: Row) -> Self:
        """Return the record of the columns `PERSON`."""
        born_on, died_on, discharged_on, military_spouse_id, *places = row
        return cls(born_on, died_on, discharged_on, military_spouse_id, Places(*places))


@dataclass(frozen=True, slots=True)
class PeopleRecords:
    """All that was ever recorded of some people and what bears on them."""

    residents: Chronicle
    spouses: Chronicle
    recognitions: Chronicle
    insured: Chronicle

    def person(self, resident_id: int, *, known_at: datetime.datetime) -> PersonRow | None:
        """Return the resident's own record as it stood at the moment; null = not registered yet."""
        rows = self.residents.at(resident_id, known_at)
        return PersonRow.of(rows[0]) if rows else None

    def places(self, resident_id: int, *, known_at: datetime.datetime) -> DatedPlaces:
        """Return where the resident was on any day, as was known at the moment."""
        return dated_places_at(self.residents, resident_id, known_at=known_at)

    def spells(self, resident_id: int, *, known_at: datetime.datetime) -> list[Spell]:
        """Return the identities that were on record at the moment, past ones too."""
        return [Spell(*row) for row in self.recognitions.at(resident_id, known_at)]

    def last_recorded(self, resident_id: int, *, known_at: datetime.datetime) -> dict[str, datetime.datetime]:
        """Return category → when what stood of it at the moment had last been recorded or corrected."""
        standing = self.recognitions.records_at(resident_id, known_at)
        last: dict[str, datetime.datetime] = {}
        for version in self.recognitions.of(resident_id):
            if version.since <= known_at and version.record in standing:
                last[version.row[CATEGORY]] = version.since
        return last

    def insured_spells(self, resident_id: int, *, known_at: datetime.datetime) -> list[InsuredElsewhere]:
        """Return the spells under other schemes that were on record at the moment."""
        return [InsuredElsewhere(*row) for row in self.insured.at(resident_id, known_at)]

    def known(
        self, resident_id: int, *, known_at: datetime.datetime, pooling_area: Area | None = None
    ) -> Known | None:
        """Return what was known of the resident at the moment; null = not registered yet.

        :param pooling_area: hukou inside it is local; null = the resident's own
        """
        person = self.person(resident_id, known_at=known_at)
        if person is None:
            return None
        spouse = self.spouses.at(person.military_spouse_id or 0, known_at)
        return Known(
            born_on=person.born_on,
            places=self.places(resident_id, known_at=known_at),
            discharged_on=person.discharged_on,
            spouse_discharged_on=spouse[0][0] if spouse else None,
            spells=self.spells(resident_id, known_at=known_at),
            insured=self.insured_spells(resident_id, known_at=known_at),
            pooled_at=pooling_area.path if pooling_area else "",
            died_on=person.died_on,
        )


def dated_places_at(
    residents: Chronicle, resident_id: int, *, known_at: datetime.datetime | None
) -> DatedPlaces:
    """Return where somebody was on any day, out of a chronicle of `PERSON`; null moment = what was said first."""
    told = residents.of(resident_id)
    known = [each for each in told if known_at is not None and each.since <= known_at] or told[:1]
    return dated(PersonRow.of(each.row).places for each in known)


def people_records(*, resident_ids: Collection[int], until: datetime.datetime | None = None) -> PeopleRecords:
    """Return all that was ever recorded of the residents, in four queries however many they are, five with spouses.

    :param until: nothing recorded later is read; null = all
    """
    residents = chronicle(Resident, PERSON, owners=resident_ids, owner="id", until=until)
    at = PERSON.index("military_spouse_id")
    spouses = {version.row[at] for pk in resident_ids for version in residents.of(pk)} - {None}
    return PeopleRecords(
        residents=residents,
        spouses=(
            chronicle(Resident, ["discharged_on"], owners=spouses, owner="id", until=until)
            if spouses
            else Chronicle()
        ),
        recognitions=chronicle(Recognition, FIELDS, owners=resident_ids, until=until),
        insured=chronicle(InsuredSpell, ["scheme", "starts_on", "ends_on"], owners=resident_ids, until=until),
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
    :param known_at: as the records stood at that moment; null = as they stand now
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
    """Return what is known of the residents, in three queries however many they are, four if somebody moved.

    :param pooling_area: hukou inside it is local; null = each resident's own
    :param known_at: as the records stood at that moment, in four or five queries; null = as they stand now
    """
    if known_at is None:
        return _facts_now(resident_ids, pooling_area)
    records = people_records(resident_ids=resident_ids, until=known_at)
    known = {
        pk: records.known(pk, known_at=known_at, pooling_area=pooling_area)
        for pk in dict.fromkeys(resident_ids)
    }
    return PersonFacts({pk: each for pk, each in known.items() if each is not None})


def _facts_now(resident_ids: Collection[int], pooling_area: Area | None) -> PersonFacts:
    spells = spells_of(resident_ids=resident_ids)
    insured = _insured_elsewhere(INSURED_ELSEWHERE(people=list(resident_ids)))
    rows = OWN_RECORDS(people=list(resident_ids))
    places = with_days({row[0]: Places(*row[5:]) for row in rows})
    return PersonFacts(
        {
            pk: Known(
                born_on=born_on,
                places=places[pk],
                discharged_on=discharged_on,
                spouse_discharged_on=spouse_discharged_on,
                spells=spells.get(pk, ()),
                insured=insured.get(pk, ()),
                pooled_at=pooling_area.path if pooling_area else "",
                died_on=died_on,
            )
            for pk, born_on, died_on, discharged_on, spouse_discharged_on, *_ in rows
        }
    )


def _insured_elsewhere(rows: Iterable[tuple[Any, ...]]) -> dict[int, list[InsuredElsewhere]]:
    spells: defaultdict[int, list[InsuredElsewhere]] = defaultdict(list)
    for pk, *spell in rows:
        spells[pk].append(InsuredElsewhere(*spell))
    return spells
