"""Contribution period (缴费核定): what one enrollment owes, who pays it, and what it gives."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q

from casework.models import Case
from enrollment.models.enrollment import Enrollment
from enrollment.models.quoted import Quoted
from hardship.models import AssistanceGrant
from registry.models import Resident
from registry.models.history import change_history


class ContributionState(models.TextChoices):
    """Where the contribution stands. From paid on, the figures are frozen."""

    QUOTED = "quoted", "已核定"
    PARTLY_PAID = "partly_paid", "部分缴费"
    PAID = "paid", "已缴清"
    REVERSED = "reversed", "已冲正"


class ContributionPeriod(Quoted):
    """due = assisted + supported + payable, by construction and by constraint.

    `policy_key` is empty for years kept by the platform before this system, whose figures are facts and not computed
    here. `decided_at` is the moment the figures were decided: they rest on what was on record then; null = decided
    elsewhere. `case` gave the paid year another grant; null = the figures are those of a quote. `trace` holds the
    steps of a row that shares its working with nobody: read `steps`. `confirmation` is what the person confirmed in
    writing where no benefit day is left.
    """

    enrollment = models.OneToOneField(
        Enrollment, verbose_name="参保登记", on_delete=models.PROTECT, related_name="contribution"
    )
    resident = models.ForeignKey(
        Resident,
        verbose_name="参保人",
        on_delete=models.PROTECT,
        related_name="contributions",
        db_index=False,  # its first index begins with it
    )
    coverage_year = models.PositiveSmallIntegerField("参保年度")
    paid = models.DecimalField("实缴", max_digits=10, decimal_places=2, default=Decimal(0))
    no_benefit_confirmed = models.BooleanField("已书面确认当年无待遇", default=False)
    confirmation = models.CharField("书面确认内容", max_length=300, blank=True, default="", db_default="")
    bought_back_months = models.PositiveSmallIntegerField("缴费修复月数", default=0)
    state = models.CharField(
        "状态", max_length=12, choices=ContributionState, default=ContributionState.QUOTED
    )
    quoted_on = models.DateField("核定日期")
    decided_at = models.DateTimeField("核定时间", null=True, blank=True)
    case = models.ForeignKey(
        Case, verbose_name="调整资助的工单", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    paid_on = models.DateField("缴清日期", null=True, blank=True)
    frozen_at = models.DateTimeField("锁定时间", null=True, blank=True)
    grant = models.ForeignKey(
        AssistanceGrant,
        verbose_name="资助",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    trace = models.JSONField("计算过程", default=list)
    history = change_history("缴费核定", unasked=("enrollment", "case", "working"), in_bulk=True)

    class Meta:
        verbose_name = verbose_name_plural = "缴费核定"
        constraints = [
            models.CheckConstraint(
                name="contribution_parts_add_up",
                condition=Q(due=F("assisted") + F("supported") + F("payable")),
            ),
            models.CheckConstraint(
                name="contribution_is_not_negative",
                condition=Q(due__gte=0)
                & Q(assisted__gte=0)
                & Q(supported__gte=0)
                & Q(payable__gte=0)
                & Q(paid__gte=0),
            ),
            models.CheckConstraint(
                name="benefit_period_in_order",
                condition=Q(benefit_start__isnull=True) | Q(benefit_end__gte=F("benefit_start")),
            ),
        ]
        indexes = [
            models.Index(fields=["resident", "coverage_year"], name="contribution_by_resident_year"),
            models.Index(fields=["paid_on"], name="contribution_by_day", condition=Q(paid_on__isnull=False)),
            models.Index(  # the year end reads who is insured from it alone
                fields=["coverage_year", "resident"],
                include=["enrollment"],
                condition=Q(state=ContributionState.PAID),
                name="paid_by_year_and_resident",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.coverage_year} 应缴 {self.due}"

    @property
    def is_helped_later(self) -> bool:
        """Whether all its aid was given after the payment, for an identity that came as late."""
        return self.grant is not None and self.grant.is_after_payment

    @property
    def steps(self) -> list[dict[str, str]]:
        """How the figures came about, shared or its own."""
        steps: list[dict[str, str]] = self.trace if self.working is None else self.working.steps
        return steps
