"""Have the apps above look at identities that changed as soon as they are on record (`changed_between`).

The task is named in the settings, since nothing here knows of the apps above; the hourly look does the same.
"""

from celery import current_app
from django.conf import settings
from django.db import transaction

EXPIRE_SECONDS = 3000  # by then the hourly look has come


def have_followed() -> None:
    """Start the look once the caller's transaction commits; without a broker the schedule does."""
    transaction.on_commit(_start, robust=True)


def _start() -> None:
    current_app.send_task(settings.IDENTITY_FOLLOWER, expires=EXPIRE_SECONDS)
