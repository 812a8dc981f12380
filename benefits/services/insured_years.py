"""Follow paid years into incentives: a year closed already was paid late, or its payment taken back."""

import datetime
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import Max

from benefits.models import IncentiveRun, IncentiveState
from benefits.services.closing_lock import hold_off_closing
from benefits.services.refresh_states import refresh_states
from enrollment.selectors import insured_years_changed
from registry.services import lock_residents

CHUNK = 2_000
REASON = "补缴、冲正、退费或参保登记有变动，重新核算激励"
Changed = Mapping[int, tuple[int, datetime.datetime]]  # resident → first year, when it was last written about


def follow_insured_years(
    *, since: datetime.datetime, until: datetime.datetime, user: AbstractBaseUser | None = None
) -> Counter[str]:
    """Correct the incentives of people whose closed years were written about in `[since, until)`.

    A year paid late, a payment reversed or refunded, a registration withdrawn, employee cover reported late: what the
    states after these years rest on. States worked out since know it already. Doing it twice is harmless.

    :returns: `insured_years`: people whose states were worked out anew; `states_corrected`: states that changed
    """
    counts: Counter[str] = Counter()
    last = IncentiveRun.objects.aggregate(last=Max("year"))["last"]
    if last is None:
        return counts
    changed = insured_years_changed(since=since, until=until, last=last)
    people = sorted(changed)
    for start in range(0, len(people), CHUNK):
        with transaction.atomic():
            counts.update(_follow(people[start : start + CHUNK], changed, user))
    return counts


def _follow(people: Sequence[int], changed: Changed, user: AbstractBaseUser | None) -> Counter[str]:
    hold_off_closing()
    lock_residents(people)
    by_year = _stale(people, changed)
    corrected = sum(
        refresh_states(resident_ids=of_year, year=year, reason=REASON, user=user)
        for year, of_year in sorted(by_year.items())
    )
    return Counter(insured_years=sum(map(len, by_year.values())), states_corrected=corrected)


def _stale(people: Sequence[int], changed: Changed) -> dict[int, list[int]]:
    """Return by first year those of the people with a state that was worked out before the year was written about."""
    states = IncentiveState.objects.filter(resident_id__in=people).order_by("resident_id", "year")
    found: defaultdict[int, list[int]] = defaultdict(list)
    seen: set[int] = set()
    for resident_id, year, decided_at in states.values_list("resident_id", "year", "decided_at"):
        first, at = changed[resident_id]
        if resident_id in seen or year < first or (decided_at is not None and decided_at > at):
            continue
        seen.add(resident_id)
        found[first].append(resident_id)
    return found
