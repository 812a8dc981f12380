"""Reconcile an area's month and say what does not agree."""

import argparse
import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from oversight.selectors.reconciliations import counts_by_kind
from oversight.services.reconcile import reconcile
from policy.errors import DomainError
from registry.models import Area


class Command(BaseCommand):
    """reconcile: people, payments, assistance and tax totals of one month."""

    help = "核对一个地区一个月的参保人数、缴费、资助和税务汇总，列出各类差异；可反复运行"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take the area and the month."""
        parser.add_argument("--area", required=True, help="区划代码")
        parser.add_argument("--month", required=True, help="月份，如 2024-11")

    def handle(self, *, area: str, month: str, **_: Any) -> None:
        """Compare and report."""
        try:
            first = datetime.date.fromisoformat(f"{month}-01")
        except ValueError:
            raise CommandError(f"月份“{month}”请写成 2024-11 的样子") from None
        place = Area.objects.filter(code=area).first()
        if place is None:
            raise CommandError(f"没有代码为“{area}”的地区")
        try:
            paper = reconcile(area=place, month=first, today=timezone.localdate())
        except DomainError as refused:
            raise CommandError(refused.message) from refused
        said = paper.totals
        self.stdout.write(
            f"{place.name} {month}：参保 {said['people']:,} 人（全额资助 {said['aided']:,}），"
            f"入账 {said['booked']:,} 笔 {said['booked_amount']} 元，待处理 {said['held']:,} 笔，"
            f"税务 {said['tax']:,} 笔 {said['tax_amount']} 元"
        )
        for each in counts_by_kind(paper):
            self.stdout.write(
                f"  {each.label}：待说明 {each.open:,}，已说明 {each.explained:,}，已消除 {each.resolved:,}"
            )
