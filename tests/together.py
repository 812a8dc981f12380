"""Two connections at once: side by side, or one begun while the other has not committed."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from django.db import connection, transaction

WAITED = 60


def at_once(*works):
    """Run each in a thread of its own, all from one starting gun; return what they returned or raised."""
    gun, results = threading.Barrier(len(works)), [None] * len(works)

    def run(place, work):
        try:
            gun.wait()
            results[place] = work()
        except Exception as error:
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@contextmanager
def under_way(work):
    """Do something in a transaction of another connection that commits once the block is over."""
    done, over = threading.Event(), threading.Event()

    def run():
        try:
            with transaction.atomic():
                work()
                done.set()
                assert over.wait(WAITED)
        finally:
            done.set()
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        running = thread.submit(run)
        assert done.wait(WAITED)
        try:
            yield
        finally:
            over.set()
        running.result()


def somebody_waits():
    """Return once a connection waits for a lock of another."""
    for _ in range(WAITED * 20):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0]:
                return True
        time.sleep(0.05)
    return False


def alone(work, **given):
    try:
        return work(**given)
    except Exception as refused:
        return refused
    finally:
        connection.close()


def meanwhile(first, second, **given):
    """Return what became of the second thing, begun while the first was under way and done after it."""
    with ThreadPoolExecutor(1) as thread:
        with under_way(first):
            begun = thread.submit(alone, second, **given)
            assert somebody_waits()
        return begun.result()
