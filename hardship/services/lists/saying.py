"""What a line of a list says once its names are understood; a line that contradicts itself is set aside."""

import datetime
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from exchange.models import RowOutcome
from hardship.rules.identity_names import Meaning
from hardship.rules.listed_identities import Disputed, Held, Said, Turn
from hardship.rules.stated_days import AFTER_LIST, doubt_about
from hardship.services.lists.lines import Line


@dataclass(eq=False)
class SetAside(Exception):
    """Why a line is set aside.

    :param rested_on: the lists in force for which it is
    """

    outcome: str
    code: str
    message: str
    column: str = ""
    rested_on: Collection[int] = ()


def said_by_line(line: Line, *, meaning: Callable[[str], Meaning | None]) -> list[Said]:
    """Return the identities the line gives, understood; several names of one category must agree.

    :raises SetAside: if nobody has said what a name means, or the line contradicts itself
    """
    unknown = [each.name for each in line.identities if meaning(each.name) is None]
    if unknown:
        raise SetAside(
            RowOutcome.HELD,
            "unknown_identity_name",
            f"身份“{'、'.join(unknown)}”没有对照，已转人工确认",
            "身份",
        )
    said: dict[str, Said] = {}
    implied: dict[str, Said] = {}
    for each in line.identities:
        meant = meaning(each.name)
        assert meant is not None
        if each.contradicts(meant):
            raise _contradiction(
                "identities_contradict", f"身份“{each.name}”与同一行其他栏的说明矛盾，请核对"
            )
        one = each.said(meant)
        said[one.category] = _agreeing(said.get(one.category), one)
        implied |= {category: Said(category) for category in meant.also}
    if {meant.category for name in line.not_held if (meant := meaning(name))} & said.keys():
        names = "、".join(line.not_held)
        raise _contradiction("identities_contradict", f"清单一行写明是{names}，另一行写明不是，请核对")
    return list((implied | said).values())


def said_in_life(
    said: Sequence[Said],
    held: Sequence[Held],
    *,
    born_on: datetime.date,
    as_of: datetime.date,
    settled: Mapping[str, str],
) -> list[Said]:
    """Return the identities a line gives, none from a day before the birth.

    :param settled: contradiction → what somebody decided about it
    :raises SetAside: if a first day cannot be, and nobody has decided that it counts from the birth
    """
    standing = {each.category for each in held if each.covers(as_of)}
    for each in said:
        doubt = doubt_about(
            each.since,
            as_of=as_of,
            born_on=born_on,
            is_held=each.category in standing,
            is_month=each.is_month,
        )
        if doubt == AFTER_LIST:
            raise _doubtful(doubt, f"起始日期 {each.since} 晚于数据日期 {as_of}，请核对")
        if doubt and settled.get(doubt) != Disputed.ADOPT:
            raise _doubtful(
                doubt, f"起始日期 {each.since} 早于出生日期 {born_on}，请核对；采用名单的，自出生之日起"
            )
    return [replace(each, since=born_on) if each.since and each.since < born_on else each for each in said]


def _doubtful(code: str, message: str) -> SetAside:
    return SetAside(RowOutcome.CONFLICT, code, message, "起始日期")


def place_of(line: Line, category: str, meaning: Callable[[str], Meaning | None]) -> dict[str, Any]:
    """Return row and document of a category that another row of the person gives; nothing of the line's own."""
    for each in line.identities:
        meant = meaning(each.name)
        if meant is not None and category in (meant.category, *meant.also):
            place = line.elsewhere.get(each.name)
            return {"row": place[0], "document": place[1]} if place else {}
    return {}


def _agreeing(one: Said | None, other: Said) -> Said:
    if one is None:
        return other
    if any(
        one.attributes[name] != other.attributes[name] for name in one.attributes.keys() & other.attributes
    ):
        raise _contradiction("identities_contradict", "同一身份有互相矛盾的说明（如等级、城乡），请核对")
    if (
        _differ(one.since, other.since)
        or _differ(one.until, other.until)
        or (one.is_open and other.until is not None)
        or (other.is_open and one.until is not None)
        or _differ(_on(one.turn), _on(other.turn))
    ):
        raise _contradiction("days_contradict", "同一身份有两个不同的起止日期，请核对")
    attributes = {**one.attributes, **other.attributes}
    since, until = one.since or other.since, one.until or other.until
    return Said(
        one.category,
        attributes,
        since,
        until,
        turn=_both(one.turn, other.turn),
        is_open=one.is_open or other.is_open,
        is_month=all(each.is_month for each in (one, other) if each.since) and since is not None,
    )


def _both(one: Turn | None, other: Turn | None) -> Turn | None:
    return Turn(one.on, {**one.before, **other.before}) if one and other else one or other


def _on(turn: Turn | None) -> datetime.date | None:
    return turn.on if turn else None


def _contradiction(code: str, message: str) -> SetAside:
    return SetAside(RowOutcome.CONFLICT, code, message, "身份")


def _differ(one: datetime.date | None, other: datetime.date | None) -> bool:
    return one is not None and other is not None and one != other
