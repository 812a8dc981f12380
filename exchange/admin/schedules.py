"""Schedules (定时任务) and results of tasks, in the house's dress."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django_celery_beat import admin as beat_admin
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)
from django_celery_results import admin as _first  # noqa: F401 - registers its pages, which ours replace
from django_celery_results.models import GroupResult, TaskResult
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from policy.admin.house import ReadOnly

for model in (
    PeriodicTask, IntervalSchedule, CrontabSchedule, SolarSchedule, ClockedSchedule, TaskResult, GroupResult,
):  # fmt: skip
    if admin.site.is_registered(model):
        admin.site.unregister(model)


NAMES = {"celery.backend_cleanup": "清理过期任务结果"}


def crontab_text(times: CrontabSchedule) -> str:
    """Return a plain schedule as staff say it; any other as it is written."""
    minute, hour, day, month, weekday = (
        times.minute, times.hour, times.day_of_month, times.month_of_year, times.day_of_week,
    )  # fmt: skip
    if (hour, day, month, weekday) == ("*", "*", "*", "*"):
        every = minute.removeprefix("*/")
        return (
            "每分钟" if minute == "*" else f"每 {every} 分钟" if minute != every else f"每小时第 {minute} 分"
        )
    if weekday != "*" or not (minute.isdigit() and hour.isdigit()):
        return f"{minute} {hour} {day} {month} {weekday}"
    at = f"{int(hour):02d}:{int(minute):02d}"
    if day == "*":
        return f"每天 {at}"
    return f"每月 {day} 日 {at}" if month == "*" else f"每年 {month} 月 {day} 日 {at}"


class TaskSelect(UnfoldAdminSelectWidget, beat_admin.TaskSelectWidget):
    """The names of the tasks there are, dressed."""


class TaskForm(beat_admin.PeriodicTaskForm):
    """When what runs."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["regtask"].widget = TaskSelect()
        self.fields["regtask"].label = "任务（选择）"
        self.fields["task"].widget = UnfoldAdminTextInputWidget()
        self.fields["task"].label = "任务（填写）"


@admin.register(PeriodicTask)
class PeriodicTaskPage(beat_admin.PeriodicTaskAdmin, ModelAdmin):
    """Scheduled tasks, editable."""

    form = TaskForm
    list_display = ("title", "enabled", "when", "last_run_at", "total_run_count")
    list_filter = ("enabled",)
    date_hierarchy = None
    list_fullwidth = True

    @admin.display(description="时间")
    def when(self, task: PeriodicTask) -> str:
        """Say when the task runs."""
        if task.crontab:
            return crontab_text(task.crontab)
        return str(task.interval or task.solar or task.clocked or "—")

    @admin.display(description="任务名", ordering="name")
    def title(self, task: PeriodicTask) -> str:
        """Name the task; the one the broker adds by itself has no name of ours."""
        name: str = task.name
        return NAMES.get(name, name)

    def get_fieldsets(self, request: HttpRequest, obj: PeriodicTask | None = None) -> Any:
        """Show what staff set; the rest belongs to the settings."""
        when = ("interval", "crontab", "clocked", "start_time", "one_off")
        return (
            (None, {"fields": ("name", "regtask", "task", "enabled", "description")}),
            ("时间", {"fields": (*when, "last_run_at")}),
            ("参数", {"fields": ("args", "kwargs", "expires", "expire_seconds")}),
        )


@admin.register(CrontabSchedule)
class CrontabPage(ModelAdmin):
    """Times of day."""

    list_display = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week", "timezone")
    list_fullwidth = True


@admin.register(IntervalSchedule)
class IntervalPage(ModelAdmin):
    """Every so often."""

    list_display = ("every", "period")
    list_fullwidth = True


@admin.register(ClockedSchedule)
class ClockedPage(ModelAdmin):
    """Once, at a time."""

    list_display = ("clocked_time",)
    list_fullwidth = True


@admin.register(TaskResult)
class TaskResultPage(ReadOnly, ModelAdmin):
    """What became of each task."""

    list_display = ("date_done", "task_name", "status", "worker", "periodic_task_name")
    search_fields = ("task_name", "task_id")
    list_filter = ("status",)
    ordering = ("-date_done",)
    fields = (
        "task_id", "task_name", "periodic_task_name", "status", "worker", "date_created", "date_started", "date_done",
        "task_kwargs", "result", "traceback",
    )  # fmt: skip
    list_fullwidth = True
    show_full_result_count = False

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> forms.Field | None:
        """Use the dressed widgets."""
        field: forms.Field | None = super().formfield_for_dbfield(db_field, request, **kwargs)
        return field
