"""`manage.py recalculate_incentives --area 230100 --year 2025 --propose`: the year end of one pooling area.

Proposed, looked at, approved by a second person; also paused, resumed, cancelled, sent back and taken back.
"""

import time
from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from benefits.models import IncentiveRun, RunState
from benefits.services.year_end import (
    COUNT_LABELS,
    propose_year_end,
    resume_year_end,
    run_year_end_chunks,
    stage_job,
)
from benefits.services.year_end_decisions import (
    approve_year_end,
    cancel_year_end,
    reject_year_end,
    undo_year_end,
)
from benefits.services.year_end_verify import Verified, verify_year_end
from exchange.models import JobStatus
from exchange.services.jobs import pause_job
from policy.errors import DomainError
from registry.models import Area, Resident, Role
from registry.selectors import scope_filter

DECISIONS: dict[str, Callable[..., IncentiveRun]] = {
    "approve": approve_year_end,
    "reject": reject_year_end,
    "cancel": cancel_year_end,
    "undo": undo_year_end,
}
DECIDERS = {
    "approve": (Role.REVIEWER, Role.SUPERVISOR),
    "reject": (Role.REVIEWER, Role.SUPERVISOR),
    "undo": (Role.REVIEWER, Role.SUPERVISOR),
    "cancel": (Role.SUPERVISOR,),
}
SHOWN = 200
VERBS = {
    "status": "显示进度和结果（默认）",
    "propose": "核算并提请复核，不生效；中断的从断点接着算",
    "approve": "批准生效，由发起人以外的复核人员办理（须 --by、--reason）",
    "reject": "退回（须 --by、--reason）",
    "verify": "从全部历史重新计算每一个人，与已算出的结果核对；有不同的列出，退出码为 1",
    "pause": "暂停",
    "resume": "继续",
    "cancel": "取消未生效的核算（须 --by、--reason）",
    "undo": "整批撤销已生效的核算（须 --by、--reason）",
}


class Command(BaseCommand):
    """See the module docstring."""

    help = "年终核算连续参保和零报销激励：先核算提请复核，批准后才生效。"

    def add_arguments(self, parser: CommandParser) -> None:
        """Take area, year, what to do, and who does it."""
        parser.add_argument("--area", required=True, help="统筹地区区划代码，如 230100")
        parser.add_argument("--year", required=True, type=int, help="参保年度，如 2025")
        verbs = parser.add_mutually_exclusive_group()
        for verb, about in VERBS.items():
            verbs.add_argument(f"--{verb}", dest="verb", action="store_const", const=verb, help=about)
        parser.add_argument("--by", default="", help="经办人用户名")
        parser.add_argument("--reason", default="", help="意见或原因")

    def handle(self, *_args: Any, area: str, year: int, verb: str | None, **options: Any) -> None:
        """Do one thing and say how the run stands."""
        started = time.monotonic()
        try:
            place = Area.objects.get(code=area)
            run = self._done(verb or "status", place, year, options)
        except Area.DoesNotExist:
            raise CommandError(f"没有代码为 {area} 的地区，请先执行 load_areas") from None
        except DomainError as refusal:
            raise CommandError(refusal.message) from refusal
        if verb == "verify":
            self._verify(run)
        else:
            self._say(run)
        self.stdout.write(f"用时 {time.monotonic() - started:.1f} 秒")
        if run.state == RunState.FAILED:
            raise CommandError(f"核算未完成，原因见任务 {run.job_id}；再次执行 --propose 将从断点继续")

    def _done(self, verb: str, area: Area, year: int, options: dict[str, Any]) -> IncentiveRun:
        user = User.objects.filter(username=options["by"]).first()
        if options["by"] and user is None:
            raise CommandError(f"没有用户 {options['by']}")
        if verb == "propose":
            return propose_year_end(area=area, year=year, today=timezone.localdate(), user=user)
        run = IncentiveRun.objects.filter(area=area, year=year).order_by("-pk").first()
        if run is None:
            raise CommandError(f"{area.name} {year} 年度还没有核算，请先 --propose")
        if verb in DECISIONS:
            run = DECISIONS[verb](
                run_id=run.pk, user=_decider(user, verb=verb, area=area), reason=options["reason"]
            )
        elif verb == "pause" and (job := stage_job(run)) is not None:
            pause_job(job=job)
        elif verb == "resume":
            run = resume_year_end(run_id=run.pk)
        return run_year_end_chunks(run_id=run.pk) if verb in ("approve", "resume") else run

    def _verify(self, run: IncentiveRun) -> None:
        """Work everybody out from all history and list who differs.

        :raises CommandError: if somebody does
        """
        if run.proposed_at is None and run.applied_at is None:
            raise CommandError("还没有算完，请先 --propose")
        found = Verified()
        for found in verify_year_end(run=run):
            self.stdout.write(f"  已核对 {found.checked:,} 人")
        self.stdout.write(f"一致 {found.agreeing:,} 人（其中逐条规则抽查 {found.sampled:,} 人）")
        if not found.differing:
            return
        for person in Resident.objects.filter(pk__in=sorted(found.differing)[:SHOWN]).order_by("pk"):
            self.stdout.write(f"  不一致：人员 {person.pk} {person.name} {person.masked_id_number}")
        raise CommandError(f"{len(found.differing):,} 人不一致：核算后有新的记录，或结果有误")

    def _say(self, run: IncentiveRun) -> None:
        self.stdout.write(f"{run.area.name} {run.year} 年度激励核算（批次 {run.pk}，{run.policy_key}）")
        self.stdout.write(f"  状态：{run.get_state_display()}{f'（{run.reason}）' if run.reason else ''}")
        if (job := stage_job(run)) is not None and job.status != JobStatus.DONE:
            self.stdout.write(f"  进度：{job.done:,} / {job.total:,} 人（{job.get_status_display()}）")
        for name, label in COUNT_LABELS.items():
            if name in run.counts:
                self.stdout.write(f"  {label}：{run.counts[name]:,}")
        for cap, persons in run.counts.get("caps", {}).items():
            self.stdout.write(f"  次年封顶线 {cap or '未规定'}：{persons:,} 人")
        if run.state == RunState.PROPOSED:
            self.stdout.write("  尚未生效，请复核人员核对后批准（--approve --by 用户名 --reason 意见）")


def _decider(user: User | None, *, verb: str, area: Area) -> User:
    if user is None:
        raise CommandError("请用 --by 写明经办人的用户名")
    mine = Area.objects.filter(scope_filter(user, area="", roles=DECIDERS[verb]), pk=area.pk)
    if not mine.exists():
        raise CommandError(f"{user.get_username()} 在{area.name}没有这项权限")
    return user
