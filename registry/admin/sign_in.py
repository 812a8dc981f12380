"""Log-in attempts and second factors, in the house's dress."""

from typing import Any

from axes import admin as _axes  # noqa: F401 - registers its pages, which ours replace
from axes.models import AccessAttempt, AccessFailureLog
from axes.models import AccessLog as SignInLog
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django_otp.plugins.otp_static import admin as _static  # noqa: F401 - the same
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.admin import TOTPDeviceAdmin
from django_otp.plugins.otp_totp.models import TOTPDevice
from unfold.admin import ModelAdmin, TabularInline

from policy.admin.house import ReadOnly

for model in (AccessAttempt, AccessFailureLog, SignInLog, StaticDevice, TOTPDevice):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


@admin.register(AccessAttempt)
class AttemptPage(ReadOnly, ModelAdmin):
    """Failed attempts that count towards a lock-out; deleting one lifts it."""

    list_display = ("attempt_time", "username", "ip_address", "failures_since_start", "user_agent")
    search_fields = ("username", "ip_address")
    ordering = ("-attempt_time",)
    fields = ("attempt_time", "username", "ip_address", "failures_since_start", "user_agent", "path_info")
    list_fullwidth = True


@admin.register(AccessFailureLog)
class FailurePage(ReadOnly, ModelAdmin):
    """All failures."""

    list_display = ("attempt_time", "username", "ip_address", "locked_out")
    search_fields = ("username", "ip_address")
    ordering = ("-attempt_time",)
    fields = ("attempt_time", "username", "ip_address", "locked_out", "user_agent", "path_info")
    list_fullwidth = True


@admin.register(SignInLog)
class SignInPage(ReadOnly, ModelAdmin):
    """Who logged in and out."""

    list_display = ("attempt_time", "logout_time", "username", "ip_address")
    search_fields = ("username", "ip_address")
    ordering = ("-attempt_time",)
    fields = ("attempt_time", "logout_time", "username", "ip_address", "user_agent", "path_info")
    list_fullwidth = True


class StaticTokenInline(TabularInline):
    """The codes."""

    model = StaticToken
    extra = 0
    verbose_name = verbose_name_plural = "验证码"

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Name the column."""
        formset = super().get_formset(request, obj, **kwargs)
        formset.form.base_fields["token"].label = "验证码"
        return formset


class WithoutHelp:
    """Fields whose labels say enough; their English helps are left out."""

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Return the field without its help."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        if field is not None:
            field.help_text = ""
        return field


@admin.register(StaticDevice)
class StaticDevicePage(WithoutHelp, ModelAdmin):
    """Codes on paper for a user."""

    list_display = ("user", "name", "confirmed", "created_at", "last_used_at")
    search_fields = ("user__username",)
    autocomplete_fields = ("user",)
    fields = ("user", "name", "confirmed")
    inlines = (StaticTokenInline,)
    list_fullwidth = True


@admin.register(TOTPDevice)
class TimedDevicePage(WithoutHelp, TOTPDeviceAdmin, ModelAdmin):
    """Codes from a device; its key is seen once, as a picture."""

    list_filter = ()
    raw_id_fields = ()
    autocomplete_fields = ("user",)
    search_fields = ("user__username",)
    search_help_text = "按用户名查询"
    readonly_fields = ("picture",)
    list_fullwidth = True

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """Show what concerns staff."""
        return ("user", "name", "confirmed", "created_at", "last_used_at")

    def get_fieldsets(self, request: HttpRequest, obj: TOTPDevice | None = None) -> Any:
        """Ask for a user and a name; show the picture afterwards."""
        shown = ("user", "name", "confirmed")
        return ((None, {"fields": (*shown, "picture") if obj else shown}),)

    @admin.display(description="绑定二维码")
    def picture(self, device: TOTPDevice) -> str:
        """Lead to the picture the device scans."""
        address = reverse("admin:otp_totp_totpdevice_config", args=[device.pk])
        return format_html('<a class="oy-link" href="{}">显示</a>', address)
