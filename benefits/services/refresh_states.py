"""Correct the states of a few people after their year's run, because a fact of the year came late."""

from collections.abc import Collection
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser

from benefits.batch.incentives import YearEnd
from benefits.models import IncentiveRevision, IncentiveRun, IncentiveState, RunState
from benefits.rules import incentives
from benefits.selectors.laws import Laws, rule_state
from benefits.selectors.year_facts import histories_of
from benefits.services.year_end_checks import expected_cap, expected_state
from benefits.services.year_end_effects import resettle_capped


def refresh_states(
    *, resident_ids: Collection[int], year: int, reason: str, user: AbstractBaseUser | None
) -> int:
    """Work out the states after `year` and every later year anew and return how many changed.

    By the scalar rule, year by year: a changed state moves the cap of the year after, claims that met that cap are
    settled anew, and what they then show counts for the next state. People without a state are left to the next run.
    Part of the caller's transaction.
    """
    rows = IncentiveState.objects.filter(resident_id__in=resident_ids, year__gte=year).order_by("year")
    states = list(rows.select_for_update())
    if not states:
        return 0
    runs = IncentiveRun.objects.select_related("area").filter(state=RunState.APPLIED)
    run_of = runs.in_bulk({row.run_id for row in states})
    before = {
        (row.resident_id, row.year): rule_state(row)
        for row in IncentiveState.objects.filter(resident_id__in=resident_ids, year=year - 1)
    }
    laws, changed = Laws(), 0
    for row in states:
        run = run_of.get(row.run_id)
        if run is not None and _corrected(row, _year_end(run, laws), before, reason=reason, user=user):
            changed += 1
            resettle_capped(
                area=run.area, year=row.year + 1, user=user, reason=reason, resident_ids=[row.resident_id]
            )
        before[row.resident_id, row.year] = rule_state(row)
    return changed


def _year_end(run: IncentiveRun, laws: Laws) -> YearEnd:
    policy = laws.of(run.area_id, run.year)
    critical = policy.data.critical_illness
    cap = None if critical is None or critical.cap is None else critical.cap.value
    return YearEnd(policy.incentives, run.year, run.area_id, cap)


def _corrected(
    row: IncentiveState,
    end: YearEnd,
    before: dict[tuple[int, int], incentives.IncentiveState],
    *,
    reason: str,
    user: AbstractBaseUser | None,
) -> bool:
    """Store the state the rule says where it is another one, and what it was; return whether it was."""
    histories = histories_of(resident_ids=[row.resident_id], section=end.section)
    state = expected_state(
        end, histories, row.resident_id, previous=before.get((row.resident_id, row.year - 1))
    )
    excluded = histories.of(row.resident_id, row.year).excluded
    was = _kept(row)
    for name, value in asdict(state).items():
        setattr(row, name, value)
    row.excluded, row.next_cap = excluded, expected_cap(end, state, excluded=excluded)
    if _kept(row) == was:
        return False
    row.save()
    IncentiveRevision.objects.create(
        resident_id=row.resident_id,
        year=row.year,
        before=was,
        after=_kept(row),
        reason=reason,
        changed_by_id=user.pk if user else None,
    )
    return True


def _kept(row: IncentiveState) -> dict[str, Any]:
    """Return what a correction may change, money as text."""
    cap = None if row.next_cap is None else str(row.next_cap.quantize(Decimal("0.01")))
    return asdict(rule_state(row)) | {"excluded": row.excluded, "next_cap": cap}
