"""Who waits for whom at lists.

Lists of one kind take effect one after the other: each sees whether another outdates, revises or replaces it. What
names mean stands still while a plan is finished or made anew, while a list applies and while its rows are decided: it
has seen a change of that, or the change sees what it did.
"""

from collections.abc import Iterable

from django.db import connection

from exchange.models import InboundBatch
from hardship.parsers.kinds import IDENTITY_LISTS
from hardship.selectors.waiting_names import LISTS
from registry.models import Area

MEANINGS = "what names mean"
QUESTIONS = "questions what names mean"
TURNS = (  # one after the other, in order
    "SELECT pg_advisory_xact_lock(hashtext(turn.kind), hashtext(turn.province))"
    " FROM unnest(%s::text[], %s::text[]) AS turn(kind, province)"
)


def hold_meanings() -> None:
    """Let nobody change what a name means until the transaction ends; wait for who is at it.

    Taken before the locks on batches; only who finishes the plan of a list may hold that list before, which nobody
    else touches until it is planned.
    """
    _lock("pg_advisory_xact_lock_shared", MEANINGS)


def change_meanings() -> None:
    """Let no plan be made and no list apply, nor anybody else change what a name means, until the transaction ends.

    Taken before the locks on batches.
    """
    _lock("pg_advisory_xact_lock", MEANINGS)


def take_questions() -> None:
    """Let no other list ask, or cease to ask, what a name means until the transaction ends.

    A list that finds a question asked already must not see it closed by who did not know of the list. Taken last.
    """
    _lock("pg_advisory_xact_lock", QUESTIONS)


def _lock(function: str, what: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(hashtext(%s))", [what])


def take_turns(batches: Iterable[InboundBatch]) -> None:
    """Wait until no other list of the kinds is put in force in their provinces; held until the transaction ends.

    Lists of areas above and below one another speak of the same people, and what a list leaves out has no row: locks
    on people do not bring them together. Taken after the locks on the batches and before those on people.
    """
    _take({(each.kind, each.area.path) for each in batches})


def take_every_turn(area: Area) -> None:
    """Wait as `take_turns` for lists of every kind: rows of any of them may rest on one that is taken back."""
    _take({(f"{LISTS}{kind}", area.path) for kind in IDENTITY_LISTS})


def _take(turns: Iterable[tuple[str, str]]) -> None:
    keys = {(kind, path.partition("/")[0]) for kind, path in turns}
    kinds, provinces = zip(*sorted(keys), strict=True) if keys else ((), ())
    with connection.cursor() as cursor:
        cursor.execute(TURNS, [list(kinds), list(provinces)])
