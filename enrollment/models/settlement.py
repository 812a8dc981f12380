"""What each payer owes for premium assistance (资助参保结算): one document an area and month."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from hardship.models import AssistanceGrant
from registry.models import Area
from registry.models.history import change_history
from registry.models.staff_keys import staff_key


class SettlementState(models.TextChoices):
    """Life of a settlement; from approval on it stays as it is."""

    DRAFT = "draft", "草稿"
    APPROVED = "approved", "已复核"


class AssistanceSettlement(models.Model):
    """Grants owed by the end of a month and not settled before, less those taken back since.

    `month` is its first day. What is recorded after approval is a row of a later month that says whose it is.
    """

    area = models.ForeignKey(Area, verbose_name="地区", on_delete=models.PROTECT, related_name="+")
    month = models.DateField("结算月份")
    state = models.CharField("状态", max_length=10, choices=SettlementState, default=SettlementState.DRAFT)
    amount = models.DecimalField("结算金额", max_digits=16, decimal_places=2, default=Decimal(0))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="编制人", on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField("编制时间")
    approved_by = staff_key("复核人")
    approved_at = models.DateTimeField("复核时间", null=True, blank=True)
    history = change_history("资助参保结算")

    class Meta:
        verbose_name = verbose_name_plural = "资助参保结算"
        constraints = [
            models.UniqueConstraint(fields=["area", "month"], name="one_settlement_per_month"),
            models.CheckConstraint(
                name="settlement_approved_by_another",
                condition=Q(state="draft", approved_by=None)
                | (Q(state="approved", approved_by__isnull=False) & ~Q(approved_by=F("made_by"))),
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.month:%Y-%m} 资助参保结算"


class SettlementRow(models.Model):
    """One part of one grant and who owes it; what is taken back is a negative row that names the row it takes back.

    `payers` are codes joined by "+", as the documents name them without saying how they share. `owed_on` is the day
    the premium was paid, the aid was decided where that came after, or it was taken back; it may lie before the month
    of the settlement. `is_open` = owed and not taken back: at most one such row a part.
    """

    settlement = models.ForeignKey(
        AssistanceSettlement, verbose_name="结算", on_delete=models.CASCADE, related_name="rows"
    )
    grant = models.ForeignKey(
        AssistanceGrant, verbose_name="资助", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    area = models.ForeignKey(
        Area, verbose_name="居住地", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    component = models.CharField("险种", max_length=20)
    payers = models.CharField("出资方", max_length=100, blank=True)
    amount = models.DecimalField("金额", max_digits=10, decimal_places=2)
    owed_on = models.DateField("发生日期")
    reverses = models.ForeignKey(
        "self", verbose_name="冲回的明细", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    is_open = models.BooleanField("有效", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "资助参保结算明细"
        constraints = [
            models.UniqueConstraint(
                fields=["grant", "component", "payers"],
                condition=Q(is_open=True),
                name="grant_part_settled_once",
            ),
            models.CheckConstraint(
                name="settlement_row_sign",
                condition=Q(reverses=None, amount__gt=0)
                | Q(reverses__isnull=False, amount__lt=0, is_open=False),
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.amount}"


class SettlementPayment(models.Model):
    """What one payer paid of one line of an approved settlement, or got back of a negative one.

    Append-only: what was recorded wrongly or sent back is a row of its own with the opposite sum that names the one it
    takes back. `payers` is the line as it is owed, `payer` the one of them who paid.
    """

    settlement = models.ForeignKey(
        AssistanceSettlement, verbose_name="结算", on_delete=models.PROTECT, related_name="payments"
    )
    component = models.CharField("险种", max_length=20)
    payers = models.CharField("应付方", max_length=100, blank=True)
    payer = models.CharField("付款方", max_length=40)
    amount = models.DecimalField("付款金额", max_digits=16, decimal_places=2)
    paid_on = models.DateField("到账日期")
    document = models.CharField("付款文号", max_length=100)
    entry = models.PositiveSmallIntegerField("第几次登记", default=1)
    reverses = models.OneToOneField(
        "self",
        verbose_name="冲回的付款",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="reversal",
    )
    reason = models.CharField("冲回事由", max_length=200, blank=True)
    recorded_at = models.DateTimeField("登记时间", auto_now_add=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="登记人", on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = verbose_name_plural = "资助结算付款"
        constraints = [
            models.UniqueConstraint(
                fields=["settlement", "component", "payers", "payer", "document", "entry"],
                condition=Q(reverses=None),
                name="one_settlement_payment_per_document",
            ),
            models.CheckConstraint(
                name="settlement_payment_moves_money", condition=~Q(amount=Decimal(0)) & ~Q(document="")
            ),
            models.CheckConstraint(
                name="settlement_payment_reversal_says_why", condition=Q(reverses=None) | ~Q(reason="")
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.amount}"
