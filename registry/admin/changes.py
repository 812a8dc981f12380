"""The last changes of a resident's own record (变更记录) on the file."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from policy.admin.display import NOTHING, table
from policy.admin.reasons import reason_text
from registry.admin.panels import section
from registry.models import AccessLog, Resident

MOST_SHOWN = 20
CHANGES = {"+": "登记", "~": "变更", "-": "删除"}


@section(place=90, slug="changes", title="变更记录")
def changes(resident: Resident, request: HttpRequest) -> SafeString:
    """Return who changed the person's record, when and why, and who looked at the full number."""
    versions = resident.history.select_related("history_user").order_by("-history_date", "-history_id")
    looks = AccessLog.objects.filter(resident=resident).select_related("user").order_by("-pk")
    rows = [
        (
            version.history_date,
            CHANGES.get(version.history_type, version.history_type),
            version.history_user or "系统",
            reason_text(version.history_change_reason) or NOTHING,
        )
        for version in versions[:MOST_SHOWN]
    ]
    rows += [
        (look.at, "查看完整号码", look.user or look.agency_code, look.purpose) for look in looks[:MOST_SHOWN]
    ]
    rows.sort(key=lambda row: row[0], reverse=True)
    shown = [(f"{timezone.localtime(at):%Y-%m-%d %H:%M}", *rest) for at, *rest in rows[:MOST_SHOWN]]
    all_of_it = format_html(
        '<p><a class="oy-link" href="{}?person={}">全部变更（身份、资助、缴费、待遇……）</a></p>',
        reverse("changes"),
        resident.pk,
    )
    return table(["时间", "操作", "人员", "事由"], shown) + all_of_it
