"""The critical illness cap on a resident's file: the year's cap, and the ledger of years behind it (封顶线台账)."""

from decimal import Decimal

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from benefits.admin.revisions import revision_rows
from benefits.models import IncentiveRevision, IncentiveState
from benefits.rules.cap_years import EntryKind
from benefits.rules.incentives import CapResult, YearFacts
from benefits.selectors.cap_prospects import Prospects
from benefits.selectors.caps import CapEntry, CapLedger, cap_of, entries_of
from policy.admin.display import NOTHING, facts, table, trace_table, yuan_text
from policy.errors import DomainError
from policy.money import ZERO
from registry.admin.panels import section
from registry.models import Resident

KINDS = {
    EntryKind.BASE: "原封顶线",
    EntryKind.CONTINUOUS: "获得",
    EntryKind.ZERO_CLAIM: "获得",
    EntryKind.USED: "使用",
    EntryKind.RESET: "清零",
    EntryKind.LOST: "取消",
    EntryKind.LAPSED: "断保",
    EntryKind.OVER_LIMIT: "超限",
    EntryKind.EXCLUDED: "除外",
}


@section(place=60, slug="caps", title="大病保险封顶线与激励")
def caps(resident: Resident, request: HttpRequest) -> SafeString:
    """Return the cap of the latest year that has a policy, and every closed year with its clauses."""
    last = IncentiveState.objects.filter(resident_id=resident.pk).order_by("-year").first()
    ledger = _latest(resident, last)
    revisions = IncentiveRevision.objects.filter(resident_id=resident.pk).select_related("changed_by")
    entries = _closed_years(resident, last)
    return SafeString(
        render_to_string(
            "admin/openyibao/caps.html",
            {
                "year": ledger.year if ledger else "",
                "cap": _cap_facts(ledger.cap.value) if ledger and ledger.cap else "",
                "working": trace_table(ledger.cap.as_json()) if ledger and ledger.cap else "",
                "ledger": ledger_table(ledger) if ledger and ledger.cap else "",
                "prospects": _prospects(ledger.prospects) if ledger and ledger.prospects else "",
                "is_carried": bool(ledger and ledger.prospects and ledger.prospects.is_carried),
                "entries": [_shown(entry) for entry in reversed(entries)],
                "revisions": _revisions(list(revisions.order_by("-pk"))),
            },
        )
    )


def ledger_table(ledger: CapLedger) -> SafeString:
    """Return what the cap is the sum of, entry by entry, and the sum."""
    rows = [
        (
            entry.year,
            KINDS[entry.kind],
            entry.step.label + (f"（本年用去 {yuan_text(entry.used)} 元）" if entry.used else ""),
            f"{entry.count:+d}" if entry.count else "",
            yuan_text(entry.amount) if entry.kind is EntryKind.BASE else _moved(entry.amount),
            entry.step.clause,
        )
        for entry in ledger.ledger
    ]
    total = sum((entry.amount for entry in ledger.ledger), ZERO)
    rows.append((ledger.year, "合计", f"{ledger.year} 年封顶线", "", yuan_text(total), ""))
    return table(["年度", "事项", "说明", "档数", "金额（元）", "依据"], rows, numeric=[3, 4])


def _moved(amount: Decimal) -> str:
    return f"+{yuan_text(amount)}" if amount > 0 else yuan_text(amount)


def _prospects(seen: Prospects) -> SafeString:
    """Return what next year brings to those who enrol, and to those who do not."""
    so_far = "本年至今零报销" if seen.zero_claim_so_far else "本年已有报销或未参保，不计零报销"
    rows = [
        (f"{seen.year} 年参保", so_far, seen.year, yuan_text(seen.enrolled)),
        (
            f"{seen.year} 年、{seen.year + 1} 年都参保",
            f"{seen.year} 年零报销的",
            seen.year + 1,
            yuan_text(seen.stayed),
        ),
        (
            f"{seen.year} 年不参保，{seen.year + 1} 年再参保",
            f"{seen.year} 年没有待遇，断保一年",
            seen.year + 1,
            yuan_text(seen.returned),
        ),
    ]
    return table(["情形", "说明", "年度", "封顶线（元）"], rows, numeric=[3])


def _latest(resident: Resident, last: IncentiveState | None) -> CapLedger | None:
    """Return the ledger of this year, or of the latest year before it that has a policy."""
    this_year = timezone.localdate().year
    for year in dict.fromkeys([this_year, *([last.year + 1, last.year] if last else []), this_year - 1]):
        try:
            return cap_of(resident_id=resident.pk, year=year)
        except DomainError:
            continue
    return None


def _closed_years(resident: Resident, last: IncentiveState | None) -> tuple[CapEntry, ...]:
    """Return every closed year: the year after the last may not have its policy yet."""
    try:
        return entries_of(resident_id=resident.pk, before=last.year + 1) if last else ()
    except DomainError:
        return ()


def _cap_facts(cap: CapResult) -> SafeString:
    return facts(
        [
            ("本年封顶线（元）", yuan_text(cap.cap)),
            ("连续参保激励（元）", yuan_text(cap.continuous_increase)),
            ("零报销激励（元）", yuan_text(cap.zero_claim_increase)),
            ("实际提高（元）", yuan_text(cap.increase)),
            ("断保降低（元）", yuan_text(cap.decrease)),
        ]
    )


def _shown(entry: CapEntry) -> dict[str, object]:
    state = entry.state
    figures = [
        (
            state.continuous_years,
            state.continuous_steps,
            f"{state.zero_claim_steps}{'（当年待次年参保确认）' if state.zero_claim_pending else ''}",
            state.lapsed_years,
            yuan_text(entry.next_cap),
        )
    ]
    heads = ["连续参保年数", "连续参保激励次数", "零报销激励次数", "断保年数", "次年封顶线（元）"]
    return {
        "year": state.year,
        "happened": happened(entry.facts),
        "next_cap": yuan_text(entry.next_cap),
        "figures": table(heads, figures, numeric=range(5)),
        "working": trace_table(step.as_json() for step in entry.steps),
    }


def happened(year: YearFacts) -> str:
    """Return what happened in a year, in words."""
    said = [
        "参保" if year.insured else "职工医保在保" if year.employee_covered else "未参保",
        "救助对象除外" if year.excluded else "",
        "当年零报销" if year.zero_claim and year.insured else "",
        "用到奖励额度" if year.increase_used else "",
        "有大病支付" if year.critical_illness_paid else "",
    ]
    return "、".join(word for word in said if word) or NOTHING


def _revisions(found: list[IncentiveRevision]) -> SafeString | str:
    if not found:
        return ""
    return table(["更正时间", "年度", "更正内容", "原因", "经办人"], [revision_rows(row) for row in found])
