"""The person as each new claim knows them: as of now, or as the claim it corrects knew them (docs/decisions/0007)."""

from collections.abc import Sequence

from django.utils import timezone

from benefits.models import Claim
from benefits.services.claim_records import NotOnRecord, claim_records
from benefits.services.person_facts import facts_kept, with_later
from hardship.selectors import PersonFacts


def keep_persons(drafts: Sequence[Claim], people: PersonFacts) -> None:
    """Put on each new claim what is known of its person on the settlement day, and the moment we knew it.

    A correction puts the bill right, not the person: it knows what its original knew, with what was decided of it
    since. One that moves the day is looked at on its own day, by the records of the original's moment.
    """
    moved = []
    for draft in drafts:
        original = draft.replaces
        if original is None or original.known_at is None:
            _know_now(draft, people)
            continue
        draft.known_at, draft.person_facts = original.known_at, original.person_facts
        draft.categories = original.categories
        if (draft.settled_on, draft.coverage_year) != (original.settled_on, original.coverage_year):
            moved.append(draft)
    if moved:
        _know_as_then(moved, people)


def _know_now(draft: Claim, people: PersonFacts) -> None:
    person = people.on(
        draft.resident_id,
        day=draft.settled_on,
        coverage_year=draft.coverage_year,
        population=draft.person_facts["population"],
    )
    draft.person_facts, draft.categories = facts_kept(person), sorted(person.categories)
    draft.known_at = timezone.now()


def _know_as_then(drafts: Sequence[Claim], people: PersonFacts) -> None:
    """Look at the persons on the claims' own days, by the records of their moments; ten queries.

    Somebody who was not on record then, as after a merging, is looked at as of now.
    """
    records = claim_records(
        resident_ids={draft.resident_id for draft in drafts},
        years={draft.coverage_year for draft in drafts},
    )
    now = timezone.now()
    for draft in drafts:
        draft.recorded_at = now
        try:
            person = records.person(draft)
        except NotOnRecord:
            _know_now(draft, people)
            continue
        facts = facts_kept(person)
        for layer in draft.person_facts.get("later", {}):
            facts = with_later(facts, layer, records.brought_up_to_date(draft, layer, until=now))
        draft.person_facts, draft.categories = facts, sorted(person.categories)
