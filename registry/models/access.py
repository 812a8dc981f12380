"""Who may see which area, and who looked at a full identity number."""

from django.conf import settings
from django.db import models

from registry.models.area import Area
from registry.models.history import change_history
from registry.models.resident import Resident
from registry.models.staff_keys import staff_key


class Role(models.TextChoices):
    """What a member of staff does within an area."""

    VIEWER = "viewer", "查询"
    CLERK = "clerk", "经办"
    REVIEWER = "reviewer", "复核"
    SUPERVISOR = "supervisor", "主管"
    AUDITOR = "auditor", "审计"
    FINANCE = "finance", "财政审签"


class StaffScope(models.Model):
    """A user may act in a role for an area and everything below it; without a scope nothing is seen."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="工作人员", on_delete=models.CASCADE, related_name="scopes"
    )
    area = models.ForeignKey(
        Area, verbose_name="管辖地区", on_delete=models.PROTECT, related_name="staff_scopes"
    )
    role = models.CharField("角色", max_length=20, choices=Role.choices)
    history = change_history("管辖范围")

    class Meta:
        verbose_name = "管辖范围"
        verbose_name_plural = "管辖范围"
        constraints = [models.UniqueConstraint(fields=["user", "area", "role"], name="one_scope_per_role")]

    def __str__(self) -> str:
        return f"#{self.pk} {self.get_role_display()}"


class AccessLog(models.Model):
    """One look at a full identity number: by a user, or by an agency named by its code. Append-only."""

    user = staff_key("工作人员")
    agency_code = models.CharField("机构代码", max_length=40, blank=True)
    resident = models.ForeignKey(
        Resident, verbose_name="参保人", on_delete=models.PROTECT, related_name="access_logs"
    )
    purpose = models.CharField("查看事由", max_length=200)
    at = models.DateTimeField("查看时间", auto_now_add=True)

    class Meta:
        verbose_name = "证件号码查看记录"
        verbose_name_plural = "证件号码查看记录"
        indexes = [models.Index(fields=["at"], name="access_log_by_time")]
        constraints = [
            models.CheckConstraint(
                name="access_log_names_who",
                condition=models.Q(user__isnull=False) | ~models.Q(agency_code=""),
            ),
            models.CheckConstraint(name="access_log_says_why", condition=~models.Q(purpose="")),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.purpose}"
