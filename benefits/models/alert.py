"""Alerts (双预警): who crossed a threshold, who was told, and what the agencies answered."""

from django.db import models

from exchange.models import Agency, OutboundEvent
from registry.models import Area, Resident
from registry.models.history import change_history


class AlertState(models.TextChoices):
    """How far an alert has come."""

    SENT = "sent", "已推送"
    ACKNOWLEDGED = "acknowledged", "已签收"
    ANSWERED = "answered", "已反馈"
    WITHDRAWN = "withdrawn", "已撤回"


class Outcome(models.TextChoices):
    """What the agency found."""

    RECOGNIZED = "recognized", "纳入困难身份"
    ASSISTED = "assisted", "给予救助"
    NOT_ELIGIBLE = "not_eligible", "不符合条件"


class Alert(models.Model):
    """One person over one rule's threshold; once per `period` ("2025", or "2025-03" where a rule repeats monthly)."""

    resident = models.ForeignKey(
        Resident, verbose_name="参保人", on_delete=models.PROTECT, related_name="alerts"
    )
    area = models.ForeignKey(Area, verbose_name="地区", on_delete=models.PROTECT, related_name="+")
    coverage_year = models.PositiveSmallIntegerField("参保年度")
    month = models.CharField("统计月份", max_length=7)
    period = models.CharField("去重期间", max_length=7)
    rule = models.CharField("预警规则", max_length=60)
    rule_label = models.CharField("预警类型", max_length=100)
    amount = models.DecimalField("个人负担", max_digits=14, decimal_places=2)
    threshold = models.DecimalField("预警线", max_digits=14, decimal_places=2)
    state = models.CharField("状态", max_length=12, choices=AlertState, default=AlertState.SENT)
    event = models.ForeignKey(
        OutboundEvent, verbose_name="推送事件", on_delete=models.PROTECT, related_name="+"
    )
    answer_due_on = models.DateField("反馈期限", null=True, blank=True)
    policy_key = models.CharField("政策版本", max_length=40)
    trace = models.JSONField("计算过程", default=list)
    created_at = models.DateTimeField("生成时间", auto_now_add=True)
    history = change_history("预警")

    class Meta:
        verbose_name = verbose_name_plural = "高额费用预警"
        constraints = [
            models.UniqueConstraint(
                fields=["resident", "rule", "period"], name="one_alert_per_person_rule_and_period"
            )
        ]
        indexes = [models.Index(fields=["area", "month", "id"], name="alert_by_area_and_month")]

    def __str__(self) -> str:
        return f"#{self.pk} {self.month} {self.rule_label}"


class AlertAnswer(models.Model):
    """An agency's answer to an alert (核查反馈). Append-only: a later answer is a new row."""

    alert = models.ForeignKey(Alert, verbose_name="预警", on_delete=models.PROTECT, related_name="answers")
    agency = models.ForeignKey(Agency, verbose_name="反馈机构", on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField("核查结果", max_length=20, choices=Outcome)
    category = models.CharField("纳入类别", max_length=40, blank=True)
    reason = models.CharField("说明", max_length=200, blank=True)
    checked_by = models.CharField("核查人", max_length=60)
    checked_on = models.DateField("核查日期")
    received_at = models.DateTimeField("收到时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "预警反馈"

    def __str__(self) -> str:
        return f"#{self.pk} {self.get_outcome_display()}"
