"""Alerts (双预警): who crossed a threshold, who was told, and what the agencies answered."""

import datetime

from django.db import models

from exchange.models import Agency, InboundBatch, OutboundEvent
from registry.models import Area, Resident
from registry.models.history import change_history
from registry.models.staff_keys import staff_key


class AlertState(models.TextChoices):
    """How far an alert has come; `rules/alert_states.py` says how it goes on."""

    SENT = "sent", "已推送"
    ACKNOWLEDGED = "acknowledged", "已签收"
    VISITED = "visited", "已入户"
    ANSWERED = "answered", "已反馈"
    WITHDRAWN = "withdrawn", "已撤回"


WAITING = (AlertState.SENT, AlertState.ACKNOWLEDGED, AlertState.VISITED)


class Outcome(models.TextChoices):
    """What the agency found."""

    RECOGNIZED = "recognized", "纳入困难身份"
    ASSISTED = "assisted", "给予救助"
    NOT_ELIGIBLE = "not_eligible", "不符合条件"


class WhyNotEligible(models.TextChoices):
    """Why nothing is given."""

    INCOME = "income", "收入超过标准"
    PROPERTY = "property", "财产超过标准"
    REIMBURSED = "reimbursed", "商业保险等已补偿"
    SUPPORTED = "supported", "家庭有承担能力"
    ALREADY_AIDED = "already_aided", "已在保障范围内"
    DECLINED = "declined", "本人不申请"
    NOT_FOUND = "not_found", "查找不到本人"
    MOVED = "moved", "已迁出"
    DIED = "died", "已去世"
    OTHER = "other", "其他"


class Alert(models.Model):
    """One person over one rule's threshold; once per `period` ("2025", or "2025-03" where a rule repeats monthly).

    One that was withdrawn stays as it is: whoever is over the threshold again has a new one.

    Measured as at the end of `measured_on`. Time limits run from `pushed_on`, null = none is set; the days of receipt
    and answer are those on which we heard, that of the visit is the agency's. `outcome` is what the agencies' latest
    findings come to; `overdue_step` the furthest step that was asked after because it was late.
    """

    resident = models.ForeignKey(
        Resident, verbose_name="参保人", on_delete=models.PROTECT, related_name="alerts"
    )
    area = models.ForeignKey(Area, verbose_name="地区", on_delete=models.PROTECT, related_name="+")
    coverage_year = models.PositiveSmallIntegerField("参保年度")
    month = models.CharField("统计月份", max_length=7)
    measured_on = models.DateField("统计截至")
    period = models.CharField("去重期间", max_length=7)
    rule = models.CharField("预警规则", max_length=60)
    rule_label = models.CharField("预警类型", max_length=100)
    amount = models.DecimalField("个人负担", max_digits=14, decimal_places=2)
    threshold = models.DecimalField("预警线", max_digits=14, decimal_places=2)
    state = models.CharField("状态", max_length=12, choices=AlertState, default=AlertState.SENT)
    outcome = models.CharField("核查结果", max_length=20, choices=Outcome, blank=True)
    event = models.ForeignKey(
        OutboundEvent, verbose_name="推送事件", on_delete=models.PROTECT, related_name="+"
    )
    pushed_on = models.DateField("推送日期")
    acknowledge_due_on = models.DateField("签收期限", null=True, blank=True)
    visit_due_on = models.DateField("入户期限", null=True, blank=True)
    answer_due_on = models.DateField("反馈期限", null=True, blank=True)
    acknowledged_on = models.DateField("签收日期", null=True, blank=True)
    visited_on = models.DateField("入户日期", null=True, blank=True)
    answered_on = models.DateField("反馈日期", null=True, blank=True)
    overdue_step = models.CharField("已催办环节", max_length=12, choices=AlertState, blank=True)
    policy_key = models.CharField("政策版本", max_length=40)
    trace = models.JSONField("计算过程", default=list)
    created_at = models.DateTimeField("生成时间", auto_now_add=True)
    history = change_history("预警")

    class Meta:
        verbose_name = verbose_name_plural = "高额费用预警"
        constraints = [
            models.UniqueConstraint(
                fields=["resident", "rule", "period"],
                name="one_standing_alert_per_person_rule_and_period",
                condition=~models.Q(state=AlertState.WITHDRAWN),
            )
        ]
        indexes = [
            models.Index(fields=["area", "month", "id"], name="alert_by_area_and_month"),
            models.Index(fields=["id"], name="alert_not_answered", condition=models.Q(state__in=WAITING)),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.month} {self.rule_label}"

    @property
    def due(self) -> dict[str, datetime.date | None]:
        """The last day of each step; null = no limit is set."""
        return {
            AlertState.ACKNOWLEDGED.value: self.acknowledge_due_on,
            AlertState.VISITED.value: self.visit_due_on,
            AlertState.ANSWERED.value: self.answer_due_on,
        }


class AlertAnswer(models.Model):
    """What an agency said of an alert: that it visited (入户), or what it found. Append-only.

    `checked_by` and `checked_on` are who visited and when. Who is found to belong to a category holds it from
    `since` on once the list `plan` is confirmed. `recorded_by` null = the agency's own program.
    """

    alert = models.ForeignKey(Alert, verbose_name="预警", on_delete=models.PROTECT, related_name="answers")
    agency = models.ForeignKey(Agency, verbose_name="反馈机构", on_delete=models.PROTECT, related_name="+")
    step = models.CharField(
        "进度",
        max_length=12,
        choices=[(AlertState.VISITED, "入户核查"), (AlertState.ANSWERED, "反馈结果")],
        default=AlertState.ANSWERED,
    )
    outcome = models.CharField("核查结果", max_length=20, choices=Outcome, blank=True)
    category = models.CharField("纳入类别", max_length=40, blank=True)
    since = models.DateField("认定起始日期", null=True, blank=True)
    document = models.CharField("认定文书", max_length=100, blank=True)
    reason_code = models.CharField("不符合原因", max_length=20, choices=WhyNotEligible, blank=True)
    reason = models.CharField("说明", max_length=200, blank=True)
    checked_by = models.CharField("核查人", max_length=60)
    checked_on = models.DateField("核查日期")
    received_at = models.DateTimeField("收到时间", auto_now_add=True)
    recorded_by = staff_key("登记人")
    plan = models.ForeignKey(
        InboundBatch,
        verbose_name="身份认定方案",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    batch = models.ForeignKey(
        InboundBatch,
        verbose_name="来源清单",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    row_number = models.PositiveIntegerField("清单行号", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "预警反馈"
        constraints = [
            models.CheckConstraint(
                name="alert_finding_has_an_outcome",
                condition=models.Q(step=AlertState.VISITED, outcome="")
                | models.Q(step=AlertState.ANSWERED) & ~models.Q(outcome=""),
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.get_outcome_display() or self.get_step_display()}"
