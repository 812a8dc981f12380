"""Identities held on a day (when it was true), as known at a moment (when we knew)."""

import datetime
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Max, Q
from django.utils import timezone

from hardship.models import Recognition
from policy.conditions import Identity
from registry.batch.chronicles import standing
from registry.batch.collecting import collector_at_rest

FIELDS = ("category_id", "valid_from", "valid_to", "attributes")


@dataclass(frozen=True, slots=True)
class Spell:
    """A recognition as it stands, or stood, in the records; `[valid_from, valid_to)`, null = still."""

    category: str
    valid_from: datetime.date
    valid_to: datetime.date | None
    attributes: Mapping[str, Any] = field(default_factory=dict)

    def covers(self, day: datetime.date) -> bool:
        """Return whether the identity is held on `day`."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@collector_at_rest()
def categories_on(
    *, resident_ids: Collection[int], day: datetime.date, known_at: datetime.datetime | None = None
) -> dict[int, tuple[Identity, ...]]:
    """Return the identities each resident holds on `day`, by category code; residents without any have none.

    People of whom the same is on record share the answer.

    :param known_at: as the records stood at that moment; null = as they stand now
    """
    held: dict[int, tuple[Identity, ...]] = dict.fromkeys(resident_ids, ())
    answers: dict[int, tuple[Identity, ...]] = {}
    spells = spells_of(resident_ids=resident_ids, known_at=known_at)
    for pk, own in spells.items():
        answer = answers.get(id(own))
        if answer is None:
            answer = answers[id(own)] = held_on(own, day)
        held[pk] = answer
    return held


def held_by(resident_id: int, *, day: datetime.date) -> frozenset[str]:
    """Return the categories one resident holds on `day`."""
    identities = categories_on(resident_ids=[resident_id], day=day)[resident_id]
    return frozenset(identity.category for identity in identities)


def held_on(spells: Collection[Spell], day: datetime.date) -> tuple[Identity, ...]:
    """Return the identities among one person's spells held on `day`, by category code.

    `since` is the first day of the unbroken time up to `day`: a level or a risk that changed in between does not
    begin it anew.
    """
    if len(spells) == 1:
        (only,) = spells
        if not only.covers(day):
            return ()
        return (Identity(only.category, only.valid_from, dict(only.attributes)),)
    by_category: defaultdict[str, list[Spell]] = defaultdict(list)
    for spell in spells:
        by_category[spell.category].append(spell)
    found = []
    for category in sorted(by_category):
        own = sorted(by_category[category], key=lambda spell: spell.valid_from)
        current = next((spell for spell in own if spell.covers(day)), None)
        if current is not None:
            found.append(Identity(category, _since(own, current), dict(current.attributes)))
    return tuple(found)


def _since(spells: Sequence[Spell], current: Spell) -> datetime.date:
    since = current.valid_from
    for spell in reversed(spells):
        if spell.valid_to == since:
            since = spell.valid_from
    return since


def spells_of(
    *, resident_ids: Collection[int], known_at: datetime.datetime | None = None
) -> dict[int, tuple[Spell, ...]]:
    """Return all recognitions of the residents, past ones too, in one query.

    A spell of the same days and attributes is one object whoever holds it, and so is the tuple of those who have no
    other: a million people come in a few different rows.
    """
    spells: dict[int, tuple[Spell, ...]] = {}
    for row, holders in standing(Recognition, FIELDS, owners=resident_ids, moment=known_at):
        only = (Spell(*row),)
        for pk in holders:
            before = spells.get(pk)
            spells[pk] = only if before is None else before + only
    return spells


def last_recorded(*, resident_ids: Collection[int]) -> dict[tuple[int, str], datetime.datetime]:
    """Return (resident, category) → when what stands of it was last recorded or corrected, in one query."""
    rows = (
        Recognition.history.filter(resident_id__in=resident_ids, id__in=Recognition.objects.values("pk"))
        .order_by()
        .values_list("resident_id", "category_id")
        .annotate(last=Max("history_date"))
    )
    return {(resident_id, category): last for resident_id, category, last in rows}


def changed_between(*, since: datetime.datetime, until: datetime.datetime) -> set[int]:
    """Return the residents whose identities became others in `[since, until)`.

    That is: a recognition was recorded, changed or struck out in that time, or one recorded before begins or ends on
    a day that dawned in it. Upper apps ask with overlapping times, since a long import appears when it commits.
    """
    recorded = Recognition.history.filter(history_date__gte=since, history_date__lt=until)
    first, last = timezone.localdate(since), timezone.localdate(until)
    dawned = Q(valid_from__gt=first, valid_from__lte=last) | Q(valid_to__gt=first, valid_to__lte=last)
    by_day = Recognition.objects.filter(dawned)
    return set(recorded.values_list("resident_id", flat=True).order_by().distinct()) | set(
        by_day.values_list("resident_id", flat=True).order_by().distinct()
    )
