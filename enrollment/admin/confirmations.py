"""Noting what somebody confirmed in writing: that no benefit day is left in the year they pay for."""

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextareaWidget

from enrollment.models import ContributionPeriod, ContributionState, EnrollmentStatus
from enrollment.services.confirmations import confirm_no_benefit
from policy.admin.house import asks
from registry.admin.base import CLERKS, REVIEWERS, ScopedAdmin


class ConfirmationForm(BaseDialogForm):
    """Asks what was confirmed."""

    confirmation = forms.CharField(
        label="本人书面确认内容",
        max_length=300,
        help_text="确认人、材料档案号；经办人和时间随变更记录保存",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )


class ConfirmationsAdmin(ScopedAdmin):
    """A page on which a written confirmation is noted."""

    def has_open_year_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the registration stands unpaid, and the user works in the area."""
        key = obj.pk if isinstance(obj, ContributionPeriod) else obj
        standing = ContributionPeriod.objects.filter(pk=key, enrollment__status=EnrollmentStatus.ACTIVE)
        unpaid = key is None or standing.exclude(state=ContributionState.PAID).exists()
        return unpaid and self.acts(request, obj, roles=(*CLERKS, *REVIEWERS))

    @asks(
        title="登记书面确认",
        description="本人书面确认知道缴费后当年已没有待遇日，仍要参保。登记后，待处理的缴费点“重新入账”即可入账。",
        form=ConfirmationForm,
        may="open_year",
        icon="draw",
    )
    def note_confirmation(self, request: HttpRequest, form: ConfirmationForm, object_id: str) -> HttpResponse:
        """Note the confirmation."""

        def work() -> str:
            assert isinstance(request.user, User)
            confirm_no_benefit(
                contribution=self.visible(request, object_id),
                words=form.cleaned_data["confirmation"],
                user=request.user,
            )
            return "已登记书面确认；有待处理缴费的，请在该笔缴费点“重新入账”。"

        return self.conclude(request, work)
