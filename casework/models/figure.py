"""Figures of a case (数额对照): what it is now, what it would be, and the rule that says which holds."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from casework.models.case import Case


class Verdict(models.TextChoices):
    """What the documents say becomes of a figure."""

    CHANGED = "changed", "变更"
    FROZEN = "frozen", "不调整"
    NEXT_YEAR = "next_year", "次年"
    ASKS = "asks", "待定"


class CaseFigure(models.Model):
    """One figure beside its successor, as it was when the case was opened; append-only.

    `subject_ref` is the record it belongs to, such as "contribution:17"; `trace` the steps of the new figure as they
    are stored; null = there was, or will be, no such figure.
    """

    case = models.ForeignKey(Case, verbose_name="工单", on_delete=models.CASCADE, related_name="figures")
    position = models.PositiveSmallIntegerField("序号")
    subject_ref = models.CharField("关联对象", max_length=100, blank=True)
    label = models.CharField("项目", max_length=200)
    old = models.DecimalField("原数额", max_digits=14, decimal_places=2, null=True, blank=True)
    new = models.DecimalField("新数额", max_digits=14, decimal_places=2, null=True, blank=True)
    unit = models.CharField("单位", max_length=10, default="元")
    verdict = models.CharField("处理", max_length=10, choices=Verdict)
    clause = models.CharField("依据条款", max_length=200, blank=True)
    reading = models.TextField("条款理解", blank=True)
    trace = models.JSONField("计算过程", default=list, blank=True, encoder=DjangoJSONEncoder)

    class Meta:
        verbose_name = verbose_name_plural = "数额对照"
        constraints = [models.UniqueConstraint(fields=["case", "position"], name="one_figure_per_place")]

    def __str__(self) -> str:
        return f"#{self.case_id} {self.label}"
