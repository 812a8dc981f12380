"""`manage.py import_claims FILE --area 230100 [--wet-run]`: plan a settlement file, show it, settle it."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from benefits.services.claim_lists import apply_claims, plan_claims
from exchange.models import BatchStatus, InboundBatch, InboundRow, RowOutcome
from policy.errors import DomainError
from registry.models import Area


class Command(BaseCommand):
    """Plan a settlement file, print what would become of it, and with --wet-run settle it."""

    help = "导入医疗机构结算文件：先生成计划并逐行说明，加 --wet-run 才结算；同一文件重复导入不产生变化。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file and the area."""
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--area", required=True, help="统筹地区区划代码")
        parser.add_argument("--wet-run", action="store_true", help="结算；不加只生成计划")

    def handle(self, *_args: Any, file: Path, area: str, wet_run: bool, **_options: Any) -> None:
        """Plan, show, and settle if asked."""
        if not file.is_file():
            raise CommandError(f"找不到文件 {file}")
        try:
            batch = plan_claims(
                content=file.read_bytes(),
                file_name=file.name,
                area=Area.objects.get(code=area),
                as_of=timezone.localdate(),
            )
            known = batch.status == BatchStatus.APPLIED
            if wet_run and not known:
                batch = apply_claims(batch=batch)
        except Area.DoesNotExist:
            raise CommandError(f"没有区划代码为 {area} 的地区") from None
        except DomainError as refused:
            raise CommandError(f"{refused.message}（{refused.code}）") from None
        self._show(batch, known=known)

    def _show(self, batch: InboundBatch, *, known: bool) -> None:
        counts = "，".join(
            f"{label} {batch.counts[code]}" for code, label in RowOutcome.choices if batch.counts.get(code)
        )
        state = "此前已结算，未作变动" if known else batch.get_status_display()
        self.stdout.write(f"批次{batch.pk} {batch.file_name}：{state}；{counts or '没有数据行'}")
        bad = InboundRow.objects.filter(batch=batch).exclude(
            outcome__in=(RowOutcome.NEW, RowOutcome.UNCHANGED)
        )
        for row in bad.order_by("number", "pk"):
            column = f" {row.field}" if row.field else ""
            self.stdout.write(f"  第{row.number}行{column} {row.get_outcome_display()}：{row.message}")
        if batch.status == BatchStatus.PLANNED:
            self.stdout.write("以上为计划；加 --wet-run 结算")
