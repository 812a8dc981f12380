"""`manage.py recalculate_incentives --area 230100 --year 2025 [--wet-run]`: the year end of one pooling area."""

import time
from collections.abc import Mapping
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from benefits.models import RunState
from benefits.services.year_end import COUNT_LABELS, plan_year_end, run_year_end
from policy.errors import DomainError
from registry.models import Area


class Command(BaseCommand):
    """See the module docstring."""

    help = "年终核算连续参保和零报销激励。不加 --wet-run 只显示将要发生的变化。"

    def add_arguments(self, parser: CommandParser) -> None:
        """Take area, year and whether to write."""
        parser.add_argument("--area", required=True, help="统筹地区区划代码，如 230100")
        parser.add_argument("--year", required=True, type=int, help="参保年度，如 2025")
        parser.add_argument("--wet-run", action="store_true", help="写入结果")

    def handle(self, *_args: Any, area: str, year: int, wet_run: bool, **_options: Any) -> None:
        """Plan or run, and say what changed."""
        started, today = time.monotonic(), timezone.localdate()
        try:
            place = Area.objects.get(code=area)
            if not wet_run:
                self._say(
                    f"{place.name} {year} 年度激励核算（试算，未写入）",
                    plan_year_end(area=place, year=year, today=today),
                )
                self.stdout.write(f"用时 {time.monotonic() - started:.1f} 秒；写入请加 --wet-run")
                return
            run = run_year_end(area=place, year=year, today=today)
        except Area.DoesNotExist:
            raise CommandError(f"没有代码为 {area} 的地区，请先执行 load_areas") from None
        except DomainError as refusal:
            raise CommandError(refusal.message) from refusal
        if run.state != RunState.APPLIED:
            raise CommandError(f"核算未完成，原因见任务 {run.job_id}；再次执行将从断点继续")
        self._say(f"{place.name} {year} 年度激励核算（批次 {run.pk}，{run.policy_key}）", run.counts)
        self.stdout.write(f"用时 {time.monotonic() - started:.1f} 秒")

    def _say(self, title: str, counts: Mapping[str, Any]) -> None:
        self.stdout.write(title)
        for name, label in COUNT_LABELS.items():
            if name in counts:
                self.stdout.write(f"  {label}：{counts[name]:,}")
        for cap, persons in counts.get("caps", {}).items():
            self.stdout.write(f"  次年封顶线 {cap or '未规定'}：{persons:,} 人")
