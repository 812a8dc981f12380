"""`manage.py push_alerts --area 230100 --month 2025-03 [--wet-run]`: the alert scan of one pooling area."""

import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from benefits.selectors.burdens import month_of
from benefits.services.alerts import scan_up_to
from policy.errors import DomainError
from registry.models import Area

MONTH = len("2025-03")


class Command(BaseCommand):
    """See the module docstring."""

    help = "扫描当月新增的高额费用人员并写入推送箱。不加 --wet-run 只显示将要推送的人数。"

    def add_arguments(self, parser: CommandParser) -> None:
        """Take area, month and whether to write."""
        parser.add_argument("--area", required=True, help="统筹地区区划代码，如 230100")
        parser.add_argument(
            "--month", required=True, help="统计月份，如 2025-03；每旬扫描的写截止日，如 2025-03-10"
        )
        parser.add_argument("--wet-run", action="store_true", help="写入预警和推送箱")

    def handle(self, *_args: Any, area: str, month: str, wet_run: bool, **_options: Any) -> None:
        """Scan and say how many are warned of."""
        try:
            place = Area.objects.get(code=area)
            until = datetime.date.fromisoformat(month) if len(month) > MONTH else month_of(month).last
            scan = scan_up_to(area=place, until=until, wet_run=wet_run, today=timezone.localdate())
        except Area.DoesNotExist:
            raise CommandError(f"没有代码为 {area} 的地区，请先执行 load_areas") from None
        except DomainError as refusal:
            raise CommandError(refusal.message) from refusal
        except ValueError:
            raise CommandError(f"“{month}”看不懂，请写成 2025-03 或 2025-03-10 的样子") from None
        done = "已写入推送箱" if wet_run else "试算，未写入；推送请加 --wet-run"
        self.stdout.write(f"{place.name} {month} 高额费用预警（{scan.policy_key}；{done}）")
        self.stdout.write(f"  核对人数：{scan.checked:,}，此前已预警：{scan.warned_before:,}")
        for label, persons in sorted(scan.raised.items()):
            self.stdout.write(f"  {label}：新增 {persons:,} 人")
        for label, missing in scan.unpublished.items():
            self.stdout.write(f"  {label}：没有扫描。{missing}")
        if not scan.raised:
            self.stdout.write("  没有新增预警")
