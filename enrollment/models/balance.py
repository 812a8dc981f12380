"""Balances (应退应补): what a decision about a paid year left to give back or to collect."""

from decimal import Decimal

from django.db import models
from django.db.models import Q

from casework.models import Case
from enrollment.models.contribution import ContributionPeriod
from enrollment.models.payment import Payment
from registry.models import Resident
from registry.models.history import change_history


class BalanceKind(models.TextChoices):
    """Which way the money goes."""

    REFUND = "refund", "应退"
    RECOVERY = "recovery", "应补"


class BalanceState(models.TextChoices):
    """Whether it went."""

    OPEN = "open", "待办"
    SQUARED = "squared", "已结清"
    CANCELLED = "cancelled", "已取消"


class Balance(models.Model):
    """Money due to or from a person, or due to a third party, since the figures of a paid year were changed.

    `party` is empty for the person, otherwise names the third party. `payers` says who bears it as grants do:
    component, payers and signed yuan. Squared by the tax authority's row, or by a document where the money went
    another way; cancelled when the premium itself was taken back (a third party's not if the year ends with that), or
    the support to go back is used again.

    `is_premium`: the premium itself goes back (退费), so that the year ends with it; then `original` is the payment it
    goes back from, and `trace` the rule that allows it.
    """

    contribution = models.ForeignKey(
        ContributionPeriod, verbose_name="缴费核定", on_delete=models.PROTECT, related_name="balances"
    )
    resident = models.ForeignKey(
        Resident, verbose_name="参保人", on_delete=models.PROTECT, related_name="balances"
    )
    coverage_year = models.PositiveSmallIntegerField("参保年度")
    kind = models.CharField("类型", max_length=10, choices=BalanceKind)
    party = models.CharField("第三方", max_length=100, blank=True)
    amount = models.DecimalField("金额", max_digits=10, decimal_places=2)
    payers = models.JSONField("出资方", default=list, blank=True)
    reason = models.CharField("事由", max_length=200)
    is_premium = models.BooleanField("退保费", default=False)
    original = models.ForeignKey(
        Payment, verbose_name="原缴费", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    trace = models.JSONField("计算过程", default=list, blank=True)
    case = models.ForeignKey(
        Case, verbose_name="工单", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    opened_at = models.DateTimeField("产生时间")
    state = models.CharField("状态", max_length=10, choices=BalanceState, default=BalanceState.OPEN)
    squared_on = models.DateField("结清日期", null=True, blank=True)
    payment = models.ForeignKey(
        Payment, verbose_name="税务流水", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    document = models.CharField("结清凭证", max_length=100, blank=True)
    history = change_history("应退应补")

    class Meta:
        verbose_name = verbose_name_plural = "应退应补"
        constraints = [
            models.CheckConstraint(name="balance_is_positive", condition=Q(amount__gt=Decimal(0))),
            models.CheckConstraint(
                name="squared_balance_says_how",
                condition=~Q(state=BalanceState.SQUARED)
                | Q(Q(payment__isnull=False) | ~Q(document=""), squared_on__isnull=False),
            ),
            models.CheckConstraint(
                name="third_parties_owe_nothing", condition=Q(kind=BalanceKind.REFUND) | Q(party="")
            ),
            models.CheckConstraint(
                name="premium_goes_back_from_its_payment",
                condition=Q(is_premium=False)
                | ~Q(party="")
                | Q(original__isnull=False, kind=BalanceKind.REFUND),
            ),
        ]
        indexes = [
            models.Index(fields=["contribution"], name="open_balance", condition=Q(state=BalanceState.OPEN))
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.coverage_year} {self.get_kind_display()} {self.amount}"
