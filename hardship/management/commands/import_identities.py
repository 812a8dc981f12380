"""`manage.py import_identities --kind civil_affairs --area 230100 --as-of 2025-03-31 FILE`: plan, show, apply."""

import datetime
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from exchange.models import BatchStatus, InboundBatch, InboundRow, RowOutcome
from exchange.rules.places import row_place
from hardship.selectors.endings import endings_guard
from hardship.services.lists import PREFIX, READERS, apply_list, plan_list
from policy.errors import DomainError
from policy.words import said
from registry.models import Area

BAD = (RowOutcome.REFUSED, RowOutcome.CONFLICT, RowOutcome.HELD)


class Command(BaseCommand):
    """Plan a list of identities, print what would become of it, and with --wet-run put it in force."""

    help = "导入困难身份名单：先生成计划并逐行说明，加 --wet-run 才生效；同一文件重复导入不产生变化。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file and what it is."""
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--kind", required=True, choices=sorted(READERS), help="来源部门")
        parser.add_argument("--area", required=True, help="区划代码")
        parser.add_argument("--as-of", required=True, type=datetime.date.fromisoformat, help="数据日期")
        parser.add_argument("--mode", default="full", choices=["full", "supplementary"], help="全量或补充")
        parser.add_argument("--user", help="导入人用户名；加 --wet-run 时必填")
        parser.add_argument("--second-user", help="取消人数超过比例时的复核人用户名")
        parser.add_argument("--wet-run", action="store_true", help="生效；不加只生成计划")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Plan, show, and apply if asked."""
        try:
            self._import(options)
        except DomainError as refused:
            raise CommandError(f"{refused.message}（{refused.code}）") from None

    def _import(self, options: dict[str, Any]) -> None:
        if options["wet_run"] and options["user"] is None:
            raise CommandError("生效须写明由谁确认：加 --user 用户名")
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"找不到文件 {path}")
        area = Area.objects.filter(code=options["area"]).first()
        if area is None:
            raise CommandError(f"没有区划代码为 {options['area']} 的地区")
        user = _user(options["user"])
        batch = plan_list(
            kind=options["kind"],
            content=path.read_bytes(),
            file_name=path.name,
            area=area,
            as_of=options["as_of"],
            mode=options["mode"],
            user=user,
        )
        known = batch.status == BatchStatus.APPLIED
        if options["wet_run"] and batch.status == BatchStatus.PLANNED:
            batch = apply_list(batch=batch, user=user, second_user=_user(options["second_user"]))
        self._show(batch, known=known)

    def _show(self, batch: InboundBatch, *, known: bool) -> None:
        counts = "，".join(
            f"{label} {batch.counts[code]}" for code, label in RowOutcome.choices if batch.counts.get(code)
        )
        state = "此前已生效，未作变动" if known else batch.get_status_display()
        self.stdout.write(
            f"批次{batch.pk} {batch.file_name}（{batch.get_mode_display()}）：{state}；{counts or '没有数据行'}"
        )
        if batch.error:
            self.stdout.write(batch.error)
        for row in InboundRow.objects.filter(batch=batch, outcome__in=BAD).order_by("number", "pk"):
            place = row_place(row.number, row.sheet) if row.number else f"未列入清单：{row.payload['name']}"
            column = f" {row.field}" if row.field else ""
            self.stdout.write(f"  {place}{column} {row.get_outcome_display()}：{row.message}")
        if batch.status == BatchStatus.PLANNED:
            guard = endings_guard(batch)
            verb = "取消或提前终止" if guard.shortened else "取消"
            whose = said(batch.kind.removeprefix(PREFIX))
            self.stdout.write(
                f"将{verb} {guard.ending} 条（现有 {guard.standing} 条，{whose}）；加 --wet-run 生效"
            )
            if guard.passed_in:
                self.stdout.write(f"须另一人复核：{guard.passed_in}")
            if guard.left_alone:
                self.stdout.write(guard.left_alone)


def _user(name: str | None) -> User | None:
    if name is None:
        return None
    user = User.objects.filter(username=name).first()
    if user is None:
        raise CommandError(f"没有用户 {name}")
    return user
