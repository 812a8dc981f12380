"""What a list changes for one person: its identities against those on record.

on record, as of the day     the list says       then
nothing, never               低保                new
held once, ended            低保                changed: begins again
ended by who answers for it  its name            refused: the two disagree
二级                         一级                changed: one record ends, the next begins
until some day               长期                changed: it has no end
特困, issued by the lister   低保 (full list)    changed: 特困 ends, 低保 begins
"""

import datetime
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any

from hardship.rules.list_scope import Scope
from hardship.rules.listed_identities import Change, Disputed, Doing, Held, Refused, Said
from hardship.rules.turns import state_since, turned

__all__ = ["Change", "Comparison", "Disputed", "Doing", "Held", "Said", "compared"]

TERM = "certificate_until"  # says how long a paper is good, not how the person fares


@dataclass(frozen=True, slots=True)
class Comparison:
    """All changes for the person, or the code of why nothing can be done."""

    changes: tuple[Change, ...] = ()
    refusal: str = ""

    @property
    def is_new(self) -> bool:
        """Whether the person held none of what changes before."""
        return all(each.do in (Doing.START, Doing.TURN) and not each.again for each in self.changes)

    @property
    def has_returned(self) -> bool:
        """Whether an identity that had ended begins again: the person was taken off the list and is on it again."""
        return any(each.do is Doing.START and each.again for each in self.changes)


def compared(
    said: Sequence[Said],
    held: Sequence[Held],
    *,
    as_of: datetime.date,
    own: AbstractSet[str],
    scope: Scope,
    disputed: Disputed = Disputed.ASK,
) -> Comparison:
    """Return what the list changes.

    :param own: categories the lister answers for; another's it may begin, but not change, end or begin again
    :param scope: what it speaks about: what of it the person is not given has ended by `as_of`
    :param disputed: what somebody decided about the identities over which the two disagree
    """
    try:
        found = [_one(each, held, as_of=as_of, own=own, disputed=disputed) for each in said]
    except Refused as refused:
        return Comparison(refusal=str(refused))
    given = {each.category for each in said}
    unsaid = [
        each for each in held if each.category not in given and scope.covers(each.category, each.attributes)
    ]
    ended = [ending(each, as_of=as_of) for each in unsaid]
    changes = [part for each, change in zip(said, found, strict=True) for part in turned(change, each.turn)]
    return Comparison((*filter(None, ended), *changes))


def ending(held: Held, *, as_of: datetime.date) -> Change | None:
    """Return how what a full list no longer gives ends: by its day; struck out, if only a list of that day gave it."""
    if held.is_revised:
        return Change(Doing.VOID, held.category, held.valid_from, recognition=held.key)
    if held.covers(as_of) and held.valid_from < as_of:
        return Change(Doing.END, held.category, as_of, recognition=held.key)
    return None


def _one(
    said: Said,
    held: Sequence[Held],
    *,
    as_of: datetime.date,
    own: AbstractSet[str],
    disputed: Disputed,
) -> Change | None:
    same = [each for each in held if each.category == said.category]
    spells = sorted(same, key=lambda each: each.valid_from)
    current = next((each for each in spells if each.covers(as_of)), None)
    later = any(each.valid_from > as_of for each in spells)
    if current is not None:
        kept = replace(said, until=None, is_open=False) if later else said
        return _against(kept, current, as_of=as_of) if said.category in own else None
    if later:
        raise Refused("later_recognition")
    stood = next((each.stood for each in spells if each.stood and each.valid_to == as_of), None)
    if stood is not None:
        return _reopened(said, stood, as_of=as_of)
    if spells and said.category not in own and disputed is not Disputed.ADOPT:
        if disputed is Disputed.KEEP:
            return None
        raise Refused("ended_by_issuer")
    start = said.since or as_of
    if spells and spells[-1].valid_to is not None and start < spells[-1].valid_to:
        start = as_of  # held before, ended, and on the list again: from the day we know
    until = said.end_from(start)
    if until is not None and until <= max(start, as_of):
        raise Refused("term_over")
    return Change(Doing.START, said.category, start, until, dict(said.attributes), again=bool(spells))


def _against(said: Said, current: Held, *, as_of: datetime.date) -> Change | None:
    """Return how a record changes; a longer term or a word never said before is no new circumstance."""
    until, attributes = _extended(said, current)
    if until is not None and until <= as_of:
        raise Refused("term_over")
    new_state = any(
        current.attributes.get(name, False) != value and (name in current.attributes or value is True)
        for name, value in said.attributes.items()
        if name != TERM
    )
    sooner = until is not None and (current.valid_to is None or until < current.valid_to)
    on = state_since(said, current, as_of=as_of)
    if new_state and current.valid_from < on and (said.turn or not current.is_revised):
        do = Doing.SPLIT
    elif attributes != dict(current.attributes) or until != current.valid_to:
        do = Doing.AMEND
    else:
        return None
    return Change(do, said.category, on, until, attributes, current.key, again=True, sooner=sooner)


def _extended(said: Said, current: Held) -> tuple[datetime.date | None, dict[str, Any]]:
    """Return end and attributes of a record with what the list says; 长期 takes its end away, a blank does not."""
    attributes = {**current.attributes, **said.attributes}
    if said.takes_end_away:
        return None, {name: value for name, value in attributes.items() if name != TERM}
    return said.term_end or current.valid_to, attributes


def _reopened(said: Said, stood: Held, *, as_of: datetime.date) -> Change:
    """Return how a record stands again that a list of the same day ended, as if it had not."""
    same = Change(Doing.REOPEN, said.category, as_of, stood.valid_to, stood.attributes, stood.key, again=True)
    change = _against(said, stood, as_of=as_of) or same
    if change.do is Doing.SPLIT and change.on < as_of:
        return change
    return replace(change, do=Doing.START if change.do is Doing.SPLIT else Doing.REOPEN)
