"""Claims (结算): one visit or stay, its lines, and what each of the three layers paid for it."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q

from exchange.models import Agency, InboundBatch
from registry.models import Area, Resident
from registry.models.history import change_history
from registry.models.staff_keys import staff_key


class Facility(models.Model):
    """A hospital or clinic (定点医药机构); `agency` files its claims through the API, null = nobody does."""

    code = models.CharField("机构编码", max_length=20, unique=True)
    name = models.CharField("名称", max_length=100)
    grade = models.CharField("级别", max_length=20, help_text="政策文件 basic.terms 中的级别，如 grade_1")
    area = models.ForeignKey(Area, verbose_name="所在地区", on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(
        Agency,
        verbose_name="所属机构账号",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="可通过接口报送、查询、冲正本机构结算单的外部门；一个账号可有多家机构",
    )
    is_active = models.BooleanField("有效", default=True)
    history = change_history("定点医疗机构")

    class Meta:
        verbose_name = verbose_name_plural = "定点医疗机构"

    def __str__(self) -> str:
        return f"#{self.pk} {self.name}"


class ClaimKind(models.TextChoices):
    """Kind of visit; the keys of `basic.terms` in policy files."""

    INPATIENT = "inpatient", "住院"
    OUTPATIENT = "outpatient", "普通门诊"
    OUTPATIENT_CHRONIC = "outpatient_chronic", "门诊慢特病"
    PRENATAL = "prenatal", "产前检查"
    DELIVERY = "delivery", "住院分娩"


class Referral(models.TextChoices):
    """How a patient was referred; the codes of `referrals` in policy files."""

    NONE = "none", "未转诊"
    IN_PROVINCE = "in_province", "省内转诊"
    OUT_OF_PROVINCE = "out_of_province", "转诊省外"


class ClaimState(models.TextChoices):
    """Life of a claim."""

    SETTLED = "settled", "已结算"
    REVERSED = "reversed", "已冲正"


class Claim(models.Model):
    """A settled claim with each layer's payout and the working of it.

    Yuan throughout: total = eligible + class_b_copay + out_of_scope. `trace` is layer → steps. `totals_before` keeps
    the year's running totals the settlement started from; `grade`, `basic_paid_given` (null = worked out here) and
    `person_facts` keep what it knew, so that settling anew after a correction knows the same. `known_at` is the moment
    whose records of the person it rests on, `reckoned_at` the moment its figures were last decided. A corrected claim
    is reversed, and the correct one `replaces` it.
    """

    number = models.CharField("结算单号", max_length=40, unique=True)
    resident = models.ForeignKey(
        Resident, verbose_name="参保人", on_delete=models.PROTECT, related_name="claims"
    )
    pooling_area = models.ForeignKey(
        Area, verbose_name="统筹地区", on_delete=models.PROTECT, related_name="+"
    )
    facility = models.ForeignKey(
        Facility, verbose_name="医疗机构", on_delete=models.PROTECT, related_name="claims"
    )
    grade = models.CharField("结算时的机构级别", max_length=20, default="any")
    kind = models.CharField("就医类别", max_length=20, choices=ClaimKind)
    coverage_year = models.PositiveSmallIntegerField("参保年度")
    admitted_on = models.DateField("入院（就诊）日期")
    discharged_on = models.DateField("出院（就诊）日期")
    settled_on = models.DateField("结算日期")
    total = models.DecimalField("医疗总费用", max_digits=12, decimal_places=2)
    eligible = models.DecimalField("政策范围内费用", max_digits=12, decimal_places=2)
    class_b_copay = models.DecimalField("乙类先行自付", max_digits=12, decimal_places=2, default=Decimal(0))
    out_of_scope = models.DecimalField("自费", max_digits=12, decimal_places=2, default=Decimal(0))
    basic_paid_given = models.DecimalField(
        "医疗机构已结算的基本医保支付", max_digits=12, decimal_places=2, null=True, blank=True
    )
    referral = models.CharField("转诊", max_length=20, choices=Referral, default=Referral.NONE)
    track = models.CharField(
        "单独支付通道",
        max_length=40,
        blank=True,
        help_text="政策规定的单独支付通道的名称，如特药",
    )
    basic_paid = models.DecimalField("基本医保支付", max_digits=12, decimal_places=2, default=Decimal(0))
    critical_illness_paid = models.DecimalField(
        "大病保险支付", max_digits=12, decimal_places=2, default=Decimal(0)
    )
    supplement_paid = models.DecimalField("补充保险支付", max_digits=12, decimal_places=2, default=Decimal(0))
    assistance_paid = models.DecimalField("医疗救助支付", max_digits=12, decimal_places=2, default=Decimal(0))
    own_burden = models.DecimalField(
        "政策范围内个人负担", max_digits=12, decimal_places=2, default=Decimal(0)
    )
    out_of_pocket = models.DecimalField("个人负担", max_digits=12, decimal_places=2, default=Decimal(0))
    state = models.CharField("状态", max_length=10, choices=ClaimState, default=ClaimState.SETTLED)
    categories = models.JSONField("结算时的困难身份", default=list, blank=True)
    person_facts = models.JSONField("结算时的人员情况", default=dict, blank=True)
    known_at = models.DateTimeField("人员情况截至", null=True, blank=True)
    reckoned_at = models.DateTimeField("计算时间", null=True, blank=True)
    totals_before = models.JSONField("结算前年度累计", default=dict, blank=True)
    policy_key = models.CharField("政策版本", max_length=40)
    policy_digest = models.CharField("政策摘要", max_length=16, blank=True)
    trace = models.JSONField("计算过程", default=dict)
    replaces = models.OneToOneField(
        "self",
        verbose_name="更正的原结算单",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="replacement",
    )
    batch = models.ForeignKey(
        InboundBatch,
        verbose_name="来源文件",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    row_number = models.PositiveIntegerField("文件行号", null=True, blank=True)
    recorded_at = models.DateTimeField("录入时间", auto_now_add=True)
    recorded_by = staff_key("经办人")
    history = change_history("结算")

    class Meta:
        verbose_name = verbose_name_plural = "费用结算"
        constraints = [
            models.CheckConstraint(
                name="claim_parts_add_up",
                condition=Q(total=F("eligible") + F("class_b_copay") + F("out_of_scope")),
            ),
            models.CheckConstraint(
                name="claim_parts_not_negative",
                condition=Q(eligible__gte=0) & Q(class_b_copay__gte=0) & Q(out_of_scope__gte=0),
            ),
            models.CheckConstraint(
                name="discharge_not_before_admission", condition=Q(discharged_on__gte=F("admitted_on"))
            ),
            models.CheckConstraint(
                name="claim_payouts_within_total",
                condition=Q(
                    total=F("basic_paid")
                    + F("critical_illness_paid")
                    + F("supplement_paid")
                    + F("assistance_paid")
                    + F("out_of_pocket")
                )
                & Q(basic_paid__gte=0)
                & Q(critical_illness_paid__gte=0)
                & Q(supplement_paid__gte=0)
                & Q(assistance_paid__gte=0)
                & Q(out_of_pocket__gte=0),
            ),
        ]
        indexes = [
            models.Index(
                fields=["resident", "coverage_year", "discharged_on", "id"], name="claim_by_resident_year"
            ),
            models.Index(fields=["pooling_area", "settled_on", "id"], name="claim_by_area_and_day"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.number}"


class ItemClass(models.TextChoices):
    """Where the catalogue has an item: paid whole, after a first self-pay, or not at all."""

    CLASS_A = "a", "甲类"
    CLASS_B = "b", "乙类"
    OUTSIDE = "c", "丙类（目录外）"


class ClaimLine(models.Model):
    """One item of a claim. Append-only with its claim."""

    claim = models.ForeignKey(Claim, verbose_name="结算单", on_delete=models.PROTECT, related_name="lines")
    number = models.PositiveSmallIntegerField("序号")
    name = models.CharField("项目", max_length=100)
    item_class = models.CharField("目录类别", max_length=1, choices=ItemClass)
    amount = models.DecimalField("金额", max_digits=12, decimal_places=2)
    eligible = models.DecimalField("政策范围内", max_digits=12, decimal_places=2)
    class_b_copay = models.DecimalField("乙类先行自付", max_digits=12, decimal_places=2, default=Decimal(0))

    class Meta:
        verbose_name = verbose_name_plural = "费用明细"
        constraints = [models.UniqueConstraint(fields=["claim", "number"], name="one_claim_line_per_number")]

    def __str__(self) -> str:
        return f"#{self.pk} {self.name}"
