"""Cases (工单): a question for a person, by a day, with a decision and its reason; and what happened to it."""

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q

from registry.models import Area, Resident
from registry.models.history import change_history
from registry.models.staff_keys import staff_key


class CaseState(models.TextChoices):
    """From open to closed."""

    OPEN = "open", "待分派"
    ASSIGNED = "assigned", "办理中"
    DECIDED = "decided", "已决定"
    CLOSED = "closed", "已办结"


class Case(models.Model):
    """A question an app or a person asked.

    `options` lists the decisions to choose from, each `{"code", "label"}`; empty = any word. `clause` names the
    document that leaves the choice. With `needs_second` the decision counts once a second person has confirmed it.
    Of a proposal the person who opened it is the first hand, who decides as well; of a question somebody else is.
    `performed_at` is the moment its effect took place, if it has one (`casework/services/effects.py`).
    """

    kind = models.CharField("类型", max_length=60)
    title = models.CharField("标题", max_length=200)
    area = models.ForeignKey(Area, verbose_name="地区", on_delete=models.PROTECT, related_name="+")
    resident = models.ForeignKey(
        Resident, verbose_name="参保人", null=True, blank=True, on_delete=models.PROTECT, related_name="cases"
    )
    subject_ref = models.CharField("关联对象", max_length=100, blank=True)
    state = models.CharField("状态", max_length=20, choices=CaseState.choices, default=CaseState.OPEN)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="经办人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="assigned_cases",
    )
    due_on = models.DateField("办理期限")
    opened_at = models.DateTimeField("提出时间")
    opened_by = staff_key("提出人")
    reason = models.TextField("事由", blank=True)
    clause = models.CharField("依据条款", max_length=200, blank=True)
    options = models.JSONField("可选决定", default=list, blank=True)
    detail = models.JSONField("详情", default=dict, blank=True, encoder=DjangoJSONEncoder)
    dedupe_key = models.CharField("去重键", max_length=200, unique=True, null=True, blank=True)
    needs_second = models.BooleanField("需要复核", default=False)
    is_proposal = models.BooleanField("提出人拟定", default=False)
    decision = models.CharField("决定", max_length=100, blank=True)
    decision_reason = models.TextField("决定理由", blank=True)
    decided_by = staff_key("决定人")
    decided_at = models.DateTimeField("决定时间", null=True, blank=True)
    second_by = staff_key("复核人")
    performed_at = models.DateTimeField("执行时间", null=True, blank=True)
    history = change_history("工单")

    class Meta:
        verbose_name = "工单"
        verbose_name_plural = "工单"
        indexes = [
            models.Index(
                fields=["area", "due_on", "id"], name="case_queue", condition=~Q(state=CaseState.CLOSED)
            ),
            models.Index(
                fields=["assignee", "due_on", "id"],
                name="case_of_clerk",
                condition=~Q(state=CaseState.CLOSED),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="case_second_is_another",
                condition=Q(second_by__isnull=True) | ~Q(second_by=F("decided_by")),
            ),
            models.CheckConstraint(
                name="case_decision_is_complete",
                condition=Q(decision="", decided_at__isnull=True, decided_by__isnull=True)
                | Q(~Q(decision=""), decided_at__isnull=False, decided_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.title}"


class CaseEventKind(models.TextChoices):
    """What may happen to a case."""

    OPENED = "opened", "提出"
    ASSIGNED = "assigned", "分派"
    COMMENTED = "commented", "备注"
    DECIDED = "decided", "决定"
    CONFIRMED = "confirmed", "复核"
    RETURNED = "returned", "退回"
    EFFECT = "effect", "执行"
    CLOSED = "closed", "办结"


class CaseEvent(models.Model):
    """A line of a case's timeline; append-only."""

    case = models.ForeignKey(Case, verbose_name="工单", on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField("时间")
    by = staff_key("人员")
    kind = models.CharField("事项", max_length=20, choices=CaseEventKind.choices)
    text = models.TextField("内容", blank=True)

    class Meta:
        verbose_name = "办理记录"
        verbose_name_plural = "办理记录"

    def __str__(self) -> str:
        return f"#{self.pk} {self.get_kind_display()}"
