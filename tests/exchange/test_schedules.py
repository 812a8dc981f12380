"""Schedules are created once and left as staff changed them."""

import pytest
from celery import current_app
from django.conf import settings
from django.core.management import call_command
from django_celery_beat.models import PeriodicTask

from exchange.services.schedules import load_schedules

pytestmark = pytest.mark.django_db


def test_missing_schedules_are_created_and_changed_ones_stay(capsys):
    call_command("load_schedules")
    delivering = PeriodicTask.objects.get(task="exchange.tasks.deliver_outbox")
    delivering.enabled = False
    delivering.save()

    call_command("load_schedules")

    delivering.refresh_from_db()
    assert not delivering.enabled
    assert str(delivering.crontab.timezone) == "Asia/Shanghai"
    assert capsys.readouterr().out.splitlines()[-1] == f"定时任务：新增 0，共 {len(settings.SCHEDULES)}"


def test_every_schedule_names_a_task_that_exists():
    current_app.loader.import_default_modules()

    assert {each["task"] for each in settings.SCHEDULES.values()} <= set(current_app.tasks)


def test_a_schedule_with_too_few_fields_is_refused():
    with pytest.raises(ValueError, match="zip"):
        load_schedules(schedules={"x": {"task": "x", "cron": "* *"}})
