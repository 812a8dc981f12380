"""What is on record about the people of a list, a chunk at a time, and whom a full list leaves out."""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from exchange.models import BatchMode, BatchStatus, InboundBatch
from hardship.models import Category, Recognition
from hardship.rules.list_comparison import Held
from hardship.rules.list_scope import Scope
from hardship.rules.listers import lister_of
from registry.models import Area, Resident
from registry.selectors import resident_ids_by_index

FETCHED_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class OnRecord:
    """A resident as a list is checked against; `key` is the index of the number held now."""

    resident_id: int
    key: bytes
    name: str
    paths: tuple[str, str]
    died_on: datetime.date | None


def categories_of(kind: str) -> frozenset[str]:
    """Return the categories a list of `kind` speaks for: those its sender recognises, or the one it registers."""
    lister = lister_of(kind)
    recognised = Category.objects.filter(issuer=lister.issuer)
    return lister.about(frozenset(recognised.values_list("code", flat=True)))


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


def held_by_people(resident_ids: Collection[int]) -> dict[int, list[Held]]:
    """Return all recognitions of the residents, past ones too."""
    held: defaultdict[int, list[Held]] = defaultdict(list)
    rows = Recognition.objects.filter(resident_id__among=resident_ids).order_by("pk")
    for resident_id, *values in rows.values_list(
        "resident_id", "pk", "category_id", "valid_from", "valid_to", "attributes"
    ):
        held[resident_id].append(Held(*values))
    return held


def standing_recognitions(
    *, area: Area, categories: AbstractSet[str], as_of: datetime.date
) -> QuerySet[Recognition]:
    """Return what a full list of `area` could speak about: recognitions of `categories` that stand on `as_of`.

    Those of people who live or are registered there, unless a list of an area neither above nor below brought them.
    """
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
        Q(valid_to__isnull=True) | Q(valid_to__gt=as_of),
        category__in=categories,
        valid_from__lt=as_of,
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
    rows = standing.select_related("resident").order_by("resident_id", "pk")
    for row in rows.iterator(chunk_size=FETCHED_AT_ONCE):
        if bytes(row.resident.id_index) not in listed:
            yield row


def newer_full_list(*, kind: str, area: Area, as_of: datetime.date) -> InboundBatch | None:
    """Return an applied full list of the kind that speaks of a later day, for the area, one above or one below it."""
    return (
        InboundBatch.objects.filter(
            Q(area__path__in=paths_down_to(area)) | Q(area__path__startswith=area.path),
            kind=kind,
            mode=BatchMode.FULL,
            status=BatchStatus.APPLIED,
            as_of__gt=as_of,
        )
        .order_by("-as_of")
        .first()
    )


def paths_down_to(area: Area) -> list[str]:
    """Return the paths from the province to the area itself."""
    codes = area.path.strip("/").split("/")
    return ["/".join(codes[:depth]) + "/" for depth in range(1, len(codes) + 1)]


def _people(residents: QuerySet[Resident]) -> Iterator[OnRecord]:
    rows = residents.values_list("pk", "id_index", "name", "living_area__path", "hukou_area__path", "died_on")
    for pk, key, name, living, hukou, died_on in rows:
        yield OnRecord(pk, bytes(key), name, (living, hukou), died_on)
