"""Run a journey: dated events through the real services, figures expected along the way, everything rolled back.

The only traces left are numbers of sequences passed over.
"""

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError, ProgrammingError, transaction
from django.utils import timezone

from benefits.services.insured_years import follow_insured_years
from benefits.services.retroactive.follow import follow_changes
from enrollment.services.follow_identities import follow_identities
from oversight.services.worked_cases import (
    events_benefits,
    events_cases,
    events_enrollment,
    events_lists,
    events_payments,
    events_people,
)
from oversight.services.worked_cases.event import Event
from oversight.services.worked_cases.expectations import FIGURES, figure
from oversight.services.worked_cases.format import CaseInvalid, Entry
from oversight.services.worked_cases.inputs import DAY, TEXT, WHOLE, Given, Input, read_inputs
from oversight.services.worked_cases.journey_view import View
from oversight.services.worked_cases.journey_world import EventRefused, Happened, World, open_world
from oversight.services.worked_cases.outcome import Difference, Outcome, differences, plain
from policy.errors import DomainError
from policy.trace import Step

EVENTS: dict[str, Event] = {
    event.what: event
    for area in (
        events_people,
        events_lists,
        events_enrollment,
        events_payments,
        events_benefits,
        events_cases,
    )
    for event in area.EVENTS
}
UNSUPPORTED: Mapping[str, str] = {}
IMPOSSIBLE = "impossible_input"
HEAD = ("policy", "set", "policy_for_years", "years", "area", "areas", "fiscal_class", "people", "event")
OF_EVENT = ("on", "what", "expect", "refused", "held", "says")
WHERE = (
    Input("who", TEXT, "谁"),
    Input("on", DAY, "哪天"),
    Input("year", WHOLE, "参保年度"),
    Input("claim", TEXT, "结算单号"),
)
OF_EXPECTATION = tuple(one.name for one in WHERE)


@dataclass(frozen=True, slots=True)
class Planned:
    """An event as written.

    :param number: its place in the file, from 1
    :param day: the day it takes effect: when it became known
    """

    number: int
    day: datetime.date
    event: Event
    given: Given
    written: Mapping[str, Any]
    expected: tuple[Mapping[str, Any], ...]

    @property
    def label(self) -> str:
        """How a failure calls it."""
        who = self.given.get("who")
        return f"第{self.number}个事件 {self.day} {self.event.what}{f' {who}' if who else ''}"


@dataclass
class _Findings:
    differences: list[Difference] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)


def run_journey(entry: Entry) -> Outcome:
    """Return what came of the journey; one that cannot be understood fails and says why. Nothing is kept."""
    try:
        planned = planned_events(entry.body)
        with transaction.atomic():
            found = _lived(entry, planned)
            transaction.set_rollback(True)
    except (CaseInvalid, DomainError) as error:
        return Outcome(entry.name, entry.file, error=error.message)
    except ProgrammingError as error:
        return Outcome(
            entry.name, entry.file, error=f"数据库没有建好：先运行 manage.py migrate 再试（{error}）"
        )
    except DatabaseError as error:
        return Outcome(entry.name, entry.file, error=f"数据库出错：{error}")
    return Outcome(entry.name, entry.file, tuple(found.differences), steps=tuple(found.steps))


def planned_events(body: Mapping[str, Any]) -> list[Planned]:
    """Return the events of a journey in the order they take effect; of one day in the order written.

    :raises CaseInvalid: if a key, an event or a field is not known
    """
    if unknown := sorted(set(body) - set(HEAD)):
        raise CaseInvalid(f"不认识的键 {'、'.join(unknown)}；可写 name、{'、'.join(HEAD)}")
    for key, kind in (("people", dict), ("event", list), ("set", dict)):
        if not isinstance(body.get(key, kind()), kind):
            raise CaseInvalid(f"{key} 写得不对")
    written = body.get("event", [])
    if not written:
        raise CaseInvalid("没有事件；请写 [[journey.event]]")
    planned = [_planned(number, event) for number, event in enumerate(written, start=1)]
    return sorted(planned, key=lambda event: event.day)


def _planned(number: int, written: Mapping[str, Any]) -> Planned:
    what, on = str(written.get("what", "（未写 what）")), written.get("on")
    if what in UNSUPPORTED:
        raise CaseInvalid(f"第{number}个事件：{what}（{UNSUPPORTED[what]}）这个事件尚不支持")
    if what not in EVENTS:
        raise CaseInvalid(f"第{number}个事件：不认识 {what}；可写 {'、'.join(EVENTS)}")
    if not isinstance(on, datetime.date) or isinstance(on, datetime.datetime):
        raise CaseInvalid(f"第{number}个事件：on 应写日期，写的是 {on!r}")
    event = EVENTS[what]
    fields = {key: part for key, part in written.items() if key not in OF_EVENT}
    try:
        given = {**read_inputs(event.takes, fields), "on": on}
        expected = tuple(_expectation(one, given) for one in _expectations(written))
    except CaseInvalid as error:
        raise CaseInvalid(f"第{number}个事件（{what}）：{error.message}") from None
    return Planned(number, given.get("known_on") or on, event, given, written, expected)


