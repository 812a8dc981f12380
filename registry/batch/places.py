"""Where residents lived, were registered and went to school on a day, as is known now or was known at a moment."""

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from registry.batch.chronicles import chronicle
from registry.models import Resident
from registry.rules.places import DatedPlaces, Places, dated

PLACES = (
    "living_area_id", "living_area__path", "pooling_area_id", "pooling_area__path", "living_since",
    "hukou_area_id", "hukou_area__path", "hukou_since", "school_id", "school_since",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stay:
    """Somebody who belonged to a pooling area on a day, wherever they lived that day or live now."""

    resident_id: int
    pooling_area_id: int
    day: datetime.date


def places_on(
    *, residents: Collection[int], day: datetime.date, known_at: datetime.datetime | None = None
) -> dict[int, Places]:
    """Return the places of the residents on `day`, in two queries however many they are; one if nobody moved since.

    :param known_at: as the records stood at that moment; null = as they stand now. Who was not registered is missing
    """
    if known_at is not None:
        found = dated_places(residents, until=known_at)
        return {pk: places.on(day) for pk, places in found.items()}
    now = places_now(residents) if residents else {}
    since = {pk for pk, places in now.items() if any(each and each > day for each in _begun(places))}
    moved = dated_places(since) if since else {}
    return {pk: moved[pk].on(day) if pk in moved else places for pk, places in now.items()}


def dated_places(
    residents: Collection[int], *, until: datetime.datetime | None = None
) -> dict[int, DatedPlaces]:
    """Return all places of the residents with their days, in one query.

    :param until: nothing recorded later is read; null = all
    """
    told = chronicle(Resident, PLACES, owners=residents, owner="id", until=until)
    return {pk: dated(Places(*each.row) for each in told.of(pk)) for pk in residents if told.of(pk)}


def living_areas_of(stays: Collection[Stay], *, until: datetime.datetime | None = None) -> dict[Stay, int]:
    """Return where in the pooling area of each stay the person lived on its day, in one query.

    Only what was said of places in that area counts: of whoever had left it by then the last place there, of whoever
    never lived there the pooling area itself.

    :param until: nothing recorded later is read; null = all
    """
    if not stays:
        return {}
    told = chronicle(Resident, PLACES, owners={each.resident_id for each in stays}, owner="id", until=until)
    found = {}
    for stay in stays:
        said = (Places(*each.row) for each in told.of(stay.resident_id))
        here = [each for each in said if each.pooling_area_id == stay.pooling_area_id]
        found[stay] = dated(here).on(stay.day).living_area_id if here else stay.pooling_area_id
    return found


def places_now(residents: Collection[int]) -> dict[int, Places]:
    """Return where the residents are by what was said last, in one query."""
    rows = Resident.objects.filter(pk__among=residents).values_list("pk", *PLACES)
    return {pk: Places(*places) for pk, *places in rows}


def with_days(now: Mapping[int, Places]) -> dict[int, DatedPlaces]:
    """Return the dated places of people of whom `now` is known, in one query; none if no place has its day.

    Where the present place has no known beginning it holds on every day, and the history need not be read. Those who
    live, are registered and learn alike share one object.
    """
    always = {places: dated([places]) for places in set(now.values())}
    begun = {places for places in always if any(_begun(places))}
    moved = dated_places([pk for pk, places in now.items() if places in begun]) if begun else {}
    return {pk: moved.get(pk) or always[places] for pk, places in now.items()}


def _begun(places: Places) -> tuple[datetime.date | None, ...]:
    return places.living_since, places.hukou_since, places.school_since
