"""Whom an agency may speak of about a year's money: who lives in its area, and whose year counts there."""

from collections.abc import Collection
from dataclasses import dataclass

from enrollment.selectors.money_places import years_at
from exchange.models import Agency
from exchange.services.people import People, look_up
from registry.services.log_access import log_access

NumberedYear = tuple[str, int]  # identity number as given, coverage year


@dataclass(frozen=True, slots=True)
class PeopleOfYears:
    """Who was meant by numbers and years.

    :param left: years of people who live elsewhere now that count in the agency's area
    """

    people: People
    left: frozenset[tuple[int, int]]

    def meant(self, id_number: str, coverage_year: int) -> int | None:
        """Return the resident, as far as the agency may speak of the year; null = nobody it may know."""
        if id_number in self.people.own:
            return self.people.own[id_number]
        pk = self.people.elsewhere.get(id_number)
        return pk if (pk, coverage_year) in self.left else None

    def is_strangers(self, id_number: str, coverage_year: int) -> bool:
        """Return whether somebody holds the number, and the year is none of the agency's business."""
        return id_number in self.people.elsewhere and self.meant(id_number, coverage_year) is None


def people_of_years(*, agency: Agency, years: Collection[NumberedYear], purpose: str) -> PeopleOfYears:
    """Return whom numbers and years mean, and log that the agency asked about those it may speak of.

    Whoever moved away leaves the years paid here behind: their reversals and refunds still come from here.
    """
    people = look_up(agency=agency, id_numbers={number for number, _ in years}, purpose=purpose)
    asked = {(people.elsewhere[number], year) for number, year in years if number in people.elsewhere}
    if not asked:
        return PeopleOfYears(people, frozenset())
    left = asked & years_at(area=agency.area, residents={resident for resident, _ in asked})
    if left:
        ids = {resident for resident, _ in left}
        log_access(agency_code=agency.code, resident_ids=ids, purpose=purpose)
    return PeopleOfYears(people, frozenset(left))
