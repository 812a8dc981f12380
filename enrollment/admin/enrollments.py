"""Registrations (参保登记): who is registered for which year; one person registered at the counter, or moved."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from enrollment.admin.counter import counter_page
from enrollment.admin.labels import CHANNELS, PLACES, POPULATIONS, label
from enrollment.admin.merging import MergesRecords
from enrollment.models import ContributionPeriod, ContributionState, Enrollment, EnrollmentStatus
from enrollment.services.on_the_spot import transfer_enrollment, withdraw_enrollment
from policy.admin.display import choice_badge, link
from policy.admin.history import WithHistory
from policy.admin.house import DayInput, ReadOnly, asks
from registry.admin.base import CLERKS, ScopedAdmin
from registry.models import Area
from registry.selectors import pooling_area_of, scoped_areas

TONES = {EnrollmentStatus.ACTIVE: "green", EnrollmentStatus.WITHDRAWN: "red"}


class WithdrawForm(BaseDialogForm):
    """Asks why."""

    reason = forms.CharField(
        label="事由和依据", max_length=80, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2})
    )


class TransferForm(BaseDialogForm):
    """Asks where to, as of when, and why."""

    living_area = forms.CharField(label="新居住地区划代码", max_length=12, widget=UnfoldAdminTextInputWidget)
    on = forms.DateField(
        label="迁入日期", initial=timezone.localdate, widget=DayInput, help_text="按当日缴费重新核定"
    )
    reason = forms.CharField(
        label="事由和依据", max_length=200, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2})
    )

    def clean_living_area(self) -> Area:
        """Return the area of the code, if the user may see it."""
        code = self.cleaned_data["living_area"].strip()
        area = scoped_areas(self.request.user).filter(code=code).first()
        if area is None:
            raise forms.ValidationError("没有这个区划代码，或不在您的管辖范围内；跨地区转移由上级办理。")
        try:
            pooling_area_of(area)
        except Area.DoesNotExist:
            raise forms.ValidationError("该地区不属于任何统筹地区，请填写市县或以下的区划代码。") from None
        return area


@admin.register(Enrollment)
class EnrollmentAdmin(MergesRecords, WithHistory, ReadOnly, ScopedAdmin):
    """Who is registered for which year."""

    area_lookup = "resident__living_area"
    resident_lookup = "resident_id"
    list_display = (
        "resident_link", "masked_number", "coverage_year", "pooling_name", "population_label",
        "registered_on", "standing",
    )  # fmt: skip
    list_display_links = ("coverage_year",)
    list_filter = ("coverage_year", ("status", ChoicesDropdownFilter))
    list_select_related = ("resident", "pooling_area")
    search_fields = ("resident__name__startswith",)
    search_help_text = "按完整证件号码或姓名开头查询"
    ordering = ("-pk",)
    fields = (
        ("resident_link", "masked_number", "coverage_year"),
        ("pooling_name", "population_label", "standing"),
        ("registered_on", "channel_label", "place_label", "registered_by"),
        "contribution_link",
    )
    readonly_fields = (
        "resident_link", "masked_number", "pooling_name", "population_label", "standing", "channel_label",
        "place_label",
        "contribution_link",
    )  # fmt: skip
    actions_list = ("at_counter", "merge_records", "export_csv")
    actions_detail = ("transfer", "withdraw")

    @admin.display(description="统筹地区", ordering="pooling_area__path")
    def pooling_name(self, row: Enrollment) -> str:
        """Name the pooling area."""
        return row.pooling_area.name

    @admin.display(description="人员类别")
    def population_label(self, row: Enrollment) -> str:
        """Name the population."""
        return label(POPULATIONS, row.population)

    @admin.display(description="登记渠道")
    def channel_label(self, row: Enrollment) -> str:
        """Name the channel."""
        return label(CHANNELS, row.channel)

    @admin.display(description="登记地点")
    def place_label(self, row: Enrollment) -> str:
        """Name the place of registration."""
        return label(PLACES, row.place)

    @admin.display(description="状态")
    def standing(self, row: Enrollment) -> SafeString:
        """Show the state as a badge."""
        return choice_badge(row, "status", TONES)

    @admin.display(description="缴费核定")
    def contribution_link(self, row: Enrollment) -> str:
        """Lead to what is owed."""
        found = ContributionPeriod.objects.filter(enrollment=row).first()
        return link(found, found and found.get_state_display())

    @action(description="现场登记", icon="person_add", permissions=["clerk"], variant=ActionVariant.PRIMARY)
    def at_counter(self, request: HttpRequest) -> HttpResponse:
        """Register one person: found by number, quoted, confirmed."""
        return counter_page(self, request)

    def has_transfer_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the registration stands and is not paid, and the user handles its area."""
        key = obj.pk if isinstance(obj, Enrollment) else obj
        unpaid = ContributionPeriod.objects.filter(
            enrollment=key, enrollment__status=EnrollmentStatus.ACTIVE, paid=0
        ).exclude(state=ContributionState.PAID)
        return (key is None or unpaid.exists()) and self.acts(request, obj, roles=CLERKS)

    @asks(
        title="转移参保地",
        description="未缴费的登记撤销后在新居住地重新登记、核定，居住地同时变更；已缴费的年度留在原参保地。",
        form=TransferForm,
        may="transfer",
        icon="moving",
    )
    def transfer(self, request: HttpRequest, form: TransferForm, object_id: str) -> HttpResponse:
        """Move the registration to another area."""

        def work() -> str:
            assert isinstance(request.user, User)
            asked = form.cleaned_data
            transfer_enrollment(
                enrollment=self.visible(request, object_id),
                living_area=asked["living_area"],
                on=asked["on"],
                reason=asked["reason"],
                user=request.user,
            )
            return f"已转移至{asked['living_area'].name}并重新核定。"

        return self.conclude(request, work)

    @asks(
        title="撤销登记",
        description="没有缴费的登记撤销，人员登记不变；有缴费入账的先退费。撤销以后集中开单不再登记，须本人重新登记。",
        form=WithdrawForm,
        may="transfer",
        icon="undo",
        variant=ActionVariant.DANGER,
    )
    def withdraw(self, request: HttpRequest, form: WithdrawForm, object_id: str) -> HttpResponse:
        """Take the registration back."""

        def work() -> str:
            assert isinstance(request.user, User)
            gone = withdraw_enrollment(
                enrollment=self.visible(request, object_id),
                reason=form.cleaned_data["reason"],
                user=request.user,
            )
            return f"{gone.coverage_year} 年度参保登记已撤销。"

        return self.conclude(request, work)
