"""Reads of hardship: who holds what on a day, as we know it now or knew it then, and people as conditions see them."""

from hardship.selectors.areas import counties_of, county_in, county_of
from hardship.selectors.changes import IdentityChange, change_of, identity_changes
from hardship.selectors.identities import categories_on, changed_between, held_by, last_recorded
from hardship.selectors.people import PersonFacts, person_facts, persons_on

__all__ = [
    "IdentityChange",
    "PersonFacts",
    "categories_on",
    "change_of",
    "changed_between",
    "counties_of",
    "county_in",
    "county_of",
    "held_by",
    "identity_changes",
    "last_recorded",
    "person_facts",
    "persons_on",
]
