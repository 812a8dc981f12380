"""A year end closes while nothing is being settled: whoever settles has read the caps before it, or after it."""

from django.db import connection

KEY = "close year end"


def hold_off_closing() -> None:
    """Let no year end close until the transaction ends; wait for one that is closing.

    Whoever settles claims, or corrects states, calls this before holding people: who closes holds people after it.
    """
    _lock("pg_advisory_xact_lock_shared")


def hold_off_settlements() -> None:
    """Let nobody settle until the transaction ends; wait for what is being settled."""
    _lock("pg_advisory_xact_lock")


def _lock(function: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(hashtext(%s))", [KEY])
