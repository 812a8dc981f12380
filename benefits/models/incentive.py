"""Incentive runs and states (连续参保和零报销激励): one run per area and year, one state per person and year."""

from django.db import models

from exchange.models import Job
from registry.models import Area
from registry.models.staff_keys import staff_key


class RunState(models.TextChoices):
    """Life of a run: computed, shown, approved by a second person, in force; or given up before."""

    COMPUTING = "computing", "计算中"
    FAILED = "failed", "未完成"
    PROPOSED = "proposed", "待复核"
    APPLIED = "applied", "已生效"
    UNDONE = "undone", "已撤销"
    REJECTED = "rejected", "已退回"
    CANCELLED = "cancelled", "已取消"


UNDECIDED = (RunState.COMPUTING, RunState.FAILED, RunState.PROPOSED)


class IncentiveRun(models.Model):
    """The year-end recalculation of one area; every state names its run, and through it policy and people.

    `job` computes, `following` brings what stands on the run up to it once it is applied. `digest` is that of the
    rows as they were computed: what is applied must still have it. `reason` says why it was approved, sent back or
    cancelled.
    """

    area = models.ForeignKey(Area, verbose_name="地区", on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField("年度")
    policy_key = models.CharField("政策版本", max_length=40)
    policy_digest = models.CharField("政策摘要", max_length=16, blank=True)
    state = models.CharField("状态", max_length=10, choices=RunState, default=RunState.COMPUTING)
    job = models.ForeignKey(
        Job, verbose_name="核算任务", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    following = models.ForeignKey(
        Job, verbose_name="后续任务", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    counts = models.JSONField("统计", default=dict, blank=True)
    digest = models.CharField("结果摘要", max_length=64, blank=True)
    started_by = staff_key("发起人")
    started_at = models.DateTimeField("开始时间", auto_now_add=True)
    proposed_at = models.DateTimeField("算完时间", null=True, blank=True)
    decided_by = staff_key("复核人")
    decided_at = models.DateTimeField("复核时间", null=True, blank=True)
    reason = models.CharField("意见", max_length=200, blank=True)
    applied_at = models.DateTimeField("生效时间", null=True, blank=True)
    undone_by = staff_key("撤销人")
    undone_at = models.DateTimeField("撤销时间", null=True, blank=True)
    undo_reason = models.CharField("撤销原因", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "年终激励核算"
        constraints = [
            models.UniqueConstraint(
                fields=["area", "year"],
                condition=models.Q(state__in=["computing", "failed", "proposed", "applied"]),
                name="one_live_incentive_run_per_area_and_year",
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.year} 年终激励核算"


class IncentiveState(models.Model):
    """A person's incentives after a year, as the run in force has them.

    The table is partitioned by year and pooling area. Every run writes a table of its own, which becomes the part of
    its year and area once it is applied (`benefits.batch.run_tables`): a run that is not in force is not seen here.
    Keyed by person and year, append-only. Steps and lapses count increments; the caps in yuan are those of the
    following year if the person enrolls again. `decided_at` is the moment whose records the run's chunk rested on;
    null = worked out before moments were kept. No foreign key holds it in the database (it would double the time of a
    run); a run checks people set-wise. A fact that comes late changes a state, and `IncentiveRevision` keeps what it
    was.
    """

    pk = models.CompositePrimaryKey("resident_id", "year", verbose_name="人员与年度")
    resident_id = models.BigIntegerField("参保人")
    year = models.PositiveSmallIntegerField("年度")
    area_id = models.BigIntegerField("统筹地区")
    run_id = models.BigIntegerField("核算批次")
    ever_insured = models.BooleanField("曾参保")
    excluded = models.BooleanField("救助对象除外")
    continuous_years = models.PositiveSmallIntegerField("连续参保年数")
    continuous_steps = models.PositiveSmallIntegerField("连续参保激励次数")
    zero_claim_steps = models.PositiveSmallIntegerField("零报销激励次数")
    zero_claim_pending = models.BooleanField("当年零报销待次年参保确认")
    lapsed_years = models.PositiveSmallIntegerField("断保年数")
    next_cap = models.DecimalField("次年封顶线", max_digits=12, decimal_places=2, null=True, blank=True)
    decided_at = models.DateTimeField("核算时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "激励状态"

    def __str__(self) -> str:
        return f"#{self.resident_id} {self.year}"


class IncentiveRevision(models.Model):
    """A state corrected after its run, because a fact of its year came late or was taken back. Append-only.

    What is blank of the policy was corrected before it was kept; then the version in force at `changed_at` is meant.
    `run` = the run that brought the correction about; null = a fact that came by itself.
    """

    resident_id = models.BigIntegerField("参保人")
    year = models.PositiveSmallIntegerField("年度")
    before = models.JSONField("更正前")
    after = models.JSONField("更正后")
    reason = models.CharField("原因", max_length=200)
    policy_key = models.CharField("政策版本", max_length=40, blank=True)
    policy_digest = models.CharField("政策摘要", max_length=16, blank=True)
    run = models.ForeignKey(
        IncentiveRun,
        verbose_name="核算批次",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    changed_at = models.DateTimeField("更正时间", auto_now_add=True)
    changed_by = staff_key("经办人")

    class Meta:
        verbose_name = verbose_name_plural = "激励状态更正"
        indexes = [models.Index(fields=["resident_id", "year", "id"], name="revision_by_resident_and_year")]

    def __str__(self) -> str:
        return f"#{self.pk} {self.resident_id} {self.year}"
