"""Give the scheduler the regular tasks it lacks; what staff changed in the admin stays."""

import json
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import transaction
from django_celery_beat.models import CrontabSchedule, PeriodicTask

CRON_FIELDS = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")


@transaction.atomic
def load_schedules(*, schedules: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Create each named schedule that does not exist; return the new names.

    :param schedules: Chinese name → `task`, `cron` (five fields, local time), and where wanted `kwargs`,
        `expire_seconds`, after which a task nobody took is dropped, and `enabled`, false = staff switch it on
    """
    created = []
    for name, schedule in schedules.items():
        fields = dict(zip(CRON_FIELDS, schedule["cron"].split(), strict=True))
        crontab, _ = CrontabSchedule.objects.get_or_create(**fields, timezone=settings.TIME_ZONE)
        _, is_new = PeriodicTask.objects.get_or_create(
            name=name,
            defaults={
                "task": schedule["task"],
                "crontab": crontab,
                "kwargs": json.dumps(schedule.get("kwargs", {})),
                "expire_seconds": schedule.get("expire_seconds"),
                "enabled": schedule.get("enabled", True),
            },
        )
        if is_new:
            created.append(name)
    return created
