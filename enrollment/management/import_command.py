"""What the import commands share: plan a file, show what would become of it, apply it on a wet run."""

import datetime
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from enrollment.services.lists import FileSource, ListKind, import_list
from exchange.models import BatchStatus, InboundBatch, InboundRow, RowOutcome
from policy.errors import DomainError
from registry.models import Area

BAD_OUTCOMES = (RowOutcome.REFUSED, RowOutcome.CONFLICT, RowOutcome.HELD)


class ImportCommand(BaseCommand):
    """Plan or apply one file; the same file again changes nothing."""

    kind: ClassVar[ListKind]

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file, the area it speaks for and the day its data are of."""
        parser.add_argument("file", type=Path, help="xlsx、xls、ods 或 csv 文件")
        parser.add_argument("--area", required=True, help="地区代码")
        parser.add_argument("--as-of", type=datetime.date.fromisoformat, help="数据日期，默认今天")
        parser.add_argument("--wet-run", action="store_true", help="确认生效；不加时只核对、不生效")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Import and report."""
        source = self._source(options)
        try:
            batch = import_list(kind=self.kind, source=source, wet_run=options["wet_run"])
        except DomainError as refused:
            raise CommandError(refused.message) from refused
        self._report(batch)

    def _source(self, options: dict[str, Any]) -> FileSource:
        path: Path = options["file"]
        area = Area.objects.filter(code=options["area"]).first()
        if area is None:
            raise CommandError(f"没有代码为“{options['area']}”的地区")
        if not path.is_file():
            raise CommandError(f"找不到文件 {path}")
        return FileSource(
            content=path.read_bytes(),
            file_name=path.name,
            area=area,
            as_of=options["as_of"] or timezone.localdate(),
        )

    def _report(self, batch: InboundBatch) -> None:
        labels = dict(RowOutcome.choices)
        counts = (
            "，".join(f"{labels[outcome]} {count}" for outcome, count in batch.counts.items()) or "没有数据行"
        )
        self.stdout.write(
            f"{self.kind.label} 批次 {batch.pk}（{batch.file_name}）{batch.get_status_display()}：{counts}"
        )
        bad = InboundRow.objects.filter(batch=batch, outcome__in=BAD_OUTCOMES).order_by("number")
        for row in bad.iterator():
            column = f"“{row.field}”" if row.field else ""
            self.stdout.write(f"  第{row.number}行{column}{labels[row.outcome]}：{row.message}")
        if batch.status == BatchStatus.PLANNED:
            self.stdout.write("以上只是核对结果，尚未生效；确认无误后加 --wet-run。")
