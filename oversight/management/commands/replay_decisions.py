"""`manage.py replay_decisions [--area 230100] [--year 2025] [--sample N]`: decide again from what was known then."""

import sys
from collections import Counter
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Model
from django.utils import timezone

from benefits.models import Claim, IncentiveState
from enrollment.models import ContributionPeriod
from hardship.models import AssistanceGrant
from oversight.services.replay import replay_of
from policy.replays import Difference, Replayed
from registry.models import Area, Resident

# Kind → what staff call it, where its key leads, and whose fields its figures are.
KINDS: dict[str, tuple[str, str, type[Model]]] = {
    "contribution": ("缴费核定", "变更记录", ContributionPeriod),
    "claim": ("费用结算", "变更记录", Claim),
    "incentive_state": ("激励状态", "核算批次", IncentiveState),
    "incentive_revision": ("激励状态更正", "更正", IncentiveState),
}
NOTHING = "无"


class Command(BaseCommand):
    """See the module docstring."""

    help = "按当时掌握的情况和当时的政策版本复算缴费核定、资助、费用结算和年终激励，列出不一致的；有不一致时以 1 退出"

    def add_arguments(self, parser: CommandParser) -> None:
        """Take whose decisions, of which year, and how many people."""
        parser.add_argument("--area", help="只复算居住在此地区的人员，区划代码，如 230100")
        parser.add_argument("--year", type=int, help="只复算此参保年度，如 2025")
        parser.add_argument("--sample", type=int, metavar="N", help="随机抽取 N 人")

    def handle(
        self, *_args: Any, area: str | None, year: int | None, sample: int | None, **_options: Any
    ) -> None:
        """Replay, name what differs, count."""
        run = replay_of(area=_place(area), coverage_year=year, sample=sample)
        counts: Counter[bool] = Counter()
        for decision in run.decisions():
            counts[decision.equal] += 1
            if not decision.equal:
                self._tell(decision)
        undated = run.undated()
        if left := int(undated):
            self.stdout.write(f"{left:,} 项决定没有留存核定时间，不能复算")
        people = len(run.resident_ids)
        self.stdout.write(f"{people:,} 人：{counts[True]:,} 项一致，{counts[False]:,} 项不一致")
        if counts[False]:
            sys.exit(1)

    def _tell(self, decision: Replayed) -> None:
        person = Resident.objects.get(pk=decision.resident_id)
        at = timezone.localtime(decision.decided_at)
        called, where, _ = KINDS[decision.kind]
        self.stdout.write(
            f"{person.name[:1]}** {person.masked_id_number} {decision.coverage_year} 年度"
            f"{called}（{where} {decision.key}，{at:%Y-%m-%d %H:%M:%S}，{decision.policy_key}）"
        )
        if decision.refusal:
            self.stdout.write(f"  复算被拒绝：{decision.refusal}")
            return
        for difference in decision.differences:
            self.stdout.write(f"  {_said(decision.kind, difference)}")


def _place(code: str | None) -> Area | None:
    try:
        return None if code is None else Area.objects.get(code=code)
    except Area.DoesNotExist:
        raise CommandError(f"没有代码为 {code} 的地区，请先执行 load_areas") from None


def _said(kind: str, difference: Difference) -> str:
    values = [NOTHING if each is None else each for each in (difference.stored, difference.replayed)]
    return f"{_label(kind, difference.name)}：原为 {values[0]}，复算为 {values[1]}"


def _label(kind: str, name: str) -> str:
    grant = name.removeprefix("grant_")
    model: Any = KINDS[kind][2] if grant == name else AssistanceGrant
    try:
        return str(model._meta.get_field(grant).verbose_name)
    except FieldDoesNotExist:
        return name
