"""Recognitions (身份认定): each hardship identity its own dated record, many at once."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import Deferrable, F, Q

from exchange.models import Agency, InboundBatch
from hardship.models.category import Category
from registry.models import Resident
from registry.models.history import change_history
from registry.models.periods import days_between
from registry.models.staff_keys import staff_key


class Recognition(models.Model):
    """A person holds a category on the days `[valid_from, valid_to)`; `valid_to` null = still.

    The validity says when it was true; the change history says when the bureau knew.
    """

    resident = models.ForeignKey(
        Resident, verbose_name="参保人", on_delete=models.PROTECT, related_name="recognitions"
    )
    category = models.ForeignKey(
        Category, verbose_name="困难身份", on_delete=models.PROTECT, related_name="recognitions"
    )
    valid_from = models.DateField("起始日期")
    valid_to = models.DateField("终止日期（不含）", null=True, blank=True)
    attributes = models.JSONField("属性", default=dict, blank=True)
    authority = models.CharField("认定部门", max_length=30)
    agency = models.ForeignKey(
        Agency, verbose_name="报送机构", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    document = models.CharField("认定文书", max_length=100, blank=True)
    batch = models.ForeignKey(
        InboundBatch,
        verbose_name="来源清单",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    row_number = models.PositiveIntegerField("清单行号", null=True, blank=True)
    recorded_at = models.DateTimeField("登记时间", auto_now_add=True)
    recorded_by = staff_key("登记人")
    history = change_history("身份认定", in_bulk=True)

    class Meta:
        verbose_name = verbose_name_plural = "身份认定"
        indexes = [
            models.Index(name="recognition_ends", fields=["valid_to"], condition=Q(valid_to__isnull=False)),
        ]
        constraints = [
            ExclusionConstraint(
                name="recognitions_of_a_category_do_not_overlap",
                expressions=[
                    ("resident", RangeOperators.EQUAL),
                    ("category", RangeOperators.EQUAL),
                    (days_between("valid_from", "valid_to"), RangeOperators.OVERLAPS),
                ],
                deferrable=Deferrable.IMMEDIATE,  # after each statement, not each row: a day two records share moves
            ),
            models.CheckConstraint(
                name="recognition_period_not_empty",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} 身份认定 {self.valid_from}"
