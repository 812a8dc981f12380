"""An event of a journey: its name, its fields, and the services it calls."""

from collections.abc import Callable
from dataclasses import dataclass

from oversight.services.worked_cases.inputs import TEXT, WHOLE, Given, Input
from oversight.services.worked_cases.journey_world import Happened, World

Doing = Callable[[World, Given], Happened]

WHO = Input("who", TEXT, "谁", required=True)
YEAR = Input("year", WHOLE, "参保年度；用例只有一个年度的可省")


@dataclass(frozen=True, slots=True)
class Event:
    """An event as case files know it.

    :param takes: fields beside `on`, `what` and the expectations
    :param does: calls the services; `on` is among what it is given
    :param example: its fields as a case file writes them, for the documentation
    """

    what: str
    label: str
    takes: tuple[Input, ...]
    does: Doing
    example: str


DONE = Happened()
