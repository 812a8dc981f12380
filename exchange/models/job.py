"""Long work in chunks: its progress, and a checkpoint for each chunk."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from registry.models import Area
from registry.models.staff_keys import staff_key


class JobStatus(models.TextChoices):
    """Of a job and of its chunks; chunks are never "running": an unfinished one is simply still queued."""

    QUEUED = "queued", "排队中"
    RUNNING = "running", "进行中"
    PAUSED = "paused", "已暂停"
    DONE = "done", "已完成"
    FAILED = "failed", "失败"
    CANCELLED = "cancelled", "已取消"


# While a job is in one of these states, a worker is at it or will be.
UNDER_WAY = (JobStatus.QUEUED, JobStatus.RUNNING)
TRYING = "retry_held"  # the kind of job that tries rows of a batch in force again


class Job(models.Model):
    """Work over many rows. `total` and `done` count rows, `params` says what was asked (dates and ids, no figures)."""

    kind = models.CharField("任务类型", max_length=60)
    params = models.JSONField("参数", default=dict, encoder=DjangoJSONEncoder)
    area = models.ForeignKey(
        Area, verbose_name="地区", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    status = models.CharField("状态", max_length=20, choices=JobStatus.choices, default=JobStatus.QUEUED)
    total = models.PositiveBigIntegerField("总数", default=0)
    done = models.PositiveBigIntegerField("已处理", default=0)
    created_at = models.DateTimeField("创建时间", auto_now_add=True)
    started_at = models.DateTimeField("开始时间", null=True, blank=True)
    finished_at = models.DateTimeField("完成时间", null=True, blank=True)
    message = models.TextField("结果说明", blank=True)
    created_by = staff_key("发起人")

    class Meta:
        verbose_name = "后台任务"
        verbose_name_plural = "后台任务"
        indexes = [models.Index(fields=["-created_at"], name="job_by_time")]

    def __str__(self) -> str:
        return f"#{self.pk} 后台任务"


class JobChunk(models.Model):
    """Rows with keys from `from_key` to `to_key`, both included; committed together with its work.

    `counts` is what its work counted, name → number: the job's counts are their sum.
    """

    job = models.ForeignKey(
        Job, verbose_name="任务", on_delete=models.CASCADE, related_name="chunks", db_index=False
    )
    seq = models.PositiveIntegerField("序号")
    from_key = models.BigIntegerField("起始键")
    to_key = models.BigIntegerField("截止键")
    status = models.CharField("状态", max_length=20, choices=JobStatus.choices, default=JobStatus.QUEUED)
    done_rows = models.PositiveIntegerField("已处理行数", default=0)
    counts = models.JSONField("分项计数", default=dict, blank=True)
    error = models.TextField("错误", blank=True)

    class Meta:
        verbose_name = "任务分段"
        verbose_name_plural = "任务分段"
        constraints = [models.UniqueConstraint(fields=["job", "seq"], name="one_chunk_per_place")]

    def __str__(self) -> str:
        return f"#{self.pk} 第{self.seq}段"
