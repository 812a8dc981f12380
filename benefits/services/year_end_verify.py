"""A year end worked out once more from all history, nothing carried over: the stored states must be the same."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from benefits.batch.incentives import YearEnd, outdated
from benefits.batch.run_tables import rows_of
from benefits.models import IncentiveRun
from benefits.selectors.laws import rule_state
from benefits.selectors.year_facts import histories_of
from benefits.services.year_end import year_end_by
from benefits.services.year_end_checks import expected_cap, expected_state

SAMPLE = 20  # of every range, by the scalar rule


@dataclass(slots=True)
class Verified:
    """How many people of a run come to the same figures, and who does not.

    :ivar checked: people worked out by the set-based twin
    :ivar sampled: of them, by the scalar rule as well
    :ivar differing: whose state differs from what either says, by key
    """

    checked: int = 0
    sampled: int = 0
    differing: set[int] = field(default_factory=set)

    @property
    def agreeing(self) -> int:
        """How many people agree."""
        return self.checked - len(self.differing)


def verify_year_end(*, run: IncentiveRun) -> Iterator[Verified]:
    """Yield what was found so far after each range of a computed run's people; memory holds one range's.

    A difference is a fact recorded since, which the nightly looks have not followed yet, or an error.

    :raises PolicyChanged: if another policy is in force than the one the run names
    """
    end = year_end_by(run)
    found = Verified()
    assert run.job is not None
    for first, last, people in run.job.chunks.order_by("seq").values_list("from_key", "to_key", "done_rows"):
        differing = outdated(end, run_id=run.pk, first=first, last=last, from_history=True)
        sampled = _sampled(end, run_id=run.pk, first=first, last=last)
        found.checked += people
        found.sampled += len(sampled)
        found.differing.update(differing, (pk for pk, agrees in sampled.items() if not agrees))
        yield found


def _sampled(end: YearEnd, *, run_id: int, first: int, last: int) -> dict[int, bool]:
    """Return whether random people of a range have the state the scalar rule folds up from their first year."""
    rows = rows_of(
        run_id,
        "WHERE resident_id BETWEEN %(first)s AND %(last)s ORDER BY random() LIMIT %(size)s",
        {"first": first, "last": last, "size": SAMPLE},
    )
    histories = histories_of(resident_ids=[row.resident_id for row in rows], section=end.section)
    found = {}
    for row in rows:
        state = expected_state(end, histories, row.resident_id, previous=None)
        excluded = histories.of(row.resident_id, end.year).excluded
        said = (state, excluded, expected_cap(end, state, excluded=excluded))
        found[row.resident_id] = (rule_state(row), row.excluded, row.next_cap) == said
    return found
