"""Hardship on a resident's file: the timeline of identities, the assistance given."""

from collections.abc import Collection, Sequence

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from hardship.admin.assistance import grant_badge, losing_table, payer_table
from hardship.admin.register import register_url
from hardship.admin.timeline import picture
from hardship.admin.two_clocks import (
    CHANGES,
    Life,
    Look,
    LookForm,
    Stated,
    lives_of,
    look_of,
    recorded,
)
from hardship.admin.wording import ISSUERS, values_text
from hardship.models import AssistanceGrant, Recognition, ThirdPartySupport
from policy.admin.display import NOTHING, link, table, trace_table, yuan_text
from registry.admin.base import CLERKS
from registry.admin.panels import marks_of, section
from registry.batch.chronicles import Version
from registry.models import Resident
from registry.services.role_permissions import has_role


@section(place=20, slug="identities", title="困难身份")
def identities(resident: Resident, request: HttpRequest) -> SafeString:
    """Return the picture and the lists of a person's identities, as the address asks by two clocks."""
    look, chronicle = look_of(request), recorded(resident)
    versions = chronicle.of(resident.pk)
    lives = lives_of(versions, until=look.known_at)
    today = timezone.localdate()
    standing = {life.record for life in lives_of(versions, until=timezone.now()) if not life.struck_on}
    known_marks = [mark for mark in marks_of(resident) if mark.known_at <= look.known_at]
    return render_to_string(
        "admin/openyibao/two_clocks.html",
        {
            "form": LookForm({"day": look.day, "known_at": look.known_on}, auto_id="look_%s"),
            "look": look,
            "is_today": look.known_on == look.day == today,
            "held": [life for life in lives if not life.struck_on and life.stated.covers(look.day)],
            "picture": picture(lives, day=look.day, known_on=look.known_on, marks=known_marks),
            "records": _records([life for life in lives if not life.struck_on], standing),
            "changes": _changes(versions, look),
            "register_url": register_url(resident=resident.pk) if has_role(request.user, CLERKS) else "",
        },
    )


def _records(lives: Sequence[Life], standing: Collection[int]) -> SafeString:
    rows = [
        (
            link(Recognition(pk=life.record), life.category) if life.record in standing else life.category,
            values_text(life.stated.attributes, life.stated.category) or NOTHING,
            life.valid_from,
            life.valid_to or "至今",
            ISSUERS.get(life.stated.authority, life.stated.authority),
            life.stated.document or NOTHING,
        )
        for life in lives
    ]
    heads = ["困难身份", "属性", "起始日期", "终止日期（不含）", "认定部门", "认定文书"]
    return table(heads, rows, empty="没有困难身份")


def _changes(versions: Sequence[Version], look: Look) -> SafeString:
    """Return in words what the picture shows: everything recorded, in the order in which it became known."""
    rows = []
    for version in versions:
        if version.since > look.known_at:
            break
        stated = Stated(*version.row)
        at = timezone.localtime(version.since).strftime("%Y-%m-%d %H:%M")
        said = values_text(stated.attributes, stated.category) or NOTHING
        rows.append((at, CHANGES[version.change], stated.label, stated.period, said))
    return table(["掌握时间", "变动", "困难身份", "认定期间", "属性"], rows, empty="没有记录")


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
