"""What comes in: one batch a list or bulk call, one row a line, every row's outcome kept."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from exchange.models.agency import Agency
from exchange.models.job import TRYING, UNDER_WAY, Job
from registry.models import Area
from registry.models.staff_keys import staff_key


class BatchMode(models.TextChoices):
    """Whether absence from the list means something."""

    FULL = "full", "全量"
    SUPPLEMENTARY = "supplementary", "补充"


class BatchStatus(models.TextChoices):
    """From receipt to plan to apply; only a planned batch can be applied, and only an applied one undone."""

    RECEIVED = "received", "待读取"
    PLANNED = "planned", "待确认"
    APPLIED = "applied", "已生效"
    REFUSED = "refused", "已退回"
    UNDONE = "undone", "已撤销"


# While a batch is in one of these states, the same file is not taken again.
LIVING = (BatchStatus.RECEIVED, BatchStatus.PLANNED, BatchStatus.APPLIED)


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
    KEPT = "kept", "保留登记"


class InboundBatch(models.Model):
    """A file or a bulk call, planned first and applied when somebody has looked at it.

    `planned_at` is when its comparison with the records began: what is recorded later it has not seen. `job` is the
    work in the background that reads or applies it, the latest; `second_user` agreed where applying takes two;
    `undo_asked_by` and `undone_by` are the two who took it back; `undo_declined_by` is who would not, or who had asked
    and thought better of it.
    """

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
    created_by = staff_key("导入人")
    created_at = models.DateTimeField("导入时间", auto_now_add=True)
    applied_by = staff_key("确认人")
    applied_at = models.DateTimeField("生效时间", null=True, blank=True)
    second_user = staff_key("复核人")
    planned_at = models.DateTimeField("比对时间", null=True, blank=True)
    job = models.ForeignKey(
        Job, verbose_name="后台任务", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    refused_by = staff_key("退回人")
    undo_asked_by = staff_key("申请撤销人")
    undo_reason = models.TextField("撤销事由", blank=True)
    undo_declined_by = staff_key("驳回撤销人")
    undo_answer = models.TextField("不撤销的理由", blank=True)
    undone_by = staff_key("同意撤销人")
    undone_at = models.DateTimeField("撤销时间", null=True, blank=True)

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
                condition=models.Q(status__in=LIVING),
                name="same_list_lives_once",
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.file_name}"

    @property
    def is_being_applied(self) -> bool:
        """Whether it was confirmed and a worker puts it into force, or will."""
        return self.status == BatchStatus.PLANNED and self.job is not None and self.job.status in UNDER_WAY

    @property
    def trying_again(self) -> Job | None:
        """Return the latest work on rows of a batch in force that wait, done or not; null = nobody asked for any."""
        tried = self.status == BatchStatus.APPLIED and self.job is not None and self.job.kind == TRYING
        return self.job if tried else None

    @property
    def is_tried_again(self) -> bool:
        """Whether a worker has rows of it that wait, or will."""
        job = self.trying_again
        return job is not None and job.status in UNDER_WAY

    @property
    def is_open_plan(self) -> bool:
        """Whether it is planned and nobody has confirmed it: the plan may be made anew."""
        return self.status == BatchStatus.PLANNED and not self.is_being_applied

    @property
    def waits_for_undoing(self) -> bool:
        """Whether somebody asked that it be taken back and nobody has answered."""
        asked = self.undo_asked_by_id is not None and self.undo_declined_by_id is None
        return asked and self.status == BatchStatus.APPLIED


class InboundFile(models.Model):
    """The file of a batch as it came, sealed: the source document, and what a worker reads."""

    batch = models.OneToOneField(
        InboundBatch, verbose_name="批次", on_delete=models.CASCADE, related_name="file", primary_key=True
    )
    sealed_content = models.BinaryField("内容（密文）")
    size = models.PositiveIntegerField("字节数")
    kept_until = models.DateField("保存至")

    class Meta:
        verbose_name = verbose_name_plural = "清单原件"
        indexes = [models.Index(fields=["kept_until"], name="file_by_end_of_keeping")]

    def __str__(self) -> str:
        return f"#{self.pk} 清单原件"


class InboundRow(models.Model):
    """A line of a batch; `payload` holds what the line said, with the identity number masked.

    In `payload`, `rested_on` names the batches in force without which the row might have come out otherwise.
    """

    batch = models.ForeignKey(
        InboundBatch, verbose_name="批次", on_delete=models.CASCADE, related_name="rows", db_index=False
    )
    sheet = models.CharField("工作表", max_length=100, blank=True)
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
        indexes = [
            models.Index(fields=["batch", "outcome", "number"], name="row_by_batch_and_outcome"),
            models.Index(
                fields=["batch"],
                condition=models.Q(payload__has_key="rested_on"),
                name="row_resting_on_batches",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} 第{self.number}行"
