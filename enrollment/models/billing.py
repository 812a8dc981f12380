"""Yearly billing (年度集中开单): one run over an area, the groups of people who are alike, and who is left out."""

from django.db import models

from enrollment.models.quoted import Quoted
from exchange.models import Job
from registry.models import Area, Resident
from registry.models.staff_keys import staff_key


class BillingScope(models.TextChoices):
    """Who is billed without registering first."""

    RENEWALS = "renewals", "续保人员"
    EVERYONE = "everyone", "全部在册人员"


class BillingState(models.TextChoices):
    """Life of a run: first what it would do, then doing it."""

    PLANNING = "planning", "试算中"
    PLANNED = "planned", "待确认"
    BILLING = "billing", "开单中"
    DONE = "done", "已完成"
    CANCELLED = "cancelled", "已取消"


class LeftOut(models.TextChoices):
    """Why somebody is not billed; what documents are silent on goes by the code of the refusal."""

    MOVED_OUT = "moved_out", "已迁出本地"
    DEAD = "dead", "已死亡"
    ENROLLED = "already_enrolled", "已有该年度参保登记"
    WITHDRAWN = "withdrawn", "该年度登记已撤销，须本人重新登记"
    ELSEWHERE = "insured_elsewhere", "他处参保"
    MUST_REGISTER = "must_register", "文件规定续保也须登记"
    MOVED_IN = "moved_in", "参保地有变更，须办理登记"
    LAPSED = "lapsed", "断保后续保，须办理登记"
    NEVER_INSURED = "never_insured", "未曾参保，须办理登记"
    FROZEN_GRANT = "frozen_grant", "该年度资助已锁定，须人工核对"
    NO_POLICY = "policy_not_found", "该年度政策未生效"
    SILENT = "rule_not_published", "文件没有规定"
    NO_BENEFIT_DAY = "no_benefit_day", "年度内已无待遇日，须本人书面确认"


class BillingRun(models.Model):
    """A billing of everybody below `area` for a coverage year, as if each paid on `pay_day`.

    `counts` is summed up when a stage is over: "planned" and "billed" → {"people", "left_out": {reason: people}}.
    """

    area = models.ForeignKey(Area, verbose_name="地区", on_delete=models.PROTECT, related_name="+")
    coverage_year = models.PositiveSmallIntegerField("参保年度")
    pay_day = models.DateField("核定日期", help_text="按当日缴费核定")
    scope = models.CharField("开单范围", max_length=10, choices=BillingScope, default=BillingScope.RENEWALS)
    state = models.CharField("状态", max_length=10, choices=BillingState, default=BillingState.PLANNING)
    planning = models.ForeignKey(
        Job, verbose_name="试算任务", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    billing = models.ForeignKey(
        Job, verbose_name="开单任务", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    counts = models.JSONField("统计", default=dict, blank=True)
    started_by = staff_key("发起人")
    started_at = models.DateTimeField("发起时间", auto_now_add=True)
    confirmed_by = staff_key("确认人")
    confirmed_at = models.DateTimeField("确认时间", null=True, blank=True)
    finished_at = models.DateTimeField("完成时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "年度集中开单"
        constraints = [
            models.UniqueConstraint(
                fields=["area", "coverage_year"],
                condition=models.Q(state__in=["planning", "planned", "billing"]),
                name="one_open_billing_per_area_and_year",
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.coverage_year} 年度集中开单"


class BillingGroup(Quoted):
    """People alike in every fact the policy asks: one quote for all, or one refusal.

    `key` is a digest of those facts. `example` is one of them, for whom the rules were asked. `planned` and `billed`
    count people, once a stage is over.
    """

    run = models.ForeignKey(
        BillingRun, verbose_name="开单批次", on_delete=models.CASCADE, related_name="groups", db_index=False
    )
    key = models.UUIDField("分组键")
    example = models.ForeignKey(
        Resident, verbose_name="样例人员", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    population = models.CharField("人员类别", max_length=20)
    tier = models.CharField("资助档次", max_length=100, blank=True)
    payers = models.JSONField("出资方", default=list, blank=True)
    refusal = models.CharField("不予开单原因", max_length=30, blank=True)
    message = models.CharField("原因说明", max_length=300, blank=True)
    planned = models.PositiveIntegerField("试算人数", default=0)
    billed = models.PositiveIntegerField("开单人数", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "开单分组"
        constraints = [
            models.UniqueConstraint(fields=["run", "key"], name="one_billing_group_per_key"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} 应缴 {self.due}"


class BillingLeftOut(models.Model):
    """Somebody a run does not bill, and why; who is enrolled already is counted only."""

    run = models.ForeignKey(
        BillingRun, verbose_name="开单批次", on_delete=models.CASCADE, related_name="left_out", db_index=False
    )
    resident = models.ForeignKey(
        Resident, verbose_name="参保人", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    reason = models.CharField("原因", max_length=30, choices=LeftOut)

    class Meta:
        verbose_name = verbose_name_plural = "未开单人员"
        constraints = [
            models.UniqueConstraint(fields=["run", "resident"], name="left_out_once_a_run"),
        ]
        indexes = [models.Index(fields=["run", "reason", "resident"], name="left_out_by_reason")]

    def __str__(self) -> str:
        return f"#{self.pk} {self.get_reason_display()}"
