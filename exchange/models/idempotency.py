"""Answers kept so that a write said twice is done once."""

from django.db import models

from exchange.models.agency import Agency


class IdempotencyRecord(models.Model):
    """The answer an agency got for a key; a null status is a call that is being answered in another transaction."""

    agency = models.ForeignKey(Agency, verbose_name="外部门", on_delete=models.CASCADE, related_name="+")
    key = models.CharField("幂等键", max_length=100)
    request_hash = models.CharField("请求校验值", max_length=64)
    response_status = models.PositiveSmallIntegerField("响应码", null=True)
    response_body = models.JSONField("响应内容", null=True)
    created_at = models.DateTimeField("时间", auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = "幂等记录"
        verbose_name_plural = "幂等记录"
        constraints = [
            models.UniqueConstraint(fields=["agency", "key"], name="one_answer_per_idempotency_key")
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.key}"
