"""Reads of hardship: who holds what on a day, as we know it now or knew it then, and people as conditions see them."""

from hardship.selectors.areas import counties_at, counties_of, county_in, county_of
from hardship.selectors.changes import (
    ChangeRecords,
    IdentityChange,
    change_of,
    change_records,
    identity_changes,
)
from hardship.selectors.facts import PersonFacts
from hardship.selectors.identities import categories_on, changed_between, held_by, last_recorded
from hardship.selectors.people import PeopleRecords, people_records, person_facts, persons_on

__all__ = [
    "ChangeRecords",
    "IdentityChange",
    "PeopleRecords",
    "PersonFacts",
    "categories_on",
    "change_of",
    "change_records",
    "changed_between",
    "counties_at",
    "counties_of",
    "county_in",
    "county_of",
    "held_by",
    "identity_changes",
    "last_recorded",
    "people_records",
    "person_facts",
    "persons_on",
]
