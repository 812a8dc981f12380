"""History pages (变更记录) as staff read them: labels instead of codes, and nothing outside a user's rows."""

import json
from typing import Any

from django.db import models
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString
from simple_history.admin import SimpleHistoryAdmin
from simple_history.models import ModelChange
from simple_history.template_utils import HistoricalRecordContextHelper
from simple_history.utils import get_history_model_for_model

from policy.admin.display import NOTHING, choice_label
from policy.admin.keys import NO_SUCH_ROW, can_be_key
from policy.admin.reasons import reason_text

LONGEST = 160


class ChineseChanges(HistoricalRecordContextHelper):
    """Old and new values as labels; what is sealed is only said to have changed."""

    def stringify_delta_change_values(
        self, change: ModelChange, old: Any, new: Any
    ) -> tuple[SafeString, SafeString]:
        """Return both values ready to be shown."""
        field = self.model._meta.get_field(change.field)
        assert isinstance(field, models.Field)
        return conditional_escape(value_text(field, old)), conditional_escape(value_text(field, new))


def value_text(field: "models.Field[Any, Any]", value: object) -> str:
    """Return a stored value as staff may see it."""
    if isinstance(field, models.BinaryField):
        return "（不显示）"
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, dict | list):
        text = json.dumps(value, ensure_ascii=False, default=str)
    else:
        text = str(choice_label(field, value))
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


class WithHistory(SimpleHistoryAdmin):
    """An admin of a model with history; put it first among the bases."""

    object_history_list_template = "admin/openyibao/history_list.html"

    def get_historical_record_context_helper(
        self, request: HttpRequest, historical_record: Any
    ) -> ChineseChanges:
        """Return the helper that speaks Chinese."""
        return ChineseChanges(self.model, historical_record)

    def set_history_delta_changes(
        self, request: HttpRequest, historical_records: Any, **options: Any
    ) -> None:
        """Add the changes, and the reason in words."""
        super().set_history_delta_changes(request, historical_records, **options)
        for record in historical_records:
            record.history_delta_changes = getattr(record, "history_delta_changes", [])
            record.reason_text = reason_text(record.history_change_reason)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """Show the history of a row the user may see."""
        self._only_visible(request, object_id)
        page: HttpResponseBase = super().history_view(request, object_id, extra_context)
        return page

    def history_form_view(
        self,
        request: HttpRequest,
        object_id: str,
        version_id: str,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponseBase:
        """Show a row as it was, if the user may see it as it is."""
        self._only_visible(request, object_id)
        if not can_be_key(get_history_model_for_model(self.model), version_id):
            raise Http404(NO_SUCH_ROW)
        page: HttpResponseBase = super().history_form_view(request, object_id, version_id, extra_context)
        return page

    def _only_visible(self, request: HttpRequest, object_id: str) -> None:
        if self.get_object(request, object_id) is None:
            raise Http404(NO_SUCH_ROW)
