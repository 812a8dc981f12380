"""Reads of outreach: what a work list says of people beside where they stand."""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from enrollment.models import Contact, OutreachAssignment, UninsuredReason
from enrollment.selectors.standings import Stands, Task
from hardship.models import Recognition
from registry.models import Area, Resident, StaffScope
from registry.selectors import area_chain


@dataclass(frozen=True, slots=True)
class Looked:
    """A person of a work list.

    :param reason: the one that stands; `contacts`: how many, `last_contact`: the latest; null = none
    :param identities: names of the hardship identities held on the day
    """

    person: Resident
    stands: Stands
    reason: UninsuredReason | None
    contacts: int
    last_contact: Contact | None
    assignee: User | None
    identities: tuple[str, ...]


def looked_up(task: Task, stands: Sequence[Stands]) -> list[Looked]:
    """Return what the list says of each, in order; five queries, however many people."""
    keys = [each.resident_id for each in stands]
    people = Resident.objects.select_related("living_area__parent").in_bulk(keys)
    reasons = UninsuredReason.objects.filter(
        Q(ended_on=None) | Q(ended_on__gt=task.day),
        resident__among=keys,
        coverage_year=task.coverage_year,
        stated_on__lte=task.day,
    )
    reason_of = {row.resident_id: row for row in reasons}
    contacts: defaultdict[int, list[Contact]] = defaultdict(list)
    spoken = Contact.objects.filter(resident__among=keys, coverage_year=task.coverage_year)
    for contact in spoken.order_by("-contacted_on", "-pk"):
        contacts[contact.resident_id].append(contact)
    given = OutreachAssignment.objects.filter(resident__among=keys, coverage_year=task.coverage_year)
    assignees = {row.resident_id: row.assignee for row in given.select_related("assignee")}
    identities = _identities(task, keys)
    return [
        Looked(
            person=people[each.resident_id],
            stands=each,
            reason=reason_of.get(each.resident_id),
            contacts=len(contacts[each.resident_id]),
            last_contact=next(iter(contacts[each.resident_id]), None),
            assignee=assignees.get(each.resident_id),
            identities=tuple(identities.get(each.resident_id, ())),
        )
        for each in stands
    ]


def looked_up_in_parts(task: Task, stands: Sequence[Stands], *, size: int) -> Iterator[Looked]:
    """Yield the same for a list of any length, `size` people at a time."""
    for start in range(0, len(stands), size):
        yield from looked_up(task, stands[start : start + size])


def colleagues_for(area: Area) -> QuerySet[User]:
    """Return who works for an area: with a role there, above or below."""
    scopes = StaffScope.objects.filter(
        Q(area__code__in=area_chain(area)) | Q(area__path__startswith=area.path)
    )
    return User.objects.filter(is_active=True, pk__in=scopes.values("user")).order_by("username")


def days_left(task: Task, today: datetime.date) -> int | None:
    """Return how many days the window that is open today has left, today included; null = none is open."""
    is_open = next((window for window in task.windows if today in window.days), None)
    return None if is_open is None else (is_open.days.last - today).days + 1


def _identities(task: Task, keys: Collection[int]) -> dict[int, list[str]]:
    held = Recognition.objects.filter(
        Q(valid_to=None) | Q(valid_to__gt=task.day), resident__among=keys, valid_from__lte=task.day
    )
    found: defaultdict[int, list[str]] = defaultdict(list)
    for resident, label in held.order_by("category").values_list("resident_id", "category__label"):
        found[resident].append(label)
    return found
