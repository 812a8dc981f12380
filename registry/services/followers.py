"""Have the apps above look at what changed as soon as it is on record.

Their tasks are named in the settings, since nothing below knows of them; the schedule looks at the same later.
"""

from celery import current_app
from django.conf import settings
from django.db import transaction

EXPIRE_SECONDS = 3000  # by then the schedule has come, or a clerk asks again


def start_once_committed(task: str) -> None:
    """Start a task when the caller's transaction commits; without a broker the schedule does."""
    transaction.on_commit(lambda: current_app.send_task(task, expires=EXPIRE_SECONDS), robust=True)


def have_shares_put_right() -> None:
    """Let the subsidy be shared by the classes as they stand now."""
    start_once_committed(settings.SUBSIDY_FOLLOWER)
