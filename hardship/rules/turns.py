"""Identities that became others on a day which the list names: a risk that is gone since then.

on record           the list says                      then
nothing             watched since S, gone since T      a record of S to T, and one from T on
watched since S     gone since T, after S              the record ends on T, the next begins
watched since S     gone since T, before S             refused: the record says that it was not gone yet
gone since T        gone since another month           refused
gone since T        watched since S, after T           the record ends on S, the next begins
"""

import datetime
from dataclasses import replace

from hardship.rules.listed_identities import Change, Doing, Held, Refused, Said, Turn

IDENTIFIED, ELIMINATED = "identified_month", "eliminated_month"


def turned(change: Change | None, turn: Turn | None) -> tuple[Change, ...]:
    """Return a change, in two where what it starts became otherwise later on."""
    if change is None:
        return ()
    if turn is None or change.do is not Doing.START or turn.on <= change.on:
        return (change,)
    if change.until is not None and change.until <= turn.on:
        return (replace(change, attributes=dict(turn.before)),)
    first = replace(change, until=turn.on, attributes=dict(turn.before))
    return (first, replace(change, do=Doing.TURN, on=turn.on))


def state_since(said: Said, current: Held, *, as_of: datetime.date) -> datetime.date:
    """Return since when an identity on record is as the list says: from the list's own day, where it names none.

    :raises Refused: if the record contradicts the day
    """
    turn = said.turn
    if turn is None:
        month = said.attributes.get(IDENTIFIED)
        is_new = month is not None and month != current.attributes.get(IDENTIFIED, month)
        since = said.since if is_new else None
        return since if since is not None and current.valid_from < since <= as_of else as_of
    others = {name: said.attributes.get(name) for name, was in turn.before.items()}
    changing = [name for name, value in others.items() if value != turn.before[name]]
    is_so_already = all(current.attributes.get(name, False) == others[name] for name in changing)
    same_month = current.attributes.get(ELIMINATED) == said.attributes.get(ELIMINATED)
    if is_so_already and (same_month or current.valid_from == turn.on):
        return current.valid_from
    if is_so_already or (turn.on < current.valid_from and not current.is_revised):
        raise Refused("turn_differs")
    return turn.on
