"""Policies in the database: their text, who wrote them, who approved them, which one holds."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords


class PolicyStatus(models.TextChoices):
    """Life of a version. Only an approved one computes anything."""

    DRAFT = "draft", "草稿"
    SUBMITTED = "submitted", "待复核"
    APPROVED = "approved", "已生效"
    SUPERSEDED = "superseded", "已被替代"


class PolicyVersion(models.Model):
    """One version of one area's policy for one coverage year; frozen once approved."""

    area = models.CharField("地区代码", max_length=12)
    year = models.PositiveSmallIntegerField("参保年度")
    number = models.PositiveSmallIntegerField("版本")
    title = models.CharField("标题", max_length=200)
    text = models.TextField("政策文本（TOML）")
    digest = models.CharField("文本摘要", max_length=64, editable=False)
    status = models.CharField("状态", max_length=12, choices=PolicyStatus, default=PolicyStatus.DRAFT)
    corrects = models.BooleanField(
        "更正文字差错",
        default=False,
        help_text="本版只把上一版录错的文字、数值改成与文件一致，不是新规定：已缴费年度的资助按更正后的复核。文件本身有变的不要勾选",
    )
    source_document = models.FileField("依据文件", upload_to="policy/", blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name="录入人",
        null=True,
        blank=True,
        related_name="+",
    )
    created_at = models.DateTimeField("录入时间", auto_now_add=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name="复核人",
        null=True,
        blank=True,
        related_name="+",
    )
    approved_at = models.DateTimeField("生效时间", null=True, blank=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = verbose_name_plural = "政策版本"
        constraints = [
            models.UniqueConstraint(fields=["area", "year", "number"], name="one_policy_version_per_number"),
            models.UniqueConstraint(
                fields=["area", "year"],
                condition=Q(status=PolicyStatus.APPROVED),
                name="one_approved_policy_per_area_and_year",
            ),
            models.CheckConstraint(
                name="policy_author_is_not_approver",
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("created_by")),
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.key} 第{self.number}版"

    @property
    def key(self) -> str:
        """The key other policies inherit by: "230100/2025"."""
        return f"{self.area}/{self.year}"