def _expectations(written: Mapping[str, Any]) -> list[Any]:
    expected = written.get("expect", [])
    return expected if isinstance(expected, list) else [expected]


def _expectation(expected: Any, given: Given) -> Mapping[str, Any]:
    if not isinstance(expected, dict):
        raise CaseInvalid("expect 应是一张表，或表的列表")
    known = (*OF_EXPECTATION, *FIGURES)
    if unknown := sorted(set(expected) - set(known)):
        raise CaseInvalid(f"expect 不认识 {'、'.join(unknown)}；可写 {'、'.join(known)}")
    read_inputs(WHERE, {name: part for name, part in expected.items() if name in OF_EXPECTATION})
    if "who" not in expected and "who" not in given:
        raise CaseInvalid("expect 要写 who")
    return expected


def _lived(entry: Entry, planned: list[Planned]) -> _Findings:
    """Run the events one after the other; one that goes otherwise than written ends the journey."""
    births = events_people.births(entry.body["event"])
    world = open_world(entry.body, entry.file.parent, births=births)
    found = _Findings()
    for event in planned:
        world.remember_cases()
        happened = _done(world, event, found)
        if happened is None:
            break
        world.last_claim = happened.claim or world.last_claim
        world.list_counts = happened.list_counts
        for number, expected in enumerate(event.expected, start=1):
            place = f"{event.label} expect[{number}]" if len(event.expected) > 1 else event.label
            _compare(world, event, expected, place, found)
    return found


def _done(world: World, event: Planned, found: _Findings) -> Happened | None:
    """Do an event; null = it did not go as written, or was refused and nothing can follow."""
    refused, held = event.written.get("refused"), event.written.get("held", "")
    try:
        with transaction.atomic():
            happened = _tried(world, event)
    except CaseInvalid as error:
        raise CaseInvalid(f"{event.label}：{error.message}") from None
    except DomainError as refusal:
        said = f"{refusal.code}：{refusal.message}"
        if refused != refusal.code:
            found.differences.append(Difference(f"{event.label} refused", refused or "办成", said))
            return None
        if event.written.get("says", "") not in refusal.message:
            found.differences.append(
                Difference(f"{event.label} says", event.written["says"], refusal.message)
            )
        return Happened()
    if refused is not None:
        found.differences.append(Difference(f"{event.label} refused", refused, "办成"))
        return None
    if happened.held != held:
        found.differences.append(Difference(f"{event.label} held", held or "入账", happened.held or "入账"))
        return None
    return happened


def _tried(world: World, event: Planned) -> Happened:
    """Do an event and then what the regular look at identities and paid years would."""
    began = timezone.now()
    try:
        happened = event.event.does(world, event.given)
    except ObjectDoesNotExist as missing:
        raise CaseInvalid(f"没有要办理的对象：{missing}") from None
    except (ValueError, ArithmeticError) as impossible:
        raise EventRefused(IMPOSSIBLE, str(impossible)) from None
    follow_identities(since=began, until=timezone.now(), day=event.day)
    follow_insured_years(since=began, until=timezone.now())
    follow_changes(since=began, until=timezone.now(), day=event.day)
    return happened


def _compare(world: World, event: Planned, expected: Mapping[str, Any], place: str, found: _Findings) -> None:
    who = expected.get("who", event.given.get("who"))
    on = expected.get("on", event.day)
    claim = expected.get("claim", world.last_claim)
    view = View(world, world.person(who), on, _year(world, event, expected, on), claim)
    names = [name for name in expected if name not in OF_EXPECTATION]
    got = {name: plain(figure(view, name)) for name in names}
    wrong = list(
        _wrong({name: expected[name] for name in names}, got, f"{place}: {who} {on} {view.year}年度")
    )
    found.differences += wrong
    if wrong:
        found.steps += view.steps


def _year(world: World, event: Planned, expected: Mapping[str, Any], on: datetime.date) -> int:
    """Return the coverage year an expectation means: its own, the event's, the journey's only one, the day's."""
    if "year" in expected:
        return int(expected["year"])
    if event.given.get("year") is not None and event.event.what != "year_ended":
        return int(event.given["year"])
    years = {law.year for law in world.laws}
    return years.pop() if len(years) == 1 else on.year


def _wrong(expected: Mapping[str, Any], got: Mapping[str, object], place: str) -> Iterator[Difference]:
    for one in differences(expected, got):
        yield Difference(f"{place} {one.what}", one.expected, one.got)
