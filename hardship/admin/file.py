"""Hardship on a resident's file: the timeline of identities, the assistance given."""

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from hardship.admin.assistance import grant_badge, losing_table, payer_table
from hardship.admin.register import register_url
from hardship.admin.timeline import picture
from hardship.admin.wording import ISSUERS, attributes_text
from hardship.models import AssistanceGrant, Recognition, ThirdPartySupport
from policy.admin.display import NOTHING, link, table, trace_table, yuan_text
from registry.admin.base import CLERKS
from registry.admin.panels import section
from registry.models import Resident
from registry.services.role_permissions import has_role


@section(place=20, slug="identities", title="困难身份")
def identities(resident: Resident, request: HttpRequest) -> SafeString:
    """Return the picture and the list of a person's identities."""
    found = list(
        Recognition.objects.filter(resident=resident).select_related("category").order_by("valid_from", "pk")
    )
    rows = [
        (
            link(row, row.category.label),
            attributes_text(row) or NOTHING,
            row.valid_from,
            row.valid_to or "至今",
            ISSUERS.get(row.authority, row.authority),
            row.document or NOTHING,
        )
        for row in found
    ]
    heads = ["困难身份", "属性", "起始日期", "终止日期（不含）", "认定部门", "认定文书"]
    shown = picture(found, today=timezone.localdate()) + table(heads, rows, empty="没有困难身份")
    if not has_role(request.user, CLERKS):
        return shown
    more = '<p class="oy-more"><a class="oy-link" href="{}">登记身份</a></p>'
    return shown + format_html(more, register_url(resident=resident.pk))


@section(place=40, slug="assistance", title="资助参保")
def assistance(resident: Resident, request: HttpRequest) -> SafeString:
    """Return what assistance a person was given, year by year, with payers and working."""
    grants = AssistanceGrant.objects.filter(resident=resident).order_by("-coverage_year", "-pk")
    supports = ThirdPartySupport.objects.filter(resident=resident).select_related("reversal")
    shown = [
        {
            "year": grant.coverage_year,
            "tier": grant.tier_label,
            "total": yuan_text(grant.total),
            "standing": grant_badge(grant),
            "payers": payer_table(grant),
            "losing": losing_table(grant),
            "working": trace_table(grant.trace),
        }
        for grant in grants
    ]
    given = [
        (row.coverage_year, link(row, row.giver), yuan_text(row.amount), row.given_on, _standing(row))
        for row in supports.order_by("-coverage_year", "-pk")
    ]
    heads = ["年度", "出资方", "金额（元）", "日期", "状态"]
    return render_to_string(
        "admin/openyibao/assistance.html",
        {"grants": shown, "supports": table(heads, given, numeric=[2]) if given else ""},
    )


def _standing(support: ThirdPartySupport) -> str:
    if support.reverses_id is not None:
        return f"冲回：{support.reason}"
    return "已冲回" if hasattr(support, "reversal") else "有效"
