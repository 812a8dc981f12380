"""Everything the notices of settlements say, read in a constant number of queries (结算告知书)."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.utils import timezone

from benefits.models import Claim, ClaimState, IncentiveState
from benefits.rules.cap_remark import cap_remark
from benefits.rules.claim_notice import (
    ClaimNotice,
    Fact,
    Sum,
    layers_in_words,
    money,
    year_after,
)
from benefits.rules.remedies import remedies
from benefits.rules.tracks import track_names
from hardship.models import Category
from policy.money import ZERO
from policy.schema.document import PolicyDocument
from policy.selectors import policies_by_place
from registry.models import Area, AreaLevel

PAYERS = {
    "basic_paid": "基本医保支付",
    "critical_illness_paid": "大病保险支付",
    "supplement_paid": "补充保险支付",
    "assistance_paid": "医疗救助支付",
}
FIGURES = {**PAYERS, "out_of_pocket": "个人负担"}
PARTS = {
    "total": "医疗总费用",
    "eligible": "政策范围内费用",
    "class_b_copay": "乙类先行自付",
    "out_of_scope": "自费（目录外）",
}
YEAR = {"total": "医疗总费用", **FIGURES}
RELATED = ("resident", "facility", "pooling_area", "replaces", "replacement")
Reworded = Callable[[str], str]
Version = dict[str, Any]  # a row of a claim's history


def claim_notices(claim_ids: Collection[int], *, reworded: Reworded = str) -> list[ClaimNotice]:
    """Return the notices of claims as they stand, in the order of the keys; six queries once policies are built.

    :param reworded: what whoever reads them may know of the reasons of changes
    """
    claims = Claim.objects.select_related(*RELATED).in_bulk(claim_ids)
    labels = dict(Category.objects.values_list("code", "label"))
    lives, caps = _lives(claims, reworded), _closed_caps(claims.values())
    laws = {f"{area}/{year}": policy.data for (area, year), policy in policies_by_place().items()}
    return [
        _notice(claims[pk], lives[pk], labels, laws.get(claims[pk].policy_key), caps)
        for pk in claim_ids
        if pk in claims
    ]


def _lives(claim_ids: Collection[int], reworded: Reworded) -> dict[int, list[Version]]:
    """Return the versions of claims in the order they were recorded."""
    rows = Claim.history.filter(id__in=claim_ids).order_by("history_date", "history_id")
    lives: dict[int, list[Version]] = {pk: [] for pk in claim_ids}
    for row in rows.values("id", "history_date", "history_change_reason", "state", *FIGURES):
        row["history_change_reason"] = reworded(row["history_change_reason"] or "")
        lives[row["id"]].append(row)
    return lives


def _closed_caps(claims: Iterable[Claim]) -> dict[tuple[int, int], Decimal]:
    """Return the cap a year end left to a person for a year, by person and year."""
    wanted = [(claim.resident_id, claim.coverage_year - 1) for claim in claims]
    states = IncentiveState.objects.filter(pk__in=wanted, excluded=False)
    return {
        (state.resident_id, state.year + 1): state.next_cap for state in states if state.next_cap is not None
    }


def _notice(
    claim: Claim,
    life: list[Version],
    labels: Mapping[str, str],
    law: PolicyDocument | None,
    caps: Mapping[tuple[int, int], Decimal],
) -> ClaimNotice:
    bureau, stands = bureau_name(claim.pooling_area), claim.state != ClaimState.REVERSED
    own = Sum("其中：政策范围内个人负担", money(claim.own_burden))
    paid = sum((getattr(claim, name) for name in PAYERS), ZERO)
    return ClaimNotice(
        number=claim.number,
        bureau=bureau,
        dated=f"{timezone.localdate(claim.reckoned_at or claim.recorded_at):%Y-%m-%d}",
        mark="" if stands else "已冲正",
        summary=tuple(_summary(claim, paid, life)),
        facts=tuple(_facts(claim, track_names(None if law is None else law.critical_illness))),
        parts=tuple(Sum(label, money(getattr(claim, name))) for name, label in PARTS.items()),
        payers=(*_payers(claim), Sum(FIGURES["out_of_pocket"], money(claim.out_of_pocket)), own),
        layers=layers_in_words(claim.trace),
        year=year_after(claim.totals_before, _added(claim)) if stands else (),
        remarks=tuple(filter(None, (_identities(claim, labels), _cap(claim, caps) if stands else ""))),
        changes=tuple(_changes(life)),
        remedies=remedies(None if law is None else law.objections, bureau=bureau),
        policy=claim.policy_key,
    )


def bureau_name(area: Area) -> str:
    """Return the bureau of a pooling area; an industry bureau bears its own name."""
    return area.name if area.level == AreaLevel.INDUSTRY else f"{area.name}医疗保障局"


def _summary(claim: Claim, paid: Decimal, life: list[Version]) -> Iterator[str]:
    if claim.state == ClaimState.REVERSED:
        last = life[-1] if life else None
        when = "" if last is None else f"已于 {_day(last)} "
        why = "" if last is None else f"（{last['history_change_reason']}）"
        yield f"本次结算{when}冲正{why}，以下金额不再有效。"
        if replacement := getattr(claim, "replacement", None):
            yield f"更正后的结算单号：{replacement.number}。"
    if claim.replaces:
        yield f"本结算单更正并代替结算单 {claim.replaces.number}。"
    yield (
        f"本次医疗总费用 {money(claim.total)} 元，医保基金和医疗救助等共支付 {money(paid)} 元，"
        f"您个人负担 {money(claim.out_of_pocket)} 元。"
    )


def _facts(claim: Claim, tracks: Mapping[str, str]) -> Iterator[Fact]:
    yield Fact("姓名", claim.resident.name)
    yield Fact("证件号码", claim.resident.masked_id_number)
    yield Fact("医疗机构", claim.facility.name)
    yield Fact("就医类别", str(claim.get_kind_display()))
    yield Fact("入院（就诊）日期", f"{claim.admitted_on}")
    yield Fact("出院（就诊）日期", f"{claim.discharged_on}")
    yield Fact("结算日期", f"{claim.settled_on}")
    yield Fact("参保年度", f"{claim.coverage_year}")
    if claim.referral != "none":
        yield Fact("转诊", str(claim.get_referral_display()))
    if claim.track:
        yield Fact("单独支付通道", tracks.get(claim.track, claim.track))


def _payers(claim: Claim) -> Iterator[Sum]:
    """Yield who paid; a supplement only where there is one."""
    for name, label in PAYERS.items():
        if name != "supplement_paid" or _has_supplement(claim):
            yield Sum(label, money(getattr(claim, name)))


def _has_supplement(claim: Claim) -> bool:
    return "supplement" in claim.trace or bool(claim.supplement_paid)


def _added(claim: Claim) -> dict[str, tuple[str, Decimal]]:
    return {
        name: (label, getattr(claim, name))
        for name, label in YEAR.items()
        if name != "supplement_paid" or _has_supplement(claim)
    }


def _identities(claim: Claim, labels: Mapping[str, str]) -> str:
    def named(codes: Collection[str]) -> str:
        return "、".join(labels.get(code, code) for code in codes) or "无"

    later = claim.person_facts.get("later", {})
    corrected = [
        f"{layer}后来按更正的身份计算：{named([each['category'] for each in later[name]])}"
        for name, layer in (("critical_illness", "大病保险"), ("medical_assistance", "医疗救助"))
        if name in later
    ]
    return "；".join([f"结算日计入的困难身份：{named(claim.categories)}", *corrected]) + "。"


def _cap(claim: Claim, caps: Mapping[tuple[int, int], Decimal]) -> str:
    """Return what is left of the cap; a separate account has its own."""
    if claim.track:
        return ""
    return cap_remark(
        claim.trace,
        before=claim.totals_before,
        paid=claim.critical_illness_paid,
        closed=caps.get((claim.resident_id, claim.coverage_year)),
    )


def _changes(life: list[Version]) -> Iterator[str]:
    """Yield what settling anew changed, old → new, with the reason."""
    for before, after in pairwise(life):
        moved = [
            f"{label}由 {money(before[name])} 元改为 {money(after[name])} 元"
            for name, label in FIGURES.items()
            if before[name] != after[name]
        ]
        if moved:
            yield f"{_day(after)} {after['history_change_reason']}：{'，'.join(moved)}。"


def _day(version: Version) -> str:
    return f"{timezone.localdate(version['history_date']):%Y-%m-%d}"
