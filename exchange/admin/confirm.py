"""The page on which somebody confirms a planned batch: the sums once more, who has to agree, and one button."""

import json
from typing import Any

from django import forms
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest
from unfold.widgets import UnfoldBooleanSwitchWidget

from exchange.admin.plan import guard_notices, guard_of, may_confirm, sums_of
from exchange.models import InboundBatch, RowOutcome


class ConfirmForm(forms.Form):
    """That the plan was looked at, and which plan it was."""

    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, batch: InboundBatch, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.batch = batch
        self.fields["seen"].initial = fingerprint(batch)
        if ended := batch.counts.get(RowOutcome.ENDED):
            self.fields["ended_checked"] = forms.BooleanField(
                label=f"已核对将被取消的 {ended:,} 条",
                widget=UnfoldBooleanSwitchWidget,
                error_messages={"required": "请先核对将被取消的人，再确认。"},
            )

    def clean_seen(self) -> str:
        """Refuse to confirm another plan than was shown."""
        seen: str = self.cleaned_data["seen"]
        if seen != fingerprint(self.batch):
            raise forms.ValidationError("您核对之后方案又有变动，请重新核对下面的数字再确认。")
        return seen


def fingerprint(batch: InboundBatch) -> str:
    """Return what tells one plan of a batch from another: its sums, and when it was made."""
    return json.dumps([batch.counts, batch.planned_at], sort_keys=True, cls=DjangoJSONEncoder)


def confirm_context(request: HttpRequest, batch: InboundBatch, form: ConfirmForm) -> dict[str, Any]:
    """Return what the page shows."""
    guard = guard_of(batch)
    outdated = form.errors.get("seen")
    if outdated:
        form = ConfirmForm(batch=batch)  # asks about the sums as they are now
    return {
        "title": "确认生效",
        "outdated": outdated,
        "batch": batch,
        "form": form,
        "sums": sums_of(batch),
        "notices": guard_notices(guard, batch=batch, user=request.user),
        "may_confirm": may_confirm(batch, guard, request.user),
    }
