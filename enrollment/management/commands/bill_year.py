"""`manage.py bill_year --area 230100 --year 2026 [--wet-run]`: register and quote a whole area for a coverage year."""

import datetime
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from enrollment.models import BillingRun, BillingScope, BillingState
from enrollment.selectors.billing import billing_lines, reason_label
from enrollment.services.billing.runs import confirm_billing, open_billing, run_billing_chunks
from policy.errors import DomainError
from registry.models import Area


class Command(BaseCommand):
    """See the module docstring."""

    help = "年度集中开单：为一个地区的续保人员登记并核定。不加 --wet-run 只试算，不登记任何人。"

    def add_arguments(self, parser: CommandParser) -> None:
        """Take area, year, and whether to write."""
        parser.add_argument("--area", required=True, help="地区区划代码，含其下所有地区，如 230100")
        parser.add_argument("--year", required=True, type=int, help="参保年度，如 2026")
        parser.add_argument("--pay-day", type=datetime.date.fromisoformat, help="按哪天缴费核定，不写为今天")
        parser.add_argument("--everyone", action="store_true", help="新参保和断保人员也直接登记")
        parser.add_argument("--wet-run", action="store_true", help="登记并核定")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Plan, and bill if asked; what was broken off goes on."""
        started = time.monotonic()
        try:
            run = self._run(options)
        except Area.DoesNotExist:
            raise CommandError(f"没有代码为 {options['area']} 的地区，请先执行 load_areas") from None
        except DomainError as refusal:
            raise CommandError(f"{refusal.message}（{refusal.code}）") from refusal
        if run.state in (BillingState.PLANNING, BillingState.BILLING):
            raise CommandError("尚有分段未完成，原因见后台任务；再次执行将从断点继续")
        self._say(run)
        self.stdout.write(f"用时 {time.monotonic() - started:.1f} 秒")
        if run.state == BillingState.PLANNED:
            self.stdout.write("以上为试算，没有登记任何人；开单请加 --wet-run")

    def _run(self, options: dict[str, Any]) -> BillingRun:
        run = open_billing(
            area=Area.objects.get(code=options["area"]),
            coverage_year=options["year"],
            today=timezone.localdate(),
            pay_day=options["pay_day"],
            scope=BillingScope.EVERYONE if options["everyone"] else BillingScope.RENEWALS,
        )
        if run.state == BillingState.PLANNING:
            run = run_billing_chunks(run_id=run.pk)
        if options["wet_run"]:
            if run.state == BillingState.PLANNED:
                run = confirm_billing(run_id=run.pk)
            run = run_billing_chunks(run_id=run.pk)
        return run

    def _say(self, run: BillingRun) -> None:
        stage = "billed" if run.state == BillingState.DONE else "planned"
        counts = run.counts[stage]
        self.stdout.write(
            f"{run.area.name} {run.coverage_year} 年度集中开单（批次 {run.pk}，按 {run.pay_day} 缴费核定）："
            f"{'已开单' if stage == 'billed' else '可开单'} {counts['people']:,} 人"
        )
        for line in billing_lines(run):
            self.stdout.write(
                f"  {line.title}：{line.people:,} 人，每人应缴 {line.due}，资助 {line.assisted}，"
                f"个人 {line.payable}，合计个人 {line.total_payable:,.2f}"
            )
        for reason, people in sorted(counts["left_out"].items(), key=lambda pair: -pair[1]):
            self.stdout.write(f"  不开单：{reason_label(reason)} {people:,} 人")
