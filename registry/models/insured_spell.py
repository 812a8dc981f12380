"""Insured spells elsewhere (他处参保): employee insurance, or the resident scheme of another area."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q

from registry.models.history import change_history
from registry.models.periods import days_between
from registry.models.resident import Resident


class Scheme(models.TextChoices):
    """Which insurance covered the person."""

    EMPLOYEE = "employee_scheme", "职工基本医疗保险"
    RESIDENT_ELSEWHERE = "resident_scheme_elsewhere", "异地城乡居民基本医疗保险"


class InsuredSpell(models.Model):
    """A period `[starts_on, ends_on)` under another scheme; `ends_on` is the first day without it, null = still on.

    `as_student`: registered where the person studies, which decides between school and home.
    `reported_by`: code of the agency that told it last, which alone may tell it otherwise; empty = bureau staff did.
    """

    resident = models.ForeignKey(
        Resident, verbose_name="参保人", on_delete=models.PROTECT, related_name="insured_spells"
    )
    scheme = models.CharField("险种", max_length=30, choices=Scheme.choices)
    area_code = models.CharField("参保地区划代码", max_length=12, blank=True)
    starts_on = models.DateField("开始日期")
    ends_on = models.DateField("终止日期（不含）", null=True, blank=True)
    as_student = models.BooleanField("以学生身份参保", default=False, db_default=False)
    source = models.CharField("信息来源", max_length=100, blank=True)
    reported_by = models.CharField("报送部门代码", max_length=40, blank=True, default="", db_default="")
    history = change_history("他处参保")

    class Meta:
        verbose_name = "他处参保"
        verbose_name_plural = "他处参保"
        constraints = [
            ExclusionConstraint(
                name="insured_spells_do_not_overlap",
                expressions=[
                    ("resident", RangeOperators.EQUAL),
                    ("scheme", RangeOperators.EQUAL),
                    (days_between("starts_on", "ends_on"), RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(
                name="insured_spell_not_empty",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gt=F("starts_on")),
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.get_scheme_display()} {self.starts_on}"
