"""Reconciliation (人费一致): people, payments, assistance and the tax authority's totals of an area and month."""

from django.db import models
from django.db.models import Q

from enrollment.models import ContributionPeriod, Payment
from registry.models import Area, Resident
from registry.models.history import change_history
from registry.models.staff_keys import staff_key


class ReconciliationState(models.TextChoices):
    """A closed month keeps its figures for good."""

    OPEN = "open", "核对中"
    CLOSED = "closed", "已结账"


class DifferenceKind(models.TextChoices):
    """What does not agree; docs/decisions/0013 says why these."""

    MISSING_PAYMENT = "missing_payment", "有参保无缴费"
    NOT_REGISTERED = "not_registered", "有缴费未参保"
    DOUBLED = "doubled", "重复缴费"
    AMOUNT_OFF = "amount_off", "金额不符"
    WRONG_MONTH = "wrong_month", "月份不符"
    WRONG_AREA = "wrong_area", "地区不符"
    WRONG_YEAR = "wrong_year", "年度不符"
    NO_ORIGINAL = "no_original", "冲正退费无原缴费"
    NAME_DIFFERS = "name_differs", "缴费姓名与登记不符"
    HELD = "held", "缴费待处理"
    ROW_REFUSED = "row_refused", "税务流水未受理"
    AID_OFF = "aid_off", "资助金额不符"
    AID_ALONE = "aid_alone", "有资助未参保"
    TAX_TOTAL = "tax_total", "与税务汇总不符"
    AFTER_CLOSE = "after_close", "结账后补入"


class DifferenceState(models.TextChoices):
    """A month closes when none is open."""

    OPEN = "open", "待说明"
    EXPLAINED = "explained", "已说明"
    RESOLVED = "resolved", "已消除"


class Reconciliation(models.Model):
    """One area and month, compared as often as wanted until somebody closes it.

    `totals` is figure → value as text, of the last run. `seen_until`: what was recorded later the last run has not
    seen; in a closed month that belongs to the next open one.
    """

    area = models.ForeignKey(Area, verbose_name="地区", on_delete=models.PROTECT, related_name="+")
    month = models.DateField("月份", help_text="当月第一天")
    state = models.CharField(
        "状态", max_length=10, choices=ReconciliationState, default=ReconciliationState.OPEN
    )
    totals = models.JSONField("合计", default=dict, blank=True)
    run_at = models.DateTimeField("最近核对", null=True, blank=True)
    seen_until = models.DateTimeField("数据截至", null=True, blank=True)
    closed_by = staff_key("结账人")
    closed_at = models.DateTimeField("结账时间", null=True, blank=True)
    close_reason = models.CharField("结账说明", max_length=200, blank=True)
    history = change_history("人费核对")

    class Meta:
        verbose_name = verbose_name_plural = "人费核对"
        constraints = [
            models.UniqueConstraint(fields=["area", "month"], name="one_reconciliation_per_area_and_month"),
            models.CheckConstraint(name="reconciliation_month_is_its_first_day", condition=Q(month__day=1)),
            models.CheckConstraint(
                name="closed_reconciliation_says_when",
                condition=Q(state=ReconciliationState.OPEN)
                | Q(closed_at__isnull=False, seen_until__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.month:%Y-%m} 人费核对"

    @property
    def is_closed(self) -> bool:
        """Whether its figures are frozen."""
        return self.state == ReconciliationState.CLOSED


class ReconciliationLine(models.Model):
    """Figures of one place below the area, day and channel; written anew by every run until the month is closed.

    People are counted where they live, on the day their year was paid, by the channel of the last payment ("" = aided
    in full); money where it was collected.
    """

    reconciliation = models.ForeignKey(
        Reconciliation, verbose_name="核对", on_delete=models.CASCADE, related_name="lines", db_index=False
    )
    area = models.ForeignKey(Area, verbose_name="地区", on_delete=models.PROTECT, related_name="+")
    day = models.DateField("日期")
    channel = models.CharField("渠道", max_length=30, blank=True)
    people = models.PositiveIntegerField("参保人数", default=0)
    aided = models.PositiveIntegerField("全额资助人数", default=0)
    aid = models.DecimalField("资助金额", max_digits=16, decimal_places=2, default=0)
    booked = models.PositiveIntegerField("入账笔数", default=0)
    booked_amount = models.DecimalField("入账净额", max_digits=16, decimal_places=2, default=0)
    held = models.PositiveIntegerField("待处理笔数", default=0)
    held_amount = models.DecimalField("待处理金额", max_digits=16, decimal_places=2, default=0)
    tax = models.PositiveIntegerField("税务笔数", default=0)
    tax_amount = models.DecimalField("税务净额", max_digits=16, decimal_places=2, default=0)

    class Meta:
        verbose_name = verbose_name_plural = "人费核对日报"
        constraints = [
            models.UniqueConstraint(
                fields=["reconciliation", "day", "area", "channel"], name="one_line_per_day_place_and_channel"
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.day} {self.channel}"


class Difference(models.Model):
    """One thing that does not agree; `key` finds it again in the next run.

    `found_on` is the first day it was found. A difference that is gone in a later run resolved itself; comes it back,
    or are its figures others, it waits to be explained again, its owner and earlier words kept.
    """

    reconciliation = models.ForeignKey(
        Reconciliation,
        verbose_name="核对",
        on_delete=models.PROTECT,
        related_name="differences",
        db_index=False,
    )
    kind = models.CharField("差异类型", max_length=20, choices=DifferenceKind)
    key = models.CharField("差异标识", max_length=100)
    day = models.DateField("日期")
    area = models.ForeignKey(Area, verbose_name="地区", on_delete=models.PROTECT, related_name="+")
    channel = models.CharField("渠道", max_length=30, blank=True)
    resident = models.ForeignKey(
        Resident, verbose_name="参保人", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    payment = models.ForeignKey(
        Payment, verbose_name="缴费流水", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    contribution = models.ForeignKey(
        ContributionPeriod,
        verbose_name="缴费核定",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    expected = models.DecimalField("应为", max_digits=16, decimal_places=2, null=True, blank=True)
    found = models.DecimalField("实为", max_digits=16, decimal_places=2, null=True, blank=True)
    detail = models.CharField("情况", max_length=200, blank=True)
    state = models.CharField("状态", max_length=10, choices=DifferenceState, default=DifferenceState.OPEN)
    found_on = models.DateField("发现日期")
    owner = staff_key("责任人")
    explanation = models.CharField("说明", max_length=200, blank=True)
    explained_by = staff_key("说明人")
    explained_at = models.DateTimeField("说明时间", null=True, blank=True)
    resolved_on = models.DateField("消除日期", null=True, blank=True)
    history = change_history("人费差异")

    class Meta:
        verbose_name = verbose_name_plural = "人费差异"
        constraints = [
            models.UniqueConstraint(fields=["reconciliation", "key"], name="one_difference_per_key"),
            models.CheckConstraint(
                name="explained_difference_says_why",
                condition=~Q(state=DifferenceState.EXPLAINED)
                | Q(~Q(explanation=""), explained_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["reconciliation", "state", "kind", "id"], name="difference_by_state_and_kind"
            ),
            models.Index(fields=["key"], name="difference_by_key"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.get_kind_display()}"
