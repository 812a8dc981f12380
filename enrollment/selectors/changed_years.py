"""Whose insured years were written about: contributions, registrations, cover elsewhere, by the earliest year."""

import datetime
from collections.abc import Iterator
from typing import Any

from django.db.models import Max, Min, Q
from django.utils import timezone

from enrollment.models import ContributionPeriod, Enrollment
from registry.models import InsuredSpell

Moment = datetime.datetime


def insured_years_changed(*, since: Moment, until: Moment, last: int) -> dict[int, tuple[int, Moment]]:
    """Return resident → the earliest year up to `last` written about in `[since, until)`, and when that was last.

    A payment, reversal, refund, registration or withdrawal is about its coverage year; cover elsewhere about the year
    it ever began in and what follows. Three queries, each over what was written then.
    """
    found: dict[int, tuple[int, Moment]] = {}
    for resident_id, year, at in _written(since, until, last):
        known_year, known_at = found.get(resident_id, (year, at))
        found[resident_id] = min(known_year, year), max(known_at, at)
    return found


def cover_changed_between(*, since: Moment, until: Moment) -> set[int]:
    """Return the residents whose cover elsewhere became another in `[since, until)`.

    That is: a spell was recorded, changed or struck out in that time, or one recorded before begins or ends on a day
    that dawned in it.
    """
    recorded = InsuredSpell.history.filter(history_date__gte=since, history_date__lt=until)
    first, last = timezone.localdate(since), timezone.localdate(until)
    dawned = Q(starts_on__gt=first, starts_on__lte=last) | Q(ends_on__gt=first, ends_on__lte=last)
    by_day = InsuredSpell.objects.filter(dawned)
    return {
        resident for rows in (recorded, by_day) for resident in rows.values_list("resident_id", flat=True)
    }


def _written(since: Moment, until: Moment, last: int) -> Iterator[tuple[int, int, Moment]]:
    recorded = {"history_date__gte": since, "history_date__lt": until}
    for history in (ContributionPeriod.history, Enrollment.history):
        rows = history.filter(**recorded, coverage_year__lte=last)
        yield from _by_resident(rows, Min("coverage_year"))
    spells = InsuredSpell.history.filter(**recorded).values("id")
    rows = InsuredSpell.history.filter(id__in=spells, history_date__lt=until)
    for resident_id, began, at in _by_resident(rows, Min("starts_on")):
        if began.year <= last:
            yield resident_id, began.year, at


def _by_resident(rows: Any, first: Min) -> Any:
    return rows.order_by().values_list("resident_id").annotate(first=first, at=Max("history_date"))
