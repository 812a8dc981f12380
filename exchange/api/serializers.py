"""What agencies read and say about events."""

from typing import Any

from rest_framework import serializers

from exchange.models import OutboundEvent


class EventReply(serializers.Serializer[OutboundEvent]):
    """An event as its webhook carries it, and when the agency acknowledged it."""

    id = serializers.UUIDField(help_text="事件号")
    type = serializers.CharField(source="kind", help_text="事件类型")
    timestamp = serializers.DateTimeField(source="created_at", help_text="生成时间")
    area = serializers.CharField(source="area.code", help_text="区划代码")
    subject = serializers.CharField(help_text="对象")
    data = serializers.JSONField(source="payload", help_text="内容")  # type: ignore[assignment]
    acknowledged_at = serializers.DateTimeField(allow_null=True, help_text="签收时间；空为未签收")


class EventQuery(serializers.Serializer[Any]):
    """Which events to list."""

    acknowledged = serializers.BooleanField(
        required=False, allow_null=True, default=None, help_text="是否已签收"
    )
    type = serializers.CharField(required=False, help_text="事件类型")


class AcknowledgementReply(serializers.Serializer[Any]):
    """When the agency first acknowledged the event."""

    id = serializers.UUIDField(source="event_id", help_text="事件号")
    acknowledged_at = serializers.DateTimeField(source="at", help_text="签收时间")
