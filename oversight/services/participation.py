"""Keep the participation of a pooling area as of a day (参保率月度留存)."""

import datetime
from collections import defaultdict

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from enrollment.rules.standing import Standing
from enrollment.selectors.standings import Task, counted_by_place
from oversight.models import ParticipationCount
from oversight.selectors.participation import Figures, add_to, new_groups
from registry.batch.history import delete_with_history, rewrite_with_history, write_with_history
from registry.models import Area, AreaLevel

REASON = "count participation"
COUNTS = tuple(each.value for each in Standing)


@transaction.atomic
def keep_participation(*, task: Task, user: AbstractBaseUser | None = None) -> int:
    """Keep the counts of every town below the task's area as of its day; return how many rows there are.

    Done again for the same day it corrects what is kept, with history, and adds nothing twice.
    """
    Area.objects.select_for_update(of=("self",)).get(pk=task.area.pk)  # two at once keep one
    at = timezone.now()
    new = {
        (row.area_id, row.group): row
        for place, groups in _by_town(task).items()
        for row in _rows(task, place, groups, at)
    }
    kept = ParticipationCount.objects.filter(
        area__path__startswith=task.area.path, coverage_year=task.coverage_year, day=task.day
    )
    known = {(row.area_id, row.group): row for row in kept}
    gone = [row.pk for key, row in known.items() if key not in new]
    delete_with_history(ParticipationCount.objects.filter(pk__in=gone), reason=REASON, user=user)
    changed = [_moved(row, new[key]) for key, row in known.items() if _differs(row, new.get(key))]
    rewrite_with_history(changed, fields=(*COUNTS, "counted_at"), reason=REASON, user=user)
    write_with_history((row for key, row in new.items() if key not in known), reason=REASON, user=user)
    return len(new)


def _by_town(task: Task) -> dict[int, dict[str, Figures]]:
    """Return the figures by the key of the town, or of the area above towns that people are known to live in."""
    below = Area.objects.filter(path__startswith=task.area.path)
    towns = {
        pk: parent if level == AreaLevel.VILLAGE and parent is not None else pk
        for pk, level, parent in below.values_list("pk", "level", "parent")
    }
    found: defaultdict[int, dict[str, Figures]] = defaultdict(new_groups)
    for counted in counted_by_place(task):
        add_to(found[towns[counted.place]], counted)
    return found


def _rows(
    task: Task, place: int, groups: dict[str, Figures], at: datetime.datetime
) -> list[ParticipationCount]:
    return [
        ParticipationCount(
            area_id=place,
            coverage_year=task.coverage_year,
            day=task.day,
            group=group,
            counted_at=at,
            **figures.by_standing,
        )
        for group, figures in groups.items()
    ]


def _differs(kept: ParticipationCount, new: ParticipationCount | None) -> bool:
    return new is not None and any(getattr(kept, name) != getattr(new, name) for name in COUNTS)


def _moved(kept: ParticipationCount, new: ParticipationCount) -> ParticipationCount:
    for name in (*COUNTS, "counted_at"):
        setattr(kept, name, getattr(new, name))
    return kept
