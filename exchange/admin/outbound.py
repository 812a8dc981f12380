"""Events out, their deliveries with every attempt, and trying dead ones again."""

import json
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.enums import ActionVariant

from exchange.models import (
    Acknowledgement,
    AgencyKind,
    Delivery,
    DeliveryAttempt,
    DeliveryStatus,
    OutboundEvent,
)
from exchange.services.deliver import replay_deliveries
from policy.admin.display import choice_badge, link
from policy.admin.house import ReadOnly, ReadOnlyInline, asks
from registry.admin.base import ScopedAdmin

KINDS = {
    "alert.raised": "高额费用预警",
    "alert.withdrawn": "预警撤回",
    "claim.adjusted": "补付追回",
}
LABELS = {
    DeliveryStatus.PENDING: "blue",
    DeliveryStatus.FAILED: "orange",
    DeliveryStatus.DELIVERED: "green",
    DeliveryStatus.DEAD: "red",
}


def kind_label(kind: str) -> str:
    """Return the Chinese name of a kind of event."""
    return KINDS.get(kind, kind)


def subject_text(subject: str) -> str:
    """Return whom an event is about, leading to the resident's file where it is one."""
    kind, _, key = subject.partition(":")
    if kind == "claim":
        return f"结算单 {key}"
    if kind != "resident" or not key.isdigit():
        return subject
    return format_html('<a class="oy-link" href="{}">参保人 {}</a>', _resident_url(key), key)


def _resident_url(key: str) -> str:
    return reverse("admin:registry_resident_change", args=[key])


class DeliveryInline(ReadOnlyInline):
    """Where the event went."""

    model = Delivery
    fields = ("endpoint", "status", "attempts", "last_status_code", "delivered_at", "acknowledged_at")
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> Any:
        """Read the endpoints along."""
        return super().get_queryset(request).select_related("endpoint")


class AcknowledgementInline(ReadOnlyInline):
    """Who said it has the event."""

    model = Acknowledgement
    fields = ("agency", "at")

    def get_queryset(self, request: HttpRequest) -> Any:
        """Read the agencies along."""
        return super().get_queryset(request).select_related("agency")


@admin.register(OutboundEvent)
class OutboundEventAdmin(ReadOnly, ScopedAdmin):
    """News for agencies, written in the transaction of the work."""

    list_display = ("created_at", "kind_name", "area_name", "receivers", "about", "queued_at")
    list_display_links = ("created_at",)
    list_filter = ("kind",)
    list_select_related = ("area", "agency")
    search_fields = ("subject", "dedupe_key__startswith")
    ordering = ("-pk",)
    fields = ("id", "kind_name", "area", "receivers", "about", "created_at", "queued_at", "content")
    readonly_fields = ("kind_name", "receivers", "about", "content")
    inlines = (DeliveryInline, AcknowledgementInline)

    @admin.display(description="事件", ordering="kind")
    def kind_name(self, event: OutboundEvent) -> str:
        """Name the kind."""
        return kind_label(event.kind)

    @admin.display(description="接收部门")
    def receivers(self, event: OutboundEvent) -> str:
        """Name the agency it is addressed to, or the kinds of agencies."""
        if event.agency is not None:
            return event.agency.name
        labels = dict(AgencyKind.choices)
        return "、".join(labels.get(kind, kind) for kind in event.agency_kinds)

    @admin.display(description="对象", ordering="subject")
    def about(self, event: OutboundEvent) -> str:
        """Lead to whom it is about."""
        return subject_text(event.subject)

    @admin.display(description="内容")
    def content(self, event: OutboundEvent) -> str:
        """Show what is sent."""
        text = json.dumps(event.payload, ensure_ascii=False, indent=2, default=str)
        return format_html('<pre class="oy-text">{}</pre>', text)


class AttemptInline(ReadOnlyInline):
    """Every post and what came back."""

    model = DeliveryAttempt
    fields = ("at", "status_code", "error", "duration_ms")
    ordering = ("-pk",)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly, ScopedAdmin):
    """Events on their way to one address."""

    area_lookup = "event__area"
    list_display = (
        "event_kind",
        "receiver",
        "state",
        "attempts",
        "last_status_code",
        "delivered_at",
        "acknowledged_at",
    )
    list_filter = (("status", ChoicesDropdownFilter),)
    list_select_related = ("event", "endpoint__agency")
    search_fields = ("subject", "endpoint__url", "endpoint__agency__name")
    ordering = ("-pk",)
    actions_detail = ("replay",)
    inlines = (AttemptInline,)
    readonly_fields = ("event_link", "about", "state")
    fields = (
        ("event_link", "endpoint", "about"),
        ("state", "attempts", "next_attempt_at"),
        ("last_status_code", "last_error"),
        ("delivered_at", "acknowledged_at"),
    )

    @admin.display(description="事件")
    def event_link(self, delivery: Delivery) -> str:
        """Lead to the event."""
        return link(delivery.event, kind_label(delivery.event.kind))

    @admin.display(description="事件")
    def event_kind(self, delivery: Delivery) -> str:
        """Name the event."""
        return kind_label(delivery.event.kind)

    @admin.display(description="对象")
    def about(self, delivery: Delivery) -> str:
        """Lead to whom it is about."""
        return subject_text(delivery.subject)

    @admin.display(description="接收方")
    def receiver(self, delivery: Delivery) -> str:
        """Name the agency."""
        return delivery.endpoint.agency.name

    @admin.display(description="状态")
    def state(self, delivery: Delivery) -> SafeString:
        """Show the state as a badge."""
        return choice_badge(delivery, "status", LABELS)

    def has_replay_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the delivery has stopped and the user handles its area."""
        key = obj.pk if isinstance(obj, Delivery) else obj
        is_dead = key is None or Delivery.objects.filter(pk=key, status=DeliveryStatus.DEAD).exists()
        return is_dead and self.has_clerk_permission(request, obj)

    @asks(title="重新推送", description="从第一次尝试开始重新推送。", may="replay", icon="replay",
          variant=ActionVariant.PRIMARY)  # fmt: skip
    def replay(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Try a dead delivery again."""

        def work() -> str:
            delivery = self.visible(request, object_id)
            return f"已重新排队 {replay_deliveries(delivery_ids=[delivery.pk])} 条推送。"

        return self.conclude(request, work)
