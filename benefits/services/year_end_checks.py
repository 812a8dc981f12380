"""A random sample of what the set-based twin wrote, worked out again by the rule that is the law."""

from collections.abc import Sequence
from decimal import Decimal

from benefits.batch.incentives import YearEnd
from benefits.batch.run_tables import rows_of
from benefits.models import IncentiveState
from benefits.rules import incentives
from benefits.rules.incentives import cap_for, opened, state_after
from benefits.selectors.laws import rule_state
from benefits.selectors.year_facts import Histories, folded_state, histories_of
from policy.money import yuan

SAMPLE = 20


class TwinDisagrees(Exception):
    """The batch wrote what the rule does not say; the chunk must not commit."""


def check_sample(end: YearEnd, *, run_id: int, places: Sequence[str]) -> int:
    """Compare states with the scalar rule and return how many there were.

    :param places: where they lie in the run's table, see `Written`; it has no key yet to look for people by
    :raises TwinDisagrees: naming the first person that differs
    """
    sample = rows_of(run_id, "WHERE ctid = ANY(%(places)s::tid[])", {"places": list(places)})
    ids = [row.resident_id for row in sample]
    previous = {
        row.resident_id: rule_state(row)
        for row in IncentiveState.objects.filter(year=end.year - 1, resident_id__in=ids)
    }
    histories = histories_of(resident_ids=ids, section=end.section)
    for row in sample:
        expected = expected_state(end, histories, row.resident_id, previous=previous.get(row.resident_id))
        excluded = histories.of(row.resident_id, end.year).excluded
        cap = expected_cap(end, expected, excluded=excluded)
        found = (rule_state(row), row.excluded, None if row.next_cap is None else yuan(row.next_cap))
        if found != (expected, excluded, cap):
            raise TwinDisagrees(
                f"resident {row.resident_id}: {found}, by the rule {(expected, excluded, cap)}"
            )
    return len(sample)


def expected_state(
    end: YearEnd,
    histories: Histories,
    resident_id: int,
    *,
    previous: incentives.IncentiveState | None,
) -> incentives.IncentiveState:
    """Return the state after the year by the scalar rule, folded up where there is none before it."""
    state = previous or folded_state(end.section, histories, resident_id, before=end.year)
    return state_after(end.section, state, histories.of(resident_id, end.year)).value


def expected_cap(end: YearEnd, state: incentives.IncentiveState, *, excluded: bool) -> Decimal | None:
    """Return next year's cap by the scalar rule, for somebody insured again."""
    if end.base_cap is None:
        return None
    following = opened(end.section, state, year=end.year + 1, insured=True)
    return yuan(cap_for(end.section, end.base_cap, following, excluded=excluded).value.cap)
