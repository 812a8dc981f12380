"""What no work can undercut: the time PostgreSQL needs to read rows and to COPY ready ones into a keyed table."""

import tempfile
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import connection

PIECE = 1 << 20
WITHOUT_KEYS = "SET enable_indexscan = off; SET enable_indexonlyscan = off; SET enable_bitmapscan = off"
WITH_KEYS = "RESET enable_indexscan; RESET enable_indexonlyscan; RESET enable_bitmapscan"


@dataclass(frozen=True, slots=True)
class Floor:
    """Seconds of PostgreSQL itself.

    :param scanned: to read the rows of the tables; parallel where the server is set up so
    :param looked_up: to read the same columns the shortest way there is, mostly from keys alone
    :param copied: to COPY ready rows, in order, into empty tables with the same keys and checks
    """

    scanned: float
    looked_up: float
    copied: float

    @property
    def by_rows(self) -> float:
        """The floor work is held against: the rows read, the result written."""
        return self.scanned + self.copied

    @property
    def by_keys(self) -> float:
        """The strictest one: as if nothing but the keys had to be read."""
        return self.looked_up + self.copied


def floor_of(*, read: Iterable[str], written: Mapping[str, str]) -> Floor:
    """Return the floor of work; the copies are taken away.

    :param read: the queries that touch everything the work must know
    :param written: table → the query for its ready rows, in order
    """
    queries = list(read)
    looked_up = _seconds(queries)
    _run(WITHOUT_KEYS)
    scanned = _seconds(queries)
    _run(WITH_KEYS)
    return Floor(scanned, looked_up, sum(_copied(table, rows) for table, rows in written.items()))


def _copied(table: str, rows: str) -> float:
    with tempfile.TemporaryFile() as ready, connection.cursor() as cursor:
        with cursor.copy(f"COPY ({rows}) TO STDOUT") as copy:
            for part in copy:
                ready.write(part)
        ready.seek(0)
        cursor.execute(f"CREATE TABLE floor (LIKE {table} INCLUDING INDEXES INCLUDING CONSTRAINTS)")
        started = time.perf_counter()
        with cursor.copy("COPY floor FROM STDIN") as copy:
            while piece := ready.read(PIECE):
                copy.write(piece)
        taken = time.perf_counter() - started
        cursor.execute("DROP TABLE floor")
    return taken


def _seconds(queries: Iterable[str]) -> float:
    started = time.perf_counter()
    for query in queries:
        _run(query)
    return time.perf_counter() - started


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
