"""The moment up to which records are read that are asked for as at a day."""

import datetime

from django.utils import timezone

from policy.dates import days_after


def midnight_after(day: datetime.date) -> datetime.datetime:
    """Return the end of a day here; what was recorded before it was known that day."""
    return timezone.make_aware(datetime.datetime.combine(days_after(day, 1), datetime.time()))
