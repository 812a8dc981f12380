"""Outreach (参保动员): why somebody is not insured here, who was spoken to, and who looks after whom."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q

from exchange.models import InboundBatch
from registry.models import Resident
from registry.models.history import change_history
from registry.models.periods import days_between
from registry.models.staff_keys import staff_key


class WhyNot(models.TextChoices):
    """Why somebody is not insured here; the codes are those of `rules.standing.Standing`."""

    EMPLOYEE = "employee_scheme", "本地职工医保"
    RESIDENT_ELSEWHERE = "resident_scheme_elsewhere", "异地居民医保"
    EMPLOYEE_ELSEWHERE = "employee_scheme_elsewhere", "异地职工医保"
    ARMY = "army", "参军"
    PRISON = "prison", "服刑"
    DIED = "died", "死亡"
    LOST = "lost", "失联"
    REFUSED = "refused", "自愿放弃"
    OTHER = "other", "其他"


# These move the rate, so somebody has to have seen a paper.
PROVEN = (
    WhyNot.EMPLOYEE, WhyNot.RESIDENT_ELSEWHERE, WhyNot.EMPLOYEE_ELSEWHERE, WhyNot.ARMY, WhyNot.PRISON, WhyNot.DIED,
)  # fmt: skip


class ReasonSource(models.TextChoices):
    """How the reason became known."""

    VISIT = "visit", "入户核实"
    PHONE = "phone", "电话核实"
    VILLAGE = "village", "村（社区）上报"
    COMPARISON = "comparison", "部门数据比对"
    LIST = "list", "核实清单"


class ContactWay(models.TextChoices):
    """How somebody was spoken to."""

    PHONE = "phone", "电话"
    VISIT = "visit", "入户"
    MESSAGE = "message", "短信、微信"
    MEETING = "meeting", "村（社区）现场"


class ContactOutcome(models.TextChoices):
    """What came of it."""

    PROMISED = "promised", "答应缴费"
    UNREACHED = "unreached", "未联系上"
    WRONG_NUMBER = "wrong_number", "号码有误"
    AWAY = "away", "外出或迁走"
    ELSEWHERE = "elsewhere", "称已在他处参保"
    UNWILLING = "unwilling", "表示不参保"
    OTHER = "other", "其他"


class UninsuredReason(models.Model):
    """Why a person is not insured here for a coverage year, on the days `[stated_on, ended_on)`; null = still.

    A later reason ends the one before it. `document` is the paper that proves it.
    """

    resident = models.ForeignKey(
        Resident, verbose_name="参保人", on_delete=models.PROTECT, related_name="uninsured_reasons"
    )
    coverage_year = models.PositiveSmallIntegerField("参保年度")
    reason = models.CharField("未参保原因", max_length=30, choices=WhyNot)
    stated_on = models.DateField("核实日期")
    ended_on = models.DateField("终止日期（不含）", null=True, blank=True)
    source = models.CharField("核实方式", max_length=20, choices=ReasonSource)
    document = models.CharField("凭据", max_length=100, blank=True)
    note = models.CharField("备注", max_length=200, blank=True)
    batch = models.ForeignKey(
        InboundBatch,
        verbose_name="来源清单",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    row_number = models.PositiveIntegerField("清单行号", null=True, blank=True)
    recorded_by = staff_key("登记人")
    recorded_at = models.DateTimeField("登记时间", auto_now_add=True)
    history = change_history("未参保原因")

    class Meta:
        verbose_name = verbose_name_plural = "未参保原因"
        constraints = [
            ExclusionConstraint(
                name="one_uninsured_reason_at_a_time",
                expressions=[
                    ("resident", RangeOperators.EQUAL),
                    ("coverage_year", RangeOperators.EQUAL),
                    (days_between("stated_on", "ended_on"), RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(
                name="uninsured_reason_not_empty",
                condition=Q(ended_on__isnull=True) | Q(ended_on__gt=F("stated_on")),
            ),
            models.CheckConstraint(
                name="uninsured_reason_proven", condition=~Q(reason__in=PROVEN) | ~Q(document="")
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.coverage_year} {self.get_reason_display()}"


class Contact(models.Model):
    """Somebody was spoken to, or it was tried; append-only."""

    resident = models.ForeignKey(
        Resident,
        verbose_name="参保人",
        on_delete=models.PROTECT,
        related_name="outreach_contacts",
        db_index=False,
    )
    coverage_year = models.PositiveSmallIntegerField("参保年度")
    contacted_on = models.DateField("联系日期")
    way = models.CharField("联系方式", max_length=20, choices=ContactWay)
    outcome = models.CharField("联系结果", max_length=20, choices=ContactOutcome)
    note = models.CharField("备注", max_length=200, blank=True)
    contacted_by = staff_key("联系人")
    recorded_at = models.DateTimeField("登记时间", auto_now_add=True)
    history = change_history("动员联系")

    class Meta:
        verbose_name = verbose_name_plural = "动员联系"
        indexes = [
            models.Index(
                fields=["resident", "coverage_year", "contacted_on"], name="contact_by_resident_year"
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.contacted_on} {self.get_outcome_display()}"


class OutreachAssignment(models.Model):
    """Who looks after a person until the year's window ends."""

    resident = models.ForeignKey(
        Resident,
        verbose_name="参保人",
        on_delete=models.PROTECT,
        related_name="outreach_assignments",
        db_index=False,
    )
    coverage_year = models.PositiveSmallIntegerField("参保年度")
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="负责人", on_delete=models.PROTECT, related_name="+"
    )
    history = change_history("动员分派")

    class Meta:
        verbose_name = verbose_name_plural = "动员分派"
        constraints = [
            models.UniqueConstraint(
                fields=["resident", "coverage_year"], name="one_outreach_assignment_per_year"
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.coverage_year} 动员分派"
