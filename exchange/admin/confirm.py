"""The page on which somebody confirms a planned batch: the sums once more, who has to agree, and one button."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from unfold.widgets import UnfoldBooleanSwitchWidget

from exchange.admin.notices import guard_notices
from exchange.admin.plan import guard_of, may_confirm, sums_of
from exchange.models import InboundBatch, RowOutcome
from exchange.services.seen_plans import plan_mark

CONFIRMING = "/apply_batch/"  # how the address of the page ends


class ConfirmForm(forms.Form):
    """That the plan was looked at, and which plan it was."""

    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, batch: InboundBatch, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.batch = batch
        self.fields["seen"].initial = plan_mark(batch)
        if ended := batch.counts.get(RowOutcome.ENDED):
            self.fields["ended_checked"] = forms.BooleanField(
                label=f"已核对将被取消的 {ended:,} 条",
                widget=UnfoldBooleanSwitchWidget,
                error_messages={"required": "请先核对将被取消的人，再确认。"},
            )


def is_of_another_plan(request: HttpRequest, batch: InboundBatch) -> bool:
    """Return whether the page the user comes from showed the batch planned otherwise; an address alone showed none."""
    if request.method == "POST":
        return request.POST.get("seen") != plan_mark(batch)
    return request.GET.get("seen", plan_mark(batch)) != plan_mark(batch)


def marked(page: HttpResponseBase) -> HttpResponseBase:
    """Return the page of a batch whose way to this one says which plan it showed."""
    batch = (page.context_data or {}).get("original") if isinstance(page, TemplateResponse) else None
    if isinstance(page, TemplateResponse) and isinstance(batch, InboundBatch):
        assert page.context_data is not None
        for each in page.context_data["actions_detail"]:
            if each["path"].endswith(CONFIRMING):
                each["path"] += f"?seen={plan_mark(batch)}"
    return page


def confirm_context(request: HttpRequest, batch: InboundBatch, form: ConfirmForm) -> dict[str, Any]:
    """Return what the page shows."""
    guard = guard_of(batch)
    return {
        "title": "确认生效",
        "batch": batch,
        "form": form,
        "sums": sums_of(batch),
        "notices": guard_notices(guard, batch=batch, user=request.user),
        "may_confirm": may_confirm(batch, guard, request.user),
    }
