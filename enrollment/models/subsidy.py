"""Fiscal subsidy (财政补助): each level's share of each insured person, and the money that arrived."""

from django.db import models
from django.db.models import Q

from enrollment.models.contribution import ContributionPeriod
from exchange.models import InboundBatch
from registry.models import Area
from registry.models.staff_keys import staff_key


class SubsidyShare(models.Model):
    """One level's share for one person and fiscal year; claimed in the year after where the rule says so."""

    contribution = models.ForeignKey(
        ContributionPeriod,
        verbose_name="缴费核定",
        on_delete=models.PROTECT,
        related_name="subsidy_shares",
        db_index=False,  # its constraint begins with it
    )
    fiscal_year = models.PositiveSmallIntegerField("财政年度")
    component = models.CharField("险种", max_length=20)
    level = models.CharField("负担级次", max_length=20)
    amount = models.DecimalField("金额", max_digits=10, decimal_places=2)
    claim_year = models.PositiveSmallIntegerField("申请年度", null=True, blank=True, help_text="空为当年补助")

    class Meta:
        verbose_name = verbose_name_plural = "财政补助分担"
        constraints = [
            models.UniqueConstraint(
                fields=["contribution", "fiscal_year", "component", "level"],
                name="one_subsidy_share_per_level",
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.fiscal_year} 年补助 {self.amount}"


class FormerShare(models.Model):
    """A share that does not stand any more: what it said, and why, when and by whom it was taken back; append-only.

    `taken_back_by` null = the system. `batch` is the list it was taken back by, `exchange.InboundBatch`.
    """

    contribution = models.ForeignKey(
        ContributionPeriod, verbose_name="缴费核定", on_delete=models.PROTECT, related_name="former_shares"
    )
    fiscal_year = models.PositiveSmallIntegerField("财政年度")
    component = models.CharField("险种", max_length=20)
    level = models.CharField("负担级次", max_length=20)
    amount = models.DecimalField("金额", max_digits=10, decimal_places=2)
    claim_year = models.PositiveSmallIntegerField("申请年度", null=True, blank=True, help_text="空为当年补助")
    reason = models.CharField("收回事由", max_length=100)
    taken_back_at = models.DateTimeField("收回时间")
    taken_back_by = staff_key("经办人")
    batch = models.PositiveBigIntegerField("来源批次", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "已收回的补助分担"
        constraints = [models.CheckConstraint(name="former_share_says_why", condition=~Q(reason=""))]

    def __str__(self) -> str:
        return f"#{self.pk} {self.fiscal_year} 年补助 {self.amount}"


class FundTransfer(models.Model):
    """Subsidy money received into the fiscal account from one level of government.

    Append-only: what was recorded wrongly or sent back is a negative row that names the one it takes back. `entry`
    counts how often a document was recorded: once, and once more after each time it was taken back. `batch` is the
    list it came in; null = entered by hand.
    """

    area = models.ForeignKey(Area, verbose_name="地区", on_delete=models.PROTECT, related_name="+")
    fiscal_year = models.PositiveSmallIntegerField("财政年度")
    component = models.CharField("险种", max_length=20, default="basic")
    level = models.CharField("负担级次", max_length=20)
    amount = models.DecimalField("到账金额", max_digits=16, decimal_places=2)
    received_on = models.DateField("到账日期")
    document = models.CharField("拨付文号", max_length=100)
    entry = models.PositiveSmallIntegerField("第几次登记", default=1)
    reverses = models.OneToOneField(
        "self",
        verbose_name="冲回的到账",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="reversal",
    )
    reason = models.CharField("冲回事由", max_length=200, blank=True)
    batch = models.ForeignKey(
        InboundBatch,
        verbose_name="来源清单",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    recorded_at = models.DateTimeField("登记时间", auto_now_add=True, null=True)
    recorded_by = staff_key("登记人")

    class Meta:
        verbose_name = verbose_name_plural = "财政补助到账"
        constraints = [
            models.UniqueConstraint(
                fields=["area", "fiscal_year", "component", "level", "document", "entry"],
                condition=Q(reverses=None),
                name="one_transfer_per_document",
            ),
            models.CheckConstraint(
                name="transfer_reversal_says_why",
                condition=Q(reverses=None, amount__gt=0)
                | (Q(reverses__isnull=False, amount__lt=0) & ~Q(reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.fiscal_year} 年到账 {self.amount}"
