"""What comes in: one batch a list or bulk call, one row a line, every row's outcome kept."""

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from exchange.models.agency import Agency
from registry.models import Area


class BatchMode(models.TextChoices):
    """Whether absence from the list means something."""

    FULL = "full", "全量"
    SUPPLEMENTARY = "supplementary", "补充"


class BatchStatus(models.TextChoices):
    """From plan to apply; only a planned batch can be applied or refused."""

    PLANNED = "planned", "待确认"
    APPLIED = "applied", "已生效"
    REFUSED = "refused", "已退回"
    UNDONE = "undone", "已撤销"


class RowOutcome(models.TextChoices):
    """What became, or would become, of a row."""

    NEW = "new", "新增"
    CHANGED = "changed", "变更"
    ENDED = "ended", "取消"
    UNCHANGED = "unchanged", "未变"
    DUPLICATE = "duplicate", "重复"
    HELD = "held", "待处理"
    CONFLICT = "conflict", "冲突"
    REFUSED = "refused", "退回"


class InboundBatch(models.Model):
    """A file or a bulk call, planned first and applied when somebody has looked at it."""

    kind = models.CharField("业务类型", max_length=60)
    agency = models.ForeignKey(
        Agency,
        verbose_name="来源部门",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="batches",
    )
    area = models.ForeignKey(Area, verbose_name="地区", on_delete=models.PROTECT, related_name="+")
    file_name = models.CharField("文件名", max_length=255)
    sha256 = models.CharField("文件校验值", max_length=64)
    mode = models.CharField("报送方式", max_length=20, choices=BatchMode.choices)
    status = models.CharField("状态", max_length=20, choices=BatchStatus.choices, default=BatchStatus.PLANNED)
    as_of = models.DateField("数据日期")
    counts = models.JSONField("结果统计", default=dict, blank=True)
    error = models.TextField("退回原因", blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="导入人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    created_at = models.DateTimeField("导入时间", auto_now_add=True)
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="确认人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    applied_at = models.DateTimeField("生效时间", null=True, blank=True)

    class Meta:
        verbose_name = "导入批次"
        verbose_name_plural = "导入批次"
        indexes = [
            models.Index(fields=["area", "-created_at"], name="batch_by_area_and_time"),
            models.Index(fields=["kind", "area", "sha256"], name="batch_by_content"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "area", "sha256"],
                condition=models.Q(status__in=[BatchStatus.PLANNED, BatchStatus.APPLIED]),
                name="same_list_lives_once",
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.file_name}"


class InboundRow(models.Model):
    """A line of a batch; `payload` holds what the line said, with the identity number masked."""

    batch = models.ForeignKey(
        InboundBatch, verbose_name="批次", on_delete=models.CASCADE, related_name="rows", db_index=False
    )
    number = models.PositiveIntegerField("行号")
    key = models.BinaryField("证件号码索引", max_length=32, null=True, blank=True)
    payload = models.JSONField("内容", default=dict, encoder=DjangoJSONEncoder)
    outcome = models.CharField("结果", max_length=20, choices=RowOutcome.choices)
    code = models.CharField("原因代码", max_length=60, blank=True)
    message = models.CharField("说明", max_length=500, blank=True)
    field = models.CharField("涉及栏目", max_length=60, blank=True)

    class Meta:
        verbose_name = "导入明细"
        verbose_name_plural = "导入明细"
        indexes = [models.Index(fields=["batch", "outcome", "number"], name="row_by_batch_and_outcome")]

    def __str__(self) -> str:
        return f"#{self.pk} 第{self.number}行"
