"""What a quote says, as it is stored: of one person on a contribution, of all who are alike on a billing group."""

from decimal import Decimal

from django.db import models


class Working(models.Model):
    """The steps of a figure, kept once for all who have the very same; a row is never changed (计算过程).

    Of a digest there may be several rows: nobody waits for the transaction that keeps the same steps.
    """

    digest = models.BinaryField("摘要", max_length=32, db_index=True)
    steps = models.JSONField("步骤", default=list)

    class Meta:
        verbose_name = verbose_name_plural = "共用计算过程"

    def __str__(self) -> str:
        return f"#{self.pk} 计算过程"


class Quoted(models.Model):
    """The figures of a quote. due = assisted + supported + payable.

    `components` is component → {"due", "assisted", "supported", "payable"} in yuan. Benefits run on
    `[benefit_start, benefit_end]`, both included, null start = no benefit in the coverage year. `working` holds the
    steps where many share them; null = the row has its own.
    """

    components = models.JSONField("分项金额", default=dict)
    due = models.DecimalField("应缴", max_digits=10, decimal_places=2)
    assisted = models.DecimalField("资助", max_digits=10, decimal_places=2, default=Decimal(0))
    supported = models.DecimalField("第三方扶持", max_digits=10, decimal_places=2, default=Decimal(0))
    payable = models.DecimalField("个人应缴", max_digits=10, decimal_places=2)
    window = models.CharField("缴费期", max_length=60, blank=True)
    special_group = models.CharField("特殊人群", max_length=60, blank=True)
    charge = models.CharField("缴费口径", max_length=30, blank=True)
    subsidy = models.CharField("财政补助", max_length=30, blank=True)
    claim_year = models.PositiveSmallIntegerField("次年申请年度", null=True, blank=True)
    benefit_start = models.DateField("待遇开始", null=True, blank=True)
    benefit_end = models.DateField("待遇结束", null=True, blank=True)
    policy_key = models.CharField("政策版本", max_length=40, blank=True)
    policy_digest = models.CharField("政策摘要", max_length=16, blank=True)
    working = models.ForeignKey(
        Working,
        verbose_name="共用计算过程",
        null=True,
        blank=True,
        db_index=False,
        db_constraint=False,  # of a file's hundred thousand rows each would be looked up, and there are a handful
        on_delete=models.PROTECT,
        related_name="+",
    )

    class Meta:
        abstract = True
