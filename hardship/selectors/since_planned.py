"""Whether what a plan rests on still stands: rows planned as unchanged, held or left out rest on it too."""

import datetime
from collections.abc import Mapping
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject

from exchange.models import InboundBatch, InboundRow
from hardship.models import Recognition
from hardship.rules.identity_names import Meaning, understood
from hardship.selectors.later_dated import later_statements
from hardship.selectors.list_scope import may_end, scope_of_list
from hardship.selectors.listed import categories_of, in_scope, standing_recognitions
from hardship.selectors.listed_elsewhere import listed_elsewhere_since
from hardship.selectors.names import known_names, known_names_at, names_changed_since, names_said
from hardship.selectors.resting import rests_on_lists_undone
from registry.models import Resident

# What a comparison reads of a person.
STATE = JSONObject(
    key="id_index",
    name="name",
    born_on="born_on",
    died_on="died_on",
    living="living_area_id",
    hukou="hukou_area_id",
)


def changed_since_planned(batch: InboundBatch) -> bool:
    """Return whether a list would be planned otherwise now; six queries where nothing came since, else more.

    Asks of the people in its rows and of those it could end: whether an identity it speaks of was recorded, changed or
    struck out, and whether they died, moved, or have another number or name; whether another list in force says by
    now what this one would end; whether a list was taken back without which a row might have come out otherwise; and
    whether a name it uses has lost the meaning it had.
    """
    since = batch.planned_at or batch.created_at
    if _outdone(batch, since) or listed_elsewhere_since(batch, since=since) or rests_on_lists_undone(batch):
        return True
    if _meant_otherwise(batch, since):
        return True
    identities = Recognition.history.filter(history_date__gt=since)
    people = Resident.history.filter(history_date__gt=since)
    if not identities.exists() and not people.exists():
        return False
    keys = InboundRow.objects.filter(batch=batch, key__isnull=False).values("key")
    known = known_names()
    could_end = _could_end(batch, known)
    listed = Resident.objects.filter(id_index__in=keys)
    of_the_list = Q(resident__in=listed.values("pk"), category__in=_categories(batch, known))
    if identities.filter(of_the_list | Q(id__in=could_end.values("pk"))).exists():
        return True
    concerned = Q(pk__in=_ever_listed(batch)) | Q(pk__in=could_end.values("resident"))
    return _otherwise(since).filter(concerned, pk__in=people.values("id")).exists()


def people_changed_since_planned(batch: InboundBatch) -> bool:
    """Return whether somebody in a list's rows died, moved, or has another number or name since it was planned."""
    since = batch.planned_at or batch.created_at
    people = Resident.history.filter(history_date__gt=since)
    if not people.exists():
        return False
    return _otherwise(since).filter(pk__in=_ever_listed(batch)).filter(pk__in=people.values("id")).exists()


def _ever_listed(batch: InboundBatch) -> QuerySet[Any]:
    """Return the keys of residents who hold, or ever held, a number in the rows."""
    keys = InboundRow.objects.filter(batch=batch, key__isnull=False).values("key")
    ever_listed: QuerySet[Any] = Resident.history.filter(id_index__in=keys)
    return ever_listed.values("id")


def _outdone(batch: InboundBatch, since: datetime.datetime) -> bool:
    """Return whether a list of a later day, about categories the list names, was put in force meanwhile."""
    newer = list(later_statements(batch).filter(applied_at__gt=since))
    if not newer:
        return False
    known = known_names()
    ours = _categories(batch, known)
    return any(not ours.isdisjoint(_categories(each, known)) for each in newer)


def _meant_otherwise(batch: InboundBatch, since: datetime.datetime) -> bool:
    """Return whether a name the list uses meant something then that it does not mean now; one unknown then waits."""
    if not names_changed_since(since):
        return False
    now, then = known_names(), known_names_at(since)
    meanings = [(understood(name, then), understood(name, now)) for name, *_ in names_said([batch.pk])]
    return any(was is not None and was != now_is for was, now_is in meanings)


def _could_end(batch: InboundBatch, known: Mapping[str, Meaning]) -> QuerySet[Recognition]:
    scope = scope_of_list(batch, known=known)
    return standing_recognitions(batch, categories=may_end(batch)).filter(in_scope(scope))


def _categories(batch: InboundBatch, known: Mapping[str, Meaning]) -> frozenset[str]:
    """Return the categories the list answers for, and those of others that it names."""
    meanings = [understood(name, known) for name, *_ in names_said([batch.pk])]
    named = {category for each in meanings if each for category in (each.category, *each.also)}
    return categories_of(batch.kind.partition(".")[2]) | named


def _otherwise(since: datetime.datetime) -> QuerySet[Resident]:
    """Return the people who are not as they were at a moment, or were not registered then."""
    then = Resident.history.filter(id=OuterRef("pk"), history_date__lte=since).order_by("-history_id")
    was = Subquery(then.annotate(state=STATE).values("state")[:1])
    return Resident.objects.annotate(now=STATE, was=was).filter(Q(was__isnull=True) | ~Q(now=F("was")))
