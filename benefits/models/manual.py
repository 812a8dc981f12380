"""Manual claims (零星报销): bills on paper on their way to settlement, and the amounts at each stage.

Nothing here counts in anybody's year: a manual claim becomes a `Claim` when it is settled, by the way all claims go.
"""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from benefits.models.claim import Claim, ClaimKind, Facility, ItemClass, Referral
from benefits.rules.claim_reasons import DECISIONS
from registry.models import Resident
from registry.models.history import change_history
from registry.models.staff_keys import staff_key


class ManualState(models.TextChoices):
    """Where a manual claim stands; those of `OVER` need nothing more."""

    ENTERED = "entered", "待审核"
    RETURNED = "returned", "待更正"
    CHECKED = "checked", "已审核待计算"
    ADJUDICATED = "adjudicated", "已计算待结算"
    SETTLED = "settled", "已结算"
    REVERSED = "reversed", "已冲正"
    REJECTED = "rejected", "不予支付"
    WITHDRAWN = "withdrawn", "已撤回"


LET_GO = (ManualState.REJECTED, ManualState.WITHDRAWN)
EDITABLE = (ManualState.ENTERED, ManualState.RETURNED)
DECIDED = [(code, reason.words) for code, reason in DECISIONS.items()]


class ManualClaim(models.Model):
    """A bill that staff typed from paper; `total` is the sum on the paper, which its lines have to add up to.

    `amends` is the settled claim it corrects, for the reason in `amends_reason`; `claim` is what it was settled as.
    Whoever entered it last neither checks nor settles it.
    """

    number = models.CharField("票据号码", max_length=40, help_text="收据、发票或结算单上的号码，一张一号")
    resident = models.ForeignKey(
        Resident, verbose_name="参保人", on_delete=models.PROTECT, related_name="manual_claims"
    )
    facility = models.ForeignKey(
        Facility, verbose_name="医疗机构", on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField("就医类别", max_length=20, choices=ClaimKind)
    admitted_on = models.DateField("入院（就诊）日期")
    discharged_on = models.DateField("出院（就诊）日期", help_text="门诊与就诊日期相同")
    referral = models.CharField("转诊", max_length=20, choices=Referral, default=Referral.NONE)
    track = models.CharField(
        "单独支付通道",
        max_length=40,
        blank=True,
        help_text="政策规定的单独支付通道的名称，如特药；没有的不填",
    )
    total = models.DecimalField(
        "票据总金额", max_digits=12, decimal_places=2, help_text="元，须与各项明细之和相符"
    )
    basic_paid = models.DecimalField(
        "基本医保已付",
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="已在医疗机构结算基本医保的照票据填写；没有的不填，由系统计算",
    )
    state = models.CharField("状态", max_length=12, choices=ManualState, default=ManualState.ENTERED)
    amends = models.ForeignKey(
        Claim,
        verbose_name="更正的原结算单",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="amendments",
    )
    amends_reason = models.CharField("更正原因", max_length=200, blank=True)
    claim = models.OneToOneField(
        Claim, verbose_name="结算单", null=True, blank=True, on_delete=models.PROTECT, related_name="manual"
    )
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="录入人", on_delete=models.PROTECT, related_name="+"
    )
    entered_at = models.DateTimeField("录入时间")
    checked_by = staff_key("审核人")
    history = change_history("零星报销")

    class Meta:
        verbose_name = verbose_name_plural = "零星报销"
        constraints = [
            models.UniqueConstraint(
                fields=["number"],
                condition=~Q(state__in=["rejected", "withdrawn"]),
                name="one_living_manual_claim_per_number",
                violation_error_message="该票据号码已录入，请先查看原来的一笔。",
            ),
            models.UniqueConstraint(
                fields=["amends"],
                condition=~Q(state__in=["rejected", "withdrawn"]),
                name="one_living_amendment_per_claim",
            ),
            models.CheckConstraint(
                name="manual_claim_checked_by_another",
                condition=Q(checked_by__isnull=True) | ~Q(checked_by=F("entered_by")),
            ),
            models.CheckConstraint(
                name="manual_claim_settled_as_claim",
                condition=Q(state__in=["settled", "reversed"], claim__isnull=False)
                | (~Q(state__in=["settled", "reversed"]) & Q(claim__isnull=True)),
            ),
            models.CheckConstraint(
                name="amendment_explained", condition=Q(amends__isnull=True) | ~Q(amends_reason="")
            ),
        ]
        indexes = [models.Index(fields=["state", "id"], name="manual_claim_by_state")]

    def __str__(self) -> str:
        return f"#{self.pk} {self.number}"


class ManualLine(models.Model):
    """One item of the paper; `accepted_…` is what the check left of it, null = not checked yet."""

    claim = models.ForeignKey(
        ManualClaim, verbose_name="零星报销", on_delete=models.CASCADE, related_name="lines"
    )
    number = models.PositiveSmallIntegerField("序号", default=0)
    name = models.CharField("项目", max_length=100)
    item_class = models.CharField("目录类别", max_length=1, choices=ItemClass)
    amount = models.DecimalField("金额", max_digits=12, decimal_places=2)
    eligible = models.DecimalField("政策范围内", max_digits=12, decimal_places=2, default=0)
    class_b_copay = models.DecimalField("乙类先行自付", max_digits=12, decimal_places=2, default=Decimal(0))
    accepted_eligible = models.DecimalField(
        "审核后政策范围内", max_digits=12, decimal_places=2, null=True, blank=True
    )
    accepted_class_b_copay = models.DecimalField(
        "审核后乙类先行自付", max_digits=12, decimal_places=2, null=True, blank=True
    )
    cut_reason = models.CharField("核减原因", max_length=30, blank=True, choices=DECIDED)
    history = change_history("零星报销明细")

    class Meta:
        verbose_name = verbose_name_plural = "费用明细"

    def __str__(self) -> str:
        return f"#{self.pk} {self.name}"


class ClaimStage(models.Model):
    """A manual claim at one stage: who, when, the amounts then, and the reason where one is needed. Append-only.

    Payouts are null before the figures were worked out; `trace` is their working, layer → steps.
    """

    manual = models.ForeignKey(
        ManualClaim, verbose_name="零星报销", on_delete=models.PROTECT, related_name="stages"
    )
    stage = models.CharField("阶段", max_length=12, choices=ManualState)
    at = models.DateTimeField("时间")
    by = staff_key("经办人")
    total = models.DecimalField("总费用", max_digits=12, decimal_places=2)
    eligible = models.DecimalField("政策范围内费用", max_digits=12, decimal_places=2)
    class_b_copay = models.DecimalField("乙类先行自付", max_digits=12, decimal_places=2)
    basic_paid = models.DecimalField("基本医保支付", max_digits=12, decimal_places=2, null=True)
    critical_illness_paid = models.DecimalField("大病保险支付", max_digits=12, decimal_places=2, null=True)
    supplement_paid = models.DecimalField("补充保险支付", max_digits=12, decimal_places=2, null=True)
    assistance_paid = models.DecimalField("医疗救助支付", max_digits=12, decimal_places=2, null=True)
    out_of_pocket = models.DecimalField("个人负担", max_digits=12, decimal_places=2, null=True)
    reason_code = models.CharField("原因代码", max_length=40, blank=True)
    reason = models.CharField("说明", max_length=300, blank=True)
    policy_key = models.CharField("政策版本", max_length=40, blank=True)
    trace = models.JSONField("计算过程", default=dict, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "办理阶段"

    def __str__(self) -> str:
        return f"#{self.pk} {self.get_stage_display()}"
