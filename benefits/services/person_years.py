"""The years of people that a settlement writes to: locked, read from a place on, reckoned anew, saved."""

import datetime
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.contrib.auth.base_user import AbstractBaseUser

from benefits.models import Accumulator, Claim, ClaimState
from benefits.selectors.laws import Laws, states_after
from benefits.services.adjustments import Paid, keep_adjustments, paid_of
from benefits.services.reckon import RECKONED, YearLaw, in_date_order, reckon
from benefits.services.running_totals import (
    ACCUMULATED,
    RunningTotals,
    no_totals,
    put_on_row,
    totals_from,
    totals_of_row,
)
from registry.batch.asked_again import DAY, KEYS, YEARS, AskedAgain
from registry.batch.copying import copy_rows
from registry.batch.history import rewrite_with_history
from registry.batch.rewriting import rewrite_rows

Key = tuple[int, int]  # resident, coverage year
Place = tuple[datetime.date, str]  # day of discharge, number: where a claim stands in its year

LOCKED = AskedAgain(
    lambda people, years: (
        Accumulator.objects.select_for_update(of=("self",))
        .filter(resident__among=people, coverage_year__among=years)
        .order_by("resident_id", "coverage_year")
    ),
    people=KEYS,
    years=YEARS,
)
STANDING = AskedAgain(
    lambda people, years, day: (
        Claim.objects.filter(
            resident__among=people,
            coverage_year__among=years,
            state=ClaimState.SETTLED,
            discharged_on__gte=day,
        )
        .select_related("facility")
        .defer("trace", "categories")
    ),
    people=KEYS,
    years=YEARS,
    day=DAY,
)


@dataclass
class PersonYear:
    """One person's year while it is being changed.

    :param start: totals before the first place that changes
    :param settled: the claims that stand from there on, in date order
    :param is_new: its row is not stored yet
    :param paid: what each of them paid when it was read, by claim
    """

    row: Accumulator
    is_new: bool = False
    start: RunningTotals = field(default_factory=no_totals)
    settled: list[Claim] = field(default_factory=list)
    paid: dict[int, Paid] = field(default_factory=dict)


def key_of(claim: Claim) -> Key:
    """Return the person-year the claim belongs to."""
    return claim.resident_id, claim.coverage_year


def _people(keys: Iterable[Key]) -> list[int]:
    return sorted({resident for resident, _ in keys})


def _years(keys: Iterable[Key]) -> list[int]:
    return sorted({year for _, year in keys})


def place_of(claim: Claim) -> Place:
    """Return where the claim stands in its year."""
    return claim.discharged_on, claim.number


def locked_years(area_of: Mapping[Key, int]) -> dict[Key, PersonYear]:
    """Return the person-years, locked until the transaction ends, new ones unsaved; one query.

    Whoever calls holds the people, so that nobody else makes one of them meanwhile. Rows are locked in the order of
    their keys, so that two settlements never wait for each other.

    :param area_of: the pooling area by person-year, in which a new one is booked
    """
    asked = LOCKED(people=_people(area_of), years=_years(area_of))
    rows = {(row.resident_id, row.coverage_year): row for row in asked}
    return {key: _person_year(key, area_of[key], rows.get(key)) for key in sorted(area_of)}


def _person_year(key: Key, area_id: int, row: Accumulator | None) -> PersonYear:
    if row is not None:
        return PersonYear(row)
    resident_id, year = key
    new = Accumulator(resident_id=resident_id, coverage_year=year, pooling_area_id=area_id)
    return PersonYear(new, is_new=True)


def read_from(years: Mapping[Key, PersonYear], *, places: Mapping[Key, Place]) -> None:
    """Read into locked person-years what stands from their places on, and the totals before; one query."""
    if not places:
        return
    first_day = min(day for day, _ in places.values())
    for claim in STANDING(people=_people(places), years=_years(places), day=first_day):
        key = (claim.resident_id, claim.coverage_year)
        if key in places and place_of(claim) >= places[key]:
            years[key].settled.append(claim)
            years[key].paid[claim.pk] = paid_of(claim)
    for key in places:
        year = years[key]
        year.settled = in_date_order(year.settled)
        first = year.settled[0] if year.settled else None
        year.start = totals_of_row(year.row) if first is None else totals_from(first.totals_before)


def reckon_years(
    years: Mapping[Key, PersonYear], *, added: Mapping[Key, Collection[Claim]], laws: Laws
) -> None:
    """Settle what stands in each year together with the claims added, all unsaved; one query."""
    previous = states_after(
        resident_ids={resident for resident, _ in years}, years={year - 1 for _, year in years}
    )
    for (resident, year), person_year in years.items():
        law = YearLaw(laws, year, previous.get((resident, year - 1)))
        claims = in_date_order([*person_year.settled, *added.get((resident, year), ())])
        put_on_row(person_year.row, reckon(claims, start=person_year.start, law=law))


def save_years(
    years: Iterable[PersonYear],
    *,
    reason: str,
    user: AbstractBaseUser | None,
    fields: Sequence[str] = RECKONED,
) -> list[int]:
    """Store totals and the figures of standing claims where they differ, with history; return the claims changed.

    What is to be paid on top or recovered because of it is kept as adjustments.

    :param fields: of the claims
    """
    rows = list(years)
    standing = [claim for year in rows for claim in year.settled]
    changed = rewrite_with_history(standing, fields=fields, reason=reason, user=user) if standing else []
    if changed:
        told = set(changed)
        before = {pk: paid for year in rows for pk, paid in year.paid.items()}
        moved = [(claim, before[claim.pk]) for claim in standing if claim.pk in told]
        keep_adjustments(moved, reason=reason, user=user)
    if len(rows) == 1:
        rows[0].row.save(update_fields=None if rows[0].is_new else ACCUMULATED)
    else:
        copy_rows([year.row for year in rows if year.is_new])
        rewrite_rows([year.row for year in rows if not year.is_new], fields=ACCUMULATED)
    return [int(key) for key in changed]
