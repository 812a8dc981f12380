"""Incentive states over time: what each was when its run wrote it, and what every correction made of it."""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from benefits.models import IncentiveRevision, IncentiveRun, IncentiveState
from benefits.rules import incentives
from benefits.selectors.laws import rule_state
from policy.money import yuan

Key = tuple[int, int]  # resident, year


@dataclass(frozen=True, slots=True)
class StateDecision:
    """A state worked out at a moment: by the run, or by a correction.

    :param revision: null = the run
    :param at: null = worked out before moments were kept
    :param figures: as `kept_state` has them
    :param digest: of the policy, which was in force at `law_at`; empty = not kept
    """

    revision: IncentiveRevision | None
    at: datetime.datetime | None
    figures: Mapping[str, Any]
    policy_key: str
    digest: str
    law_at: datetime.datetime


@dataclass(frozen=True, slots=True)
class StateLife:
    """A person's state after a year with its run and its corrections, the first one first."""

    row: IncentiveState
    run: IncentiveRun
    corrections: tuple[IncentiveRevision, ...]

    def decisions(self) -> Iterator[StateDecision]:
        """Yield every time the state was worked out to something new, in order."""
        was = [each.before for each in self.corrections]
        figures = [
            *was,
            kept_row(self.row),
        ]  # what stands at the end is the row, whatever the corrections say
        opened = self.run.job.created_at if self.run.job is not None else self.run.started_at
        yield StateDecision(
            None, self.row.decided_at, figures[0], self.run.policy_key, self.run.policy_digest, opened
        )
        for each, after in zip(self.corrections, figures[1:], strict=True):
            key = each.policy_key or self.run.policy_key
            yield StateDecision(each, each.changed_at, after, key, each.policy_digest, each.changed_at)

    def at(self, moment: datetime.datetime) -> incentives.IncentiveState | None:
        """Return the state as it stood at the moment; null = nobody had worked it out yet."""
        if (self.row.decided_at or self.run.started_at) > moment:
            return None
        later = next((each.before for each in self.corrections if each.changed_at > moment), None)
        return rule_state(self.row) if later is None else _state_of(later)

    def in_force_at(self, moment: datetime.datetime) -> incentives.IncentiveState | None:
        """Return the state as claims met it at the moment; null = its run did not count yet."""
        is_applied = self.run.applied_at is not None and self.run.applied_at <= moment
        return self.at(moment) if is_applied else None


def state_lives(
    *, resident_ids: Collection[int], years: Collection[int] | None = None
) -> dict[Key, StateLife]:
    """Return the states of people over time, by person and year; three queries.

    :param years: null = every year
    """
    wanted: dict[str, Any] = {"resident_id__in": resident_ids}
    if years is not None:
        wanted["year__in"] = years
    rows = list(IncentiveState.objects.filter(**wanted).order_by("resident_id", "year"))
    if not rows:
        return {}
    runs = IncentiveRun.objects.select_related("job").in_bulk({row.run_id for row in rows})
    corrections: defaultdict[Key, list[IncentiveRevision]] = defaultdict(list)
    for revision in IncentiveRevision.objects.filter(**wanted).order_by("pk"):
        corrections[revision.resident_id, revision.year].append(revision)
    return {
        (row.resident_id, row.year): StateLife(
            row, runs[row.run_id], tuple(_corrections(row, corrections[row.resident_id, row.year]))
        )
        for row in rows
        if row.run_id in runs
    }


def _corrections(row: IncentiveState, revisions: Iterable[IncentiveRevision]) -> Iterator[IncentiveRevision]:
    """Yield the corrections of this very state; a run that was started over left others, of the one it took back."""
    return (each for each in revisions if row.decided_at is None or each.changed_at > row.decided_at)


def kept_row(row: IncentiveState) -> dict[str, Any]:
    """Return what a correction may change of a stored state, money as text."""
    return kept_state(rule_state(row), excluded=row.excluded, next_cap=row.next_cap)


def kept_state(
    state: incentives.IncentiveState, *, excluded: bool, next_cap: Decimal | None
) -> dict[str, Any]:
    """Return a state and the cap after it as corrections keep them, money as text."""
    return asdict(state) | {
        "excluded": excluded,
        "next_cap": None if next_cap is None else str(yuan(next_cap)),
    }


def _state_of(kept: Mapping[str, Any]) -> incentives.IncentiveState:
    return incentives.IncentiveState(
        **{name: kept[name] for name in incentives.IncentiveState.__dataclass_fields__}
    )
