"""What is on record about the people of a list, a chunk at a time, and whom a full list leaves out."""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from itertools import islice

from django.db.models import BigIntegerField, Q, QuerySet
from django.db.models.functions import Cast
from django.utils.dateparse import parse_date

from exchange.models import BatchMode, BatchStatus, InboundBatch, InboundRow
from hardship.models import Category, Recognition
from hardship.rules.list_comparison import Doing, Held
from hardship.rules.list_scope import Scope
from hardship.rules.listers import lister_of
from registry.models import Area, Resident
from registry.selectors import resident_ids_by_index

FETCHED_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class OnRecord:
    """A resident as a list is checked against.

    :param key: index of the number held now
    :param paths: of the areas of residence and of hukou
    """

    resident_id: int
    key: bytes
    name: str
    paths: tuple[str, str]
    born_on: datetime.date
    died_on: datetime.date | None

    @property
    def living_path(self) -> str:
        """Where the person lives."""
        return self.paths[0]


def categories_of(kind: str) -> frozenset[str]:
    """Return the categories a list of `kind` speaks for: those its sender recognises, or the one it registers."""
    lister = lister_of(kind)
    recognised = Category.objects.filter(issuer=lister.issuer)
    return lister.about(frozenset(recognised.values_list("code", flat=True)))


def categories_begun_by(agency: str, categories: Iterable[Category]) -> frozenset[str]:
    """Return which of the categories may begin by a list of an agency: its own, and what it passes on for others."""
    return frozenset(each.code for each in categories if agency in (each.issuer, *each.relayed_by))


def people_by_key(keys: Collection[bytes]) -> dict[bytes, OnRecord]:
    """Return residents by the blind index asked for, also by a number they gave up."""
    found = {person.key: person for person in _people(Resident.objects.filter(id_index__among=set(keys)))}
    former = resident_ids_by_index(set(keys) - found.keys())
    if former:
        by_id = {
            person.resident_id: person for person in _people(Resident.objects.filter(pk__in=former.values()))
        }
        found |= {key: by_id[pk] for key, pk in former.items()}
    return found


def held_by_people(resident_ids: Collection[int], *, same_day: Collection[int] = ()) -> dict[int, list[Held]]:
    """Return all recognitions of the residents, past ones too.

    :param same_day: keys of the lists whose statements the one at hand revises, as `same_day_lists`
    """
    held: defaultdict[int, list[Held]] = defaultdict(list)
    stood = _terms_before(resident_ids, batch_ids=same_day)
    rows = Recognition.objects.filter(resident_id__among=resident_ids).order_by("pk")
    for key, resident_id, category, valid_from, valid_to, attributes, batch_id in rows.values_list(
        "pk", "resident_id", "category_id", "valid_from", "valid_to", "attributes", "batch_id"
    ):
        one = Held(key, category, valid_from, valid_to, attributes, is_revised=batch_id in same_day)
        if key in stood:
            one = replace(one, stood=replace(one, valid_to=stood[key]))
        held[resident_id].append(one)
    return held


def held_of(record: Recognition, *, same_day: Collection[int]) -> Held:
    """Return a recognition as a list is compared with it."""
    return Held(
        record.pk,
        record.category_id,
        record.valid_from,
        record.valid_to,
        record.attributes,
        is_revised=record.batch_id in same_day,
    )


def same_day_lists(batch: InboundBatch) -> list[int]:
    """Return the lists of the kind in force before that speak of the same day for its area, or one above or below.

    The list at hand revises them: what only they say never was, and what only they ended never did.
    """
    before = _lists_in_force(kind=batch.kind, area=batch.area).filter(as_of=batch.as_of).exclude(pk=batch.pk)
    if batch.applied_at is not None:
        before = before.filter(applied_at__lt=batch.applied_at)
    return list(before.order_by("pk").values_list("pk", flat=True))


