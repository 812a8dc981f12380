"""How far an alert has come: told, acknowledged (签收), visited (入户), answered (反馈); what answers come to."""

import datetime
from collections.abc import Collection, Mapping

STEPS = ("sent", "acknowledged", "visited", "answered")
OUTCOMES = ("recognized", "assisted", "not_eligible")  # what reaches furthest comes first


def further(state: str, step: str) -> str:
    """Return the state after a step: never back, and a withdrawn alert stays withdrawn."""
    if state not in STEPS:
        return state
    return max(state, step, key=STEPS.index)


def steps_reached(state: str, step: str) -> tuple[str, ...]:
    """Return the steps that are done by now and were not before: who answers has also acknowledged, and visited.

    :param state: before; :param step: what was done
    """
    if state not in STEPS:
        return ()
    return STEPS[STEPS.index(state) + 1 : STEPS.index(step) + 1]


def outcome_of(latest: Collection[str]) -> str:
    """Return what the agencies' latest findings come to: one that helps is enough; "" = nobody found anything yet."""
    return next((outcome for outcome in OUTCOMES if outcome in latest), "")


def late_step(
    state: str, due: Mapping[str, datetime.date | None], *, today: datetime.date
) -> tuple[str, datetime.date] | None:
    """Return the furthest step that should have been done before `today` and was not, with its last day; null = none.

    :param due: step -> last day to do it, null = no limit is set
    """
    if state not in STEPS:
        return None
    for step in reversed(STEPS[STEPS.index(state) + 1 :]):
        day = due.get(step)
        if day is not None and day < today:
            return step, day
    return None
