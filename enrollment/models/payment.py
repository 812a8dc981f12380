"""Payments (缴费): what the tax authority collected, by its own serial number. None is changed once booked."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q

from enrollment.models.contribution import ContributionPeriod
from exchange.models import InboundBatch
from registry.models import Resident
from registry.models.history import change_history


class PaymentKind(models.TextChoices):
    """A reversal or refund is a row of its own with a negative amount."""

    PAYMENT = "payment", "缴费"
    REVERSAL = "reversal", "冲正"
    REFUND = "refund", "退费"


class PaymentState(models.TextChoices):
    """Unmatched money is held and becomes work; it is never lost.

    Split: its parts stand for it, to the fen. Returned: it was never booked, and a row of its own took it back.
    """

    BOOKED = "booked", "已入账"
    HELD = "held", "待处理"
    SPLIT = "split", "已分配"
    RETURNED = "returned", "已退回"


class HoldReason(models.TextChoices):
    """Why money could not be booked; each is a question for a person."""

    UNKNOWN_PERSON = "unknown_person", "查无此人"
    DEAD = "dead", "缴费日前已死亡"
    NOT_ENROLLED = "not_enrolled", "没有参保登记，且不能按续保自动登记"
    YEAR_NOT_PUBLISHED = "year_not_published", "该年度政策未生效"
    BEFORE_WINDOW = "before_window", "早于首个缴费期"
    RULE_NOT_PUBLISHED = "rule_not_published", "文件没有规定该日缴费如何处理"
    NO_BENEFIT_DAY = "no_benefit_day", "年度内已无待遇日，未经本人书面确认"
    DOUBLE = "double", "已缴清，重复缴费"
    WRONG_AMOUNT = "wrong_amount", "超过应缴金额"
    ORIGINAL_UNKNOWN = "original_unknown", "找不到要冲正或退费的缴费"
    ORIGINAL_HELD = "original_held", "要冲正或退费的缴费尚待处理"
    NO_SUCH_BALANCE = "no_such_balance", "与应退金额不符，或已另行退付"
    REFUND_NOT_DECIDED = "refund_not_decided", "退费未经决定"
    REFUND_UNDER_WAY = "refund_under_way", "该年度正在退费"
    EXCEEDS_ORIGINAL = "exceeds_original", "超过原缴费金额"
    PAYER_NUMBER = "payer_number", "家庭共济：账户持有人证件号码有误"
    PAYER_AREA = "payer_area", "家庭共济：不在规定的省内"
    PAYER_RELATION = "payer_relation", "家庭共济：不是规定的家庭成员"
    PAYER_MEMBERS = "payer_members", "家庭共济：超过一个账户可缴的人数"
    TO_REFUND = "to_refund", "已决定退费，等税务部门办理"
    ORIGINAL_SPLIT = "original_split", "要冲正或退费的缴费已分配给多人"
    NAME_DIFFERS = "name_differs", "清单姓名与登记不符"
    OUTSIDE_AREA = "outside_area", "参保地不在清单所属的统筹地区"


LONGEST_TAX_SERIAL = 64
LONGEST_SERIAL = LONGEST_TAX_SERIAL + 16  # what a decision makes of a row has its serial and more


class Payment(models.Model):
    """One row of the tax authority, or a part of one that a decision split; a serial number is never booked twice."""

    serial = models.CharField("税务流水号", max_length=LONGEST_SERIAL, unique=True)
    kind = models.CharField("类型", max_length=10, choices=PaymentKind, default=PaymentKind.PAYMENT)
    state = models.CharField("状态", max_length=10, choices=PaymentState)
    resident = models.ForeignKey(
        Resident,
        verbose_name="参保人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="payments",
    )
    contribution = models.ForeignKey(
        ContributionPeriod,
        verbose_name="缴费核定",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="payments",
    )
    reverses = models.ForeignKey(
        "self",
        verbose_name="冲正的缴费",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="reversals",
        db_index=False,
    )
    part_of = models.ForeignKey(
        "self",
        verbose_name="分配自",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="parts",
        db_index=False,
    )
    reverses_serial = models.CharField("原流水号", max_length=LONGEST_SERIAL, blank=True)
    payer_name = models.CharField("清单姓名", max_length=100, blank=True)
    id_index = models.BinaryField("证件号码索引", max_length=32, null=True, blank=True)
    masked_id_number = models.CharField("清单证件号码（脱敏）", max_length=30, blank=True)
    coverage_year = models.PositiveSmallIntegerField("参保年度")
    amount = models.DecimalField("金额", max_digits=10, decimal_places=2)
    paid_on = models.DateField("到账日期")
    channel = models.CharField("缴费渠道", max_length=30, blank=True)
    hold_reason = models.CharField("待处理原因", max_length=40, choices=HoldReason, blank=True)
    note = models.CharField("说明", max_length=200, blank=True)
    batch = models.ForeignKey(
        InboundBatch,
        verbose_name="来源清单",
        null=True,
        blank=True,
        db_constraint=False,  # one list is booked at a time, and held while it is: each row would look it up again
        on_delete=models.PROTECT,
        related_name="+",
    )
    row_number = models.PositiveIntegerField("清单行号", null=True, blank=True)
    recorded_at = models.DateTimeField("入账时间", auto_now_add=True)
    history = change_history(
        "缴费流水", unasked=("serial", "contribution", "reverses", "part_of", "batch"), in_bulk=True
    )

    class Meta:
        verbose_name = verbose_name_plural = "缴费流水"
        constraints = [
            models.CheckConstraint(
                name="payment_sign_follows_kind",
                condition=Q(kind=PaymentKind.PAYMENT, amount__gt=0)
                | (~Q(kind=PaymentKind.PAYMENT) & Q(amount__lt=0)),
            ),
            models.CheckConstraint(
                name="booked_payment_has_its_contribution",
                condition=~Q(state=PaymentState.BOOKED) | Q(contribution__isnull=False),
            ),
            models.CheckConstraint(
                name="money_not_booked_has_no_contribution",
                condition=~Q(state__in=[PaymentState.SPLIT, PaymentState.RETURNED])
                | Q(contribution__isnull=True),
            ),
        ]
        indexes = [
            models.Index(fields=["state", "id"], name="payment_by_state"),
            models.Index(fields=["paid_on"], name="payment_by_day"),
            models.Index(fields=["part_of"], name="payment_by_whole", condition=Q(part_of__isnull=False)),
            models.Index(
                fields=["reverses"], name="payment_by_reversed", condition=Q(reverses__isnull=False)
            ),
            BrinIndex(fields=["recorded_at"], name="payment_by_recording"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.serial} {self.amount}"
