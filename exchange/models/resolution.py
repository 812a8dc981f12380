"""What somebody decided about a row of a list that contradicts the records; it stays when the row is asked again."""

from django.conf import settings
from django.db import models

from exchange.models.inbound import InboundBatch, InboundRow


class Decision(models.TextChoices):
    """Whom the row follows."""

    ADOPT = "adopt", "采用名单"
    KEEP = "keep", "保留登记"
    ADOPT_PART = "adopt_part", "采用名单（现在这一段）"


class RowResolution(models.Model):
    """One decision about one row; `code` is the contradiction it was about.

    `reopened_by` is a list that was in force when it was taken and has been taken back: it counts no more.
    """

    row = models.ForeignKey(
        InboundRow, verbose_name="导入明细", on_delete=models.CASCADE, related_name="resolutions"
    )
    code = models.CharField("原因代码", max_length=60)
    question = models.CharField("原因", max_length=500)
    decision = models.CharField("处置", max_length=20, choices=Decision.choices)
    reason = models.CharField("理由和依据", max_length=200)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="处置人", on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField("处置时间", auto_now_add=True)
    reopened_by = models.ForeignKey(
        InboundBatch,
        verbose_name="因此批次撤销重新处置",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    class Meta:
        verbose_name = verbose_name_plural = "冲突处置"
        constraints = [
            models.UniqueConstraint(
                fields=["row", "code"],
                condition=models.Q(reopened_by__isnull=True),
                name="one_decision_per_row_and_question",
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.get_decision_display()}"
