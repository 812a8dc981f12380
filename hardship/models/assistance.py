"""Premium assistance given (资助参保): the tier, who pays, what it was weighed against, and the working."""

from decimal import Decimal

from django.db import models

from casework.models import Case
from exchange.models import InboundBatch
from registry.models import Resident
from registry.models.history import change_history
from registry.models.staff_keys import staff_key


class AssistanceGrant(models.Model):
    """The assistance decided for one person and coverage year; frozen with the payment.

    `aid` is component → yuan; `payers` and `losing` are lists as the rule returned them; a reversed grant stays.
    `case` decided it where no rule did alone; after payment = the year was paid without any.
    """

    resident = models.ForeignKey(
        Resident, verbose_name="参保人", on_delete=models.PROTECT, related_name="assistance_grants"
    )
    coverage_year = models.PositiveSmallIntegerField("参保年度")
    tier = models.CharField("资助档次", max_length=60)
    tier_label = models.CharField("档次名称", max_length=100)
    total = models.DecimalField("资助金额", max_digits=10, decimal_places=2)
    aid = models.JSONField("分项金额", default=dict)
    payers = models.JSONField("出资方", default=list)
    losing = models.JSONField("未采用的档次", default=list, blank=True)
    trace = models.JSONField("计算过程", default=list)
    policy_key = models.CharField("政策版本", max_length=40)
    decided_on = models.DateField("确定日期")
    case = models.ForeignKey(
        Case, verbose_name="工单", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    is_after_payment = models.BooleanField("事后资助", default=False)
    decided_at = models.DateTimeField("核定时间", null=True, blank=True)
    frozen_at = models.DateTimeField("锁定时间", null=True, blank=True)
    reversed_at = models.DateTimeField("冲正时间", null=True, blank=True)
    history = change_history("资助", in_bulk=True)

    class Meta:
        verbose_name = verbose_name_plural = "参保资助"
        constraints = [
            models.UniqueConstraint(
                fields=["resident", "coverage_year"],
                condition=models.Q(reversed_at__isnull=True),
                name="one_assistance_grant_per_resident_and_year",
            ),
            models.CheckConstraint(name="assistance_is_positive", condition=models.Q(total__gt=Decimal(0))),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.coverage_year} {self.tier_label} {self.total}"


class ThirdPartySupport(models.Model):
    """What a town, village or other third party pays of the sum left to the person (资金扶持).

    Append-only: what is withdrawn or was wrong is taken back by a row of its own with negative sums.
    """

    resident = models.ForeignKey(
        Resident, verbose_name="参保人", on_delete=models.PROTECT, related_name="third_party_support"
    )
    coverage_year = models.PositiveSmallIntegerField("参保年度")
    giver = models.CharField("出资方", max_length=100)
    offered = models.DecimalField("拟支持金额", max_digits=10, decimal_places=2)
    amount = models.DecimalField("实际支持金额", max_digits=10, decimal_places=2)
    given_on = models.DateField("日期")
    document = models.CharField("文件号", max_length=100, blank=True)
    batch = models.ForeignKey(
        InboundBatch,
        verbose_name="来源清单",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    trace = models.JSONField("计算过程", default=list)
    reverses = models.OneToOneField(
        "self",
        verbose_name="冲回的扶持",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="reversal",
    )
    reason = models.CharField("事由", max_length=200, blank=True)
    recorded_at = models.DateTimeField("登记时间", auto_now_add=True, null=True)
    recorded_by = staff_key("登记人")
    history = change_history("第三方资金扶持")

    class Meta:
        verbose_name = verbose_name_plural = "第三方资金扶持"
        constraints = [
            models.CheckConstraint(
                name="support_within_offer",
                condition=models.Q(reverses__isnull=True, amount__gte=0, amount__lte=models.F("offered"))
                | models.Q(reverses__isnull=False, amount__lte=0, amount__gte=models.F("offered")),
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.coverage_year} {self.giver} {self.amount}"
