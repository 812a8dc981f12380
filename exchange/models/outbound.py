"""What goes out: events written in the transaction of the work, deliveries by endpoint, attempts and receipts."""

import secrets
import time
import uuid

from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from exchange.models.agency import Agency, WebhookEndpoint
from registry.models import Area


def time_ordered_id() -> uuid.UUID:
    """Return a UUID of version 7: nanoseconds of the clock first, so that ids sort as they were made."""
    nanoseconds = time.time_ns()
    milliseconds, rest = divmod(nanoseconds, 1_000_000)
    fraction = (rest << 12) // 1_000_000
    value = milliseconds << 80 | 7 << 76 | fraction << 64 | 0b10 << 62 | secrets.randbits(62)
    return uuid.UUID(int=value)


class OutboundEvent(models.Model):
    """Something agencies must hear: all of some kinds that answer for the area, or `agency` alone where it is set.

    `subject` keeps news of one person in order; `dedupe_key` makes saying it twice harmless.
    """

    id = models.UUIDField("事件号", primary_key=True, default=time_ordered_id, editable=False)
    kind = models.CharField("事件类型", max_length=60)
    area = models.ForeignKey(Area, verbose_name="地区", on_delete=models.PROTECT, related_name="+")
    agency_kinds = ArrayField(models.CharField(max_length=30), verbose_name="接收部门类别")
    agency = models.ForeignKey(
        Agency, verbose_name="接收机构", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    subject = models.CharField("对象", max_length=80)
    payload = models.JSONField("内容", encoder=DjangoJSONEncoder)
    dedupe_key = models.CharField("去重键", max_length=200, unique=True)
    created_at = models.DateTimeField("生成时间", auto_now_add=True)
    queued_at = models.DateTimeField("分发时间", null=True, blank=True)

    class Meta:
        verbose_name = "外发事件"
        verbose_name_plural = "外发事件"
        indexes = [
            models.Index(fields=["id"], name="event_not_queued", condition=models.Q(queued_at__isnull=True)),
            models.Index(fields=["area", "id"], name="event_by_area"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class DeliveryStatus(models.TextChoices):
    """A failed delivery is tried again; a dead one only when somebody replays it."""

    PENDING = "pending", "待推送"
    FAILED = "failed", "待重试"
    DELIVERED = "delivered", "已送达"
    DEAD = "dead", "已停止"


class Delivery(models.Model):
    """An event on its way to one endpoint. While a worker sends it, `next_attempt_at` lies ahead: its lease."""

    event = models.ForeignKey(
        OutboundEvent, verbose_name="事件", on_delete=models.CASCADE, related_name="deliveries"
    )
    endpoint = models.ForeignKey(
        WebhookEndpoint, verbose_name="推送地址", on_delete=models.PROTECT, related_name="deliveries"
    )
    subject = models.CharField("对象", max_length=80)
    status = models.CharField(
        "状态", max_length=20, choices=DeliveryStatus.choices, default=DeliveryStatus.PENDING
    )
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    next_attempt_at = models.DateTimeField("下次推送时间")
    last_status_code = models.PositiveSmallIntegerField("最近响应码", null=True, blank=True)
    last_error = models.CharField("最近错误", max_length=300, blank=True)
    delivered_at = models.DateTimeField("送达时间", null=True, blank=True)
    acknowledged_at = models.DateTimeField("签收时间", null=True, blank=True)

    class Meta:
        verbose_name = "推送"
        verbose_name_plural = "推送"
        constraints = [
            models.UniqueConstraint(fields=["event", "endpoint"], name="one_delivery_per_endpoint")
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at", "id"],
                name="delivery_due",
                condition=models.Q(status__in=[DeliveryStatus.PENDING, DeliveryStatus.FAILED]),
            ),
            models.Index(
                fields=["endpoint", "subject", "id"],
                name="delivery_in_order",
                condition=models.Q(status__in=[DeliveryStatus.PENDING, DeliveryStatus.FAILED]),
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.get_status_display()}"


class DeliveryAttempt(models.Model):
    """One post and what came back."""

    delivery = models.ForeignKey(
        Delivery, verbose_name="推送", on_delete=models.CASCADE, related_name="attempt_log"
    )
    at = models.DateTimeField("时间")
    status_code = models.PositiveSmallIntegerField("响应码", null=True, blank=True)
    error = models.CharField("错误", max_length=300, blank=True)
    duration_ms = models.PositiveIntegerField("耗时（毫秒）")

    class Meta:
        verbose_name = "推送记录"
        verbose_name_plural = "推送记录"

    def __str__(self) -> str:
        return f"#{self.pk} {self.status_code or self.error}"


class Acknowledgement(models.Model):
    """An agency said it has the event: in its answer to the webhook, or through the API."""

    event = models.ForeignKey(
        OutboundEvent, verbose_name="事件", on_delete=models.CASCADE, related_name="acknowledgements"
    )
    agency = models.ForeignKey(Agency, verbose_name="外部门", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField("签收时间")

    class Meta:
        verbose_name = "签收"
        verbose_name_plural = "签收"
        constraints = [
            models.UniqueConstraint(fields=["event", "agency"], name="one_acknowledgement_per_agency")
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"
