"""What was agreed about lists (约定信息共享时限), and what came of it month by month.

Source: 黑医保发〔2024〕45号 九: agencies agree by when they share information, and keep it up to date.
"""

from django.db import models
from django.db.models import F, Q

from exchange.models.agency import Agency
from exchange.models.inbound import BatchMode, InboundBatch
from exchange.rules.agreed_days import DueRule
from registry.models import Area
from registry.models.history import change_history

DUE_RULES = [
    (DueRule.DAY.value, "每月几日"),
    (DueRule.DAY_OR_NEXT_WORKING_DAY.value, "每月几日，遇休息日顺延"),
    (DueRule.WORKING_DAY.value, "每月第几个工作日"),
    (DueRule.LAST_WORKING_DAY.value, "每月最后一个工作日"),
]


class ListAgreement(models.Model):
    """Which list an agency sends every month for an area, by when, and how many it may end unseen.

    `endings_share` null = as agreed for the nearest area above, or else the setting.
    """

    class DueMonth(models.IntegerChoices):
        """In which month the list of a month is due."""

        SAME = 0, "当月"
        NEXT = 1, "次月"

    agency = models.ForeignKey(
        Agency, verbose_name="报送部门", on_delete=models.PROTECT, related_name="agreements"
    )
    kind = models.CharField("名单种类", max_length=60)
    area = models.ForeignKey(Area, verbose_name="名单地区", on_delete=models.PROTECT, related_name="+")
    mode = models.CharField("报送方式", max_length=20, choices=BatchMode.choices, default=BatchMode.FULL)
    due_month = models.PositiveSmallIntegerField(
        "报送月份", choices=DueMonth.choices, default=DueMonth.SAME, help_text="某月数据在当月报还是次月报"
    )
    due_rule = models.CharField("约定报送日", max_length=30, choices=DUE_RULES, default=DueRule.DAY.value)
    due_number = models.PositiveSmallIntegerField(
        "几日（第几个）", null=True, blank=True, help_text="最后一个工作日不填；当月没有该日的，为当月末日"
    )
    grace_working_days = models.PositiveSmallIntegerField("宽限工作日", default=0)
    endings_share = models.DecimalField(
        "一人可确认的取消比例",
        max_digits=5,
        decimal_places=4,
        null=True,
        blank=True,
        help_text="0.05 即 5%；超过的须另一人复核。空为按上级地区的约定，都没有的按系统设置",
    )
    clause = models.CharField("依据", max_length=200, help_text="约定的文件、条款或会议纪要")
    starts_on = models.DateField("起始月份", help_text="自该日所在月份的名单起")
    ends_on = models.DateField("终止日期（不含）", null=True, blank=True)
    history = change_history("报送约定")

    class Meta:
        verbose_name = verbose_name_plural = "名单报送约定"
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "kind", "area", "mode"],
                condition=Q(ends_on__isnull=True),
                name="one_open_agreement_per_list",
            ),
            models.CheckConstraint(
                name="endings_share_is_a_share",
                condition=Q(endings_share__isnull=True) | Q(endings_share__range=(0, 1)),
            ),
            models.CheckConstraint(
                name="agreement_not_empty",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gt=F("starts_on")),
            ),
            models.CheckConstraint(
                name="last_working_day_has_no_number",
                condition=Q(due_rule=DueRule.LAST_WORKING_DAY.value, due_number__isnull=True)
                | (~Q(due_rule=DueRule.LAST_WORKING_DAY.value) & Q(due_number__range=(1, 31))),
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} 报送约定"

    @property
    def due_text(self) -> str:
        """The agreed day in words: “次月5日前”, “当月第3个工作日前”."""
        when = self.DueMonth(self.due_month).label
        if self.due_rule == DueRule.LAST_WORKING_DAY:
            return f"{when}最后一个工作日前"
        if self.due_rule == DueRule.WORKING_DAY:
            return f"{when}第{self.due_number}个工作日前"
        later = "，遇休息日顺延" if self.due_rule == DueRule.DAY_OR_NEXT_WORKING_DAY else ""
        return f"{when}{self.due_number}日前{later}"


class ExpectedState(models.TextChoices):
    """How an expected list stands."""

    AWAITED = "awaited", "待报送"
    RECEIVED = "received", "已收到"
    IN_FORCE = "in_force", "已生效"
    MISSING = "missing", "逾期未报"


class ExpectedList(models.Model):
    """The list of one month under an agreement, with the days as they were agreed then.

    `month` is the first day of the month the data are of; up to `last_on`, the end of the grace, it is not late.
    """

    agreement = models.ForeignKey(
        ListAgreement, verbose_name="报送约定", on_delete=models.PROTECT, related_name="expected"
    )
    month = models.DateField("数据月份")
    due_on = models.DateField("约定报送日")
    last_on = models.DateField("宽限至")
    state = models.CharField(
        "情况", max_length=20, choices=ExpectedState.choices, default=ExpectedState.AWAITED
    )
    batch = models.ForeignKey(
        InboundBatch, verbose_name="批次", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    received_on = models.DateField("收到日期", null=True, blank=True)
    days_late = models.PositiveSmallIntegerField("迟报天数", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "名单报送情况"
        constraints = [
            models.UniqueConstraint(fields=["agreement", "month"], name="one_expected_list_per_month"),
            models.CheckConstraint(name="grace_after_due_day", condition=Q(last_on__gte=F("due_on"))),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.month:%Y-%m}"
