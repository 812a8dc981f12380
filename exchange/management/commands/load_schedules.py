"""`manage.py load_schedules`: the regular tasks of `settings.SCHEDULES`, where they are missing."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from exchange.services.schedules import load_schedules


class Command(BaseCommand):
    """Create missing schedules and name them."""

    help = "建立缺少的定时任务；已有的（含在后台改过的）不动"

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Load and report."""
        created = load_schedules(schedules=settings.SCHEDULES)
        self.stdout.write(f"定时任务：新增 {len(created)}，共 {len(settings.SCHEDULES)}")