def _terms_before(
    resident_ids: Collection[int], *, batch_ids: Collection[int]
) -> dict[int, datetime.date | None]:
    """Return recognition → its term before one of the lists ended it; no query where there is no list."""
    if not batch_ids:
        return {}
    rows = InboundRow.objects.filter(
        batch__in=batch_ids, payload__changes__contains=[{"do": Doing.END.value}]
    ).annotate(resident_id=Cast("payload__resident", BigIntegerField()))
    found = rows.filter(resident_id__among=resident_ids).order_by("pk")
    return {
        change["recognition"]: parse_date(change["seen"][1] or "")
        for changes in found.values_list("payload__changes", flat=True)
        for change in changes
        if change["do"] == Doing.END
    }


def standing_recognitions(batch: InboundBatch, *, categories: AbstractSet[str]) -> QuerySet[Recognition]:
    """Return what a full list could speak about: recognitions of `categories` that stand on its day.

    Those of people who live or are registered in its area, unless a list of an area neither above nor below brought
    them. What begins on that day it leaves alone, unless a list of the same kind and day brought it.
    """
    area, as_of = batch.area, batch.as_of
    is_revised = Q(batch__in=same_day_lists(batch))
    lives_there = Q(resident__living_area__path__startswith=area.path)
    registered_there = Q(resident__hukou_area__path__startswith=area.path)
    related = (
        Q(batch__isnull=True)
        | Q(batch__area__path__startswith=area.path)
        | Q(batch__area__path__in=paths_down_to(area))
    )
    return Recognition.objects.filter(
        lives_there | registered_there,
        related,
        Q(valid_to__isnull=True) | Q(valid_to__gt=as_of) | is_revised,
        Q(valid_from__lt=as_of) | is_revised,
        category__in=categories,
    )


def in_scope(scope: Scope) -> Q:
    """Return the condition on recognitions that says what `Scope.covers` says."""
    spoken_of = Q(pk__in=[])
    for category, kinds in scope.kinds.items():
        one = Q(category=category)
        for name, values in kinds.items():
            says = Q(attributes__has_key=name)
            fits = Q(**{f"attributes__{name}__in": sorted(values, key=str)})
            one &= says & fits if len(values) == 1 else ~says | fits
        spoken_of |= one
    return spoken_of


def left_out(standing: QuerySet[Recognition], *, listed: AbstractSet[bytes]) -> Iterator[Recognition]:
    """Yield those of the recognitions whose holders are not among `listed`, each with its resident."""
    ordered = standing.order_by("resident_id", "pk")
    holders = ordered.values_list("pk", "resident__id_index").iterator(chunk_size=FETCHED_AT_ONCE)
    missing = (key for key, index in holders if bytes(index) not in listed)
    while part := list(islice(missing, FETCHED_AT_ONCE)):
        rows = Recognition.objects.filter(pk__among=part).select_related("resident")
        yield from rows.order_by("resident_id", "pk")


def full_lists_in_force(*, kind: str, area: Area) -> QuerySet[InboundBatch]:
    """Return the full lists of the kind in force for the area, one above or one below it."""
    return _lists_in_force(kind=kind, area=area).filter(mode=BatchMode.FULL)


def _lists_in_force(*, kind: str, area: Area) -> QuerySet[InboundBatch]:
    related = Q(area__path__in=paths_down_to(area)) | Q(area__path__startswith=area.path)
    return InboundBatch.objects.filter(related, kind=kind, status=BatchStatus.APPLIED)


def paths_down_to(area: Area) -> list[str]:
    """Return the paths from the province to the area itself."""
    codes = area.path.strip("/").split("/")
    return ["/".join(codes[:depth]) + "/" for depth in range(1, len(codes) + 1)]


def _people(residents: QuerySet[Resident]) -> Iterator[OnRecord]:
    rows = residents.values_list(
        "pk", "id_index", "name", "living_area__path", "hukou_area__path", "born_on", "died_on"
    )
    for pk, key, name, living, hukou, born_on, died_on in rows:
        yield OnRecord(pk, bytes(key), name, (living, hukou), born_on, died_on)
