"""Yearly running totals of one person (年度累计), locked row-wise by every settlement."""

from decimal import Decimal

from django.db import models

from registry.models import Area, Resident


class Accumulator(models.Model):
    """What a person-year's settled claims add up to; always the sum of them, whatever was reversed.

    `basic_by_kind` is claim kind → yuan paid by the basic fund; `accounts` what only some policies count, see
    `benefits.rules.year_totals`. The key by year carries what the year end asks, which so reads no row but the key.
    """

    resident = models.ForeignKey(
        Resident, verbose_name="参保人", on_delete=models.PROTECT, related_name="accumulators"
    )
    pooling_area = models.ForeignKey(
        Area,
        verbose_name="统筹地区",
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,  # its first index begins with it
    )
    coverage_year = models.PositiveSmallIntegerField("参保年度")
    claims = models.PositiveIntegerField("结算次数", default=0)
    total = models.DecimalField("医疗总费用", max_digits=14, decimal_places=2, default=Decimal(0))
    eligible = models.DecimalField("政策范围内费用", max_digits=14, decimal_places=2, default=Decimal(0))
    basic_paid = models.DecimalField("基本医保支付", max_digits=14, decimal_places=2, default=Decimal(0))
    basic_paid_to_cap = models.DecimalField(
        "计入基本封顶线", max_digits=14, decimal_places=2, default=Decimal(0)
    )
    basic_by_kind = models.JSONField("基本医保分类支付", default=dict, blank=True)
    critical_illness_base = models.DecimalField(
        "大病累计合规费用", max_digits=14, decimal_places=2, default=Decimal(0)
    )
    critical_illness_paid = models.DecimalField(
        "大病保险支付", max_digits=14, decimal_places=2, default=Decimal(0)
    )
    supplement_paid = models.DecimalField("补充保险支付", max_digits=14, decimal_places=2, default=Decimal(0))
    assistance_base = models.DecimalField("救助累计费用", max_digits=14, decimal_places=2, default=Decimal(0))
    assistance_paid = models.DecimalField("医疗救助支付", max_digits=14, decimal_places=2, default=Decimal(0))
    own_burden = models.DecimalField(
        "政策范围内个人负担", max_digits=14, decimal_places=2, default=Decimal(0)
    )
    out_of_pocket = models.DecimalField("个人负担", max_digits=14, decimal_places=2, default=Decimal(0))
    accounts = models.JSONField("其他分项累计", default=dict, blank=True)
    increase_used = models.BooleanField("已使用激励额度", default=False)
    last_settled_on = models.DateField("最近结算", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "年度累计"
        constraints = [
            models.UniqueConstraint(
                fields=["coverage_year", "resident"],
                include=[
                    "basic_paid",
                    "critical_illness_paid",
                    "supplement_paid",
                    "assistance_paid",
                    "increase_used",
                ],
                name="one_accumulator_per_year_and_resident",
            )
        ]
        indexes = [
            models.Index(
                fields=["pooling_area", "coverage_year", "resident"], name="accumulator_by_area_year"
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.coverage_year}"

    @property
    def paid_to_critical_cap(self) -> Decimal:
        """What critical illness insurance paid under its cap: its separate accounts have caps of their own."""
        apart = [
            Decimal(paid)
            for name, paid in self.accounts.items()
            if name.startswith("track.") and name.endswith(".paid")
        ]
        return self.critical_illness_paid - sum(apart, Decimal(0))
