"""Correct the states of people after their year's run, because a fact of the year came late."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser

from benefits.batch.incentives import YearEnd
from benefits.models import IncentiveRevision, IncentiveRun, IncentiveState
from benefits.rules import incentives
from benefits.selectors.laws import Laws, rule_state
from benefits.selectors.near_limits import people_near_limits
from benefits.selectors.year_facts import histories_of
from benefits.services.resettle import resettle_year
from benefits.services.state_records import kept_row
from benefits.services.year_end_checks import expected_cap, expected_state
from policy.policy import Policy
from registry.batch.asked_again import KEYS, YEAR, AskedAgain
from registry.batch.copying import copy_rows

CORRECTED = (
    "ever_insured", "excluded", "continuous_years", "continuous_steps", "zero_claim_steps", "zero_claim_pending",
    "lapsed_years", "next_cap",
)  # fmt: skip
STATES_SINCE = AskedAgain(
    lambda people, year: (
        IncentiveState.objects.filter(resident_id__among=people, year__gte=year)
        .order_by("year", "resident_id")
        .select_for_update()
    ),
    people=KEYS,
    year=YEAR,
)


@dataclass
class _Refresh:
    """What one call shares.

    :ivar before: the states after the year before the one at work, by person
    :ivar cause: the run that brings the corrections about; null = a fact that came by itself
    """

    reason: str
    user: AbstractBaseUser | None
    cause: IncentiveRun | None
    runs: dict[int, IncentiveRun]
    before: dict[int, incentives.IncentiveState]
    laws: Laws = field(default_factory=Laws)


def refresh_states(
    *,
    resident_ids: Collection[int],
    year: int,
    reason: str,
    user: AbstractBaseUser | None,
    run: IncentiveRun | None = None,
) -> int:
    """Work out the states after `year` and every later year anew and return how many changed.

    By the scalar rule, year by year: a changed state moves the limits of the year after, claims that met them are
    settled anew, and what they then show counts for the next state. People without a state are left to the next run;
    so is a proposal, which stays as it was shown: who is outdated in it is corrected once it is in force. Queries
    grow with the years and runs, not with the people, but for claims that met a cap. Part of the caller's
    transaction.

    :param run: that brings the corrections about; null = a fact that came by itself
    """
    states = STATES_SINCE(people=list(resident_ids), year=year)
    if not states:
        return 0
    runs = IncentiveRun.objects.select_related("area")
    before = IncentiveState.objects.filter(resident_id__in=resident_ids, year=year - 1)
    refresh = _Refresh(
        reason,
        user,
        run,
        runs.in_bulk({row.run_id for row in states}),
        {row.resident_id: rule_state(row) for row in before},
    )
    by_year: defaultdict[int, list[IncentiveState]] = defaultdict(list)
    for row in states:
        by_year[row.year].append(row)
    return sum(_refresh_year(by_year[each], refresh) for each in sorted(by_year))


def _refresh_year(rows: Sequence[IncentiveState], refresh: _Refresh) -> int:
    """Correct the states of one year and what stands on them in the next; return how many changed."""
    by_run: defaultdict[int, list[IncentiveState]] = defaultdict(list)
    for row in rows:
        if row.run_id in refresh.runs:
            by_run[row.run_id].append(row)
    changed = 0
    for run_id, of_run in by_run.items():
        run = refresh.runs[run_id]
        corrected = _corrected(of_run, refresh.laws.of(run.area_id, run.year), refresh)
        changed += len(corrected)
        near = people_near_limits(area=run.area, year=run.year + 1).filter(resident__in=corrected)
        for resident_id in sorted(near.values_list("resident_id", flat=True)) if corrected else ():
            resettle_year(
                resident_id=resident_id,
                coverage_year=run.year + 1,
                user=refresh.user,
                reason=refresh.reason,
            )
    refresh.before |= {row.resident_id: rule_state(row) for row in rows}
    return changed


def _corrected(rows: Sequence[IncentiveState], policy: Policy, refresh: _Refresh) -> list[int]:
    """Store the states the rule says where they are other ones, and what they were; return whose they are."""
    known = {row.resident_id: row for row in rows}
    run = refresh.runs[rows[0].run_id]
    end = YearEnd.under(policy, year=run.year, area_id=run.area_id)
    histories = histories_of(resident_ids=known.keys(), section=end.section)
    changed: list[IncentiveState] = []
    revisions: list[IncentiveRevision] = []
    for resident_id, row in known.items():
        previous = refresh.before.get(resident_id)
        if previous is not None and previous.year != row.year - 1:
            previous = None
        state = expected_state(end, histories, resident_id, previous=previous)
        excluded = histories.of(resident_id, row.year).excluded
        was = kept_row(row)
        for name, value in asdict(state).items():
            setattr(row, name, value)
        row.excluded, row.next_cap = excluded, expected_cap(end, state, excluded=excluded)
        if kept_row(row) != was:
            changed.append(row)
            revisions.append(_revision(row, was, policy, refresh))
    IncentiveState.objects.bulk_update(changed, CORRECTED)
    copy_rows(revisions)
    return [row.resident_id for row in changed]


def _revision(
    row: IncentiveState, was: dict[str, Any], policy: Policy, refresh: _Refresh
) -> IncentiveRevision:
    return IncentiveRevision(
        resident_id=row.resident_id,
        year=row.year,
        before=was,
        after=kept_row(row),
        reason=refresh.reason,
        policy_key=policy.key,
        policy_digest=policy.digest,
        run=refresh.cause,
        changed_by_id=refresh.user.pk if refresh.user else None,
    )
