"""A year end closes while nothing is being settled: whoever settles has read the caps before it, or after it."""

from collections.abc import Collection

from django.db import connection

KEY = "close year end"


def hold_off_closing() -> None:
    """Let no year end close until the transaction ends; wait for one that is closing.

    Whoever settles claims, or corrects states, calls this before holding people: who closes holds people after it.
    """
    _lock("pg_advisory_xact_lock_shared")


def hold_people_and_closing(resident_ids: Collection[int]) -> None:
    """Do what `hold_off_closing` and then `lock_residents` do, in one statement for whoever settles claim by claim.

    The rows are locked last, above the join: the year end is waited for before anybody is held.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT FROM registry_resident AS person,"
            " (SELECT pg_advisory_xact_lock_shared(hashtext(%s)) OFFSET 0) AS held"
            " WHERE person.id = ANY(%s) ORDER BY person.id FOR NO KEY UPDATE OF person",
            [KEY, sorted(resident_ids)],
        )


def hold_off_settlements() -> None:
    """Let nobody settle until the transaction ends; wait for what is being settled."""
    _lock("pg_advisory_xact_lock")


def _lock(function: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(hashtext(%s))", [KEY])
