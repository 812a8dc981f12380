"""Enrollment (参保登记): a person registered for a coverage year in a pooling area."""

from django.db import models

from registry.models import Area, Resident
from registry.models.history import change_history
from registry.models.staff_keys import staff_key


class EnrollmentStatus(models.TextChoices):
    """Whether the registration stands."""

    ACTIVE = "active", "有效"
    WITHDRAWN = "withdrawn", "已撤销"


class Enrollment(models.Model):
    """One person, one coverage year; insured only once the payment has arrived (缴费到账)."""

    resident = models.ForeignKey(
        Resident, verbose_name="参保人", on_delete=models.PROTECT, related_name="enrollments"
    )
    coverage_year = models.PositiveSmallIntegerField("参保年度")
    pooling_area = models.ForeignKey(
        Area, verbose_name="统筹地区", on_delete=models.PROTECT, related_name="+"
    )
    population = models.CharField("人员类别", max_length=20, default="resident")
    channel = models.CharField("登记渠道", max_length=30, blank=True)
    place = models.CharField("登记地点", max_length=30, blank=True)
    registered_on = models.DateField("登记日期")
    status = models.CharField(
        "状态", max_length=10, choices=EnrollmentStatus, default=EnrollmentStatus.ACTIVE
    )
    registered_by = staff_key("登记人", in_bulk=True)
    history = change_history("参保登记", unasked=("pooling_area", "registered_by"), in_bulk=True)

    class Meta:
        verbose_name = verbose_name_plural = "参保登记"
        constraints = [
            models.UniqueConstraint(
                fields=["resident", "coverage_year"],
                condition=models.Q(status=EnrollmentStatus.ACTIVE),
                name="one_enrollment_per_resident_and_year",
            )
        ]
        indexes = [
            models.Index(
                fields=["coverage_year", "pooling_area", "resident"], name="enrollment_by_year_area"
            ),
            models.Index(
                fields=["coverage_year", "resident"],
                include=["id"],
                condition=~models.Q(status=EnrollmentStatus.ACTIVE),
                name="withdrawn_by_year_and_resident",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.coverage_year}"
