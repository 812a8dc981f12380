"""Agencies (外部门) and the addresses their news is posted to."""

import base64
import secrets
from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from unfold.admin import StackedInline
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.widgets import UnfoldAdminTextInputWidget

from exchange.admin.agreements import months_table
from exchange.models import Agency, WebhookEndpoint
from policy.admin.history import WithHistory
from registry.admin.base import ScopedAdmin

ENDPOINT_FIELDS = ("url", "event_kinds", "secret", "is_active")
ADDRESSES = {models.URLField: {"assume_scheme": "https"}}


def new_secret() -> str:
    """Return a fresh signing secret as Standard Webhooks writes it."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()


class EndpointForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """An address and its secret; the secret is written, never read back."""

    secret = forms.CharField(
        label="签名密钥",
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text="Standard Webhooks 格式（whsec_…）。新建时留空则自动生成，保存后只显示一次；修改时留空不变。",
    )

    def save(self, commit: bool = True) -> Any:  # noqa: FBT002
        """Seal the secret with the rest."""
        self.shown_once = ""
        if self.cleaned_data.get("secret"):
            self.instance.secret = self.cleaned_data["secret"]
        elif self.instance.pk is None:
            self.instance.secret = self.shown_once = new_secret()
        return super().save(commit)


class EndpointInline(StackedInline):
    """Addresses of the agency."""

    model = WebhookEndpoint
    form = EndpointForm
    fields = ENDPOINT_FIELDS
    formfield_overrides = ADDRESSES
    extra = 0
    can_delete = False


@admin.register(Agency)
class AgencyAdmin(WithHistory, ScopedAdmin):
    """Partners: kind, area, client; what lists they agreed to send and how they came."""

    list_display = ("name", "code", "kind", "area_name", "is_active")
    list_filter = (("kind", ChoicesDropdownFilter), "is_active")
    list_select_related = ("area",)
    search_fields = ("name", "code__startswith")
    autocomplete_fields = ("area", "application")
    ordering = ("area__path", "kind")
    inlines = (EndpointInline,)
    change_form_after_template = "admin/openyibao/agency.html"

    def get_fields(self, request: HttpRequest, obj: Agency | None = None) -> Any:
        """Leave the client of the interface to those who set it up."""
        if self.has_change_permission(request, obj):
            return super().get_fields(request, obj)
        return (("name", "kind"), ("area", "code"), "is_active")

    def get_readonly_fields(self, request: HttpRequest, obj: Agency | None = None) -> tuple[str, ...]:
        """Keep the code once given: what the agency told and looked at is on record under it."""
        return ("code",) if obj is not None else ()

    @admin.display(description="所属地区", ordering="area__path")
    def area_name(self, agency: Agency) -> str:
        """Name the area."""
        return agency.area.name

    def besides(self, request: HttpRequest, row: Agency | None) -> dict[str, Any]:
        """Return how its lists came."""
        return {"lists_by_month": months_table(row) if row is not None else ""}


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(WithHistory, ScopedAdmin):
    """Addresses and what they subscribe to."""

    form = EndpointForm
    fields = ("agency", *ENDPOINT_FIELDS)
    formfield_overrides = ADDRESSES
    area_lookup = "agency__area"
    list_display = ("agency_name", "url", "event_kinds", "is_active")
    list_display_links = ("url",)
    list_filter = ("is_active",)
    list_select_related = ("agency",)
    search_fields = ("agency__name", "url")
    autocomplete_fields = ("agency",)
    ordering = ("agency__name", "url")

    @admin.display(description="外部门", ordering="agency__name")
    def agency_name(self, endpoint: WebhookEndpoint) -> str:
        """Name the agency."""
        return endpoint.agency.name

    def save_model(
        self, request: HttpRequest, obj: WebhookEndpoint, form: EndpointForm, change: bool
    ) -> None:
        """Save, and show a generated secret this once."""
        super().save_model(request, obj, form, change)
        if form.shown_once:
            self.message_user(request, f"已生成签名密钥，请交对方妥善保存：{form.shown_once}")
