"""Reads of hardship: who holds what on a day, as we know it now or knew it then, and people as conditions see them."""

from hardship.selectors.areas import counties_of, county_in, county_of
from hardship.selectors.identities import categories_on, changed_between, held_by, last_recorded
from hardship.selectors.people import PersonFacts, person_facts, persons_on

__all__ = [
    "PersonFacts",
    "categories_on",
    "changed_between",
    "counties_of",
    "county_in",
    "county_of",
    "held_by",
    "last_recorded",
    "person_facts",
    "persons_on",
]
