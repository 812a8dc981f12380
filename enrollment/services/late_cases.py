"""Questions about late identities: what is asked, with options, payers and figures spelled out, and asked anew."""

import datetime
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Max

from casework.models import Case, CaseState
from casework.services import NewCase
from enrollment.models import ContributionPeriod
from enrollment.rules.late_identities import Late
from enrollment.selectors.whereabouts import whereabouts
from enrollment.services.regrant_figures import regrant_figures
from enrollment.services.regrants import NewGrant
from hardship.models import Category
from hardship.rules.premium_assistance import Grant
from policy.conditions import Identity
from policy.money import ZERO
from policy.trace import Step
from policy.words import said

KIND = "assistance_choice"
AID_THIS_YEAR = "aid_this_year"
AID_NEXT_YEAR = "aid_next_year"
Subject = tuple[str, str]  # contribution, category


@dataclass(frozen=True, slots=True)
class Finding:
    """A paid contribution with its grant, an identity it was paid without, and what the documents say."""

    contribution: ContributionPeriod
    identity: Identity
    late: Late
    steps: tuple[Step, ...]
    policy_digest: str

    @property
    def new_grant(self) -> NewGrant:
        """What would be granted."""
        assert self.late.grant is not None
        return NewGrant(
            grant=self.late.grant,
            policy_key=self.contribution.policy_key,
            policy_digest=self.policy_digest,
            steps=self.steps,
        )


def cases_about(findings: Sequence[Finding]) -> list[NewCase]:
    """Return the questions to open, one per finding, in three queries."""
    if not findings:
        return []
    labels = dict(Category.objects.values_list("code", "label"))
    places = whereabouts(each.contribution.resident_id for each in findings)
    corrected = _last_corrections(each.contribution.pk for each in findings)
    return [
        _case(
            each,
            places[each.contribution.resident_id].living_area_id,
            labels[each.identity.category],
            corrected.get(each.contribution.pk, 0),
        )
        for each in findings
    ]


def waiting_cases(resident_ids: Collection[int]) -> list[Case]:
    """Return the questions about the residents that nobody's decision has answered yet."""
    waiting = Case.objects.filter(kind=KIND, resident__in=resident_ids, performed_at=None)
    return list(waiting.exclude(state=CaseState.CLOSED).order_by("pk"))


def not_asked_yet(findings: Sequence[Finding], *, waiting: Sequence[Case]) -> list[Finding]:
    """Return the findings no undecided case is about; one that waits is decided by the facts of that day."""
    asked = {_about(case) for case in waiting}
    return [each for each in findings if subject(each.contribution, each.identity.category) not in asked]


def without_ground(waiting: Sequence[Case], *, standing: Collection[Subject]) -> list[Case]:
    """Return the cases about what is not asked any more."""
    return [case for case in waiting if _about(case) not in standing]


def asked_about(detail: dict[str, str]) -> tuple[str, datetime.date]:
    """Return the category a case asks about, and the last day its finding needs to see."""
    days = (detail["since"], detail["paid_on"])
    return detail["category"], max(map(datetime.date.fromisoformat, days))


def subject(contribution: ContributionPeriod, category: str) -> Subject:
    """Return what a question is about, however often it is asked."""
    return f"contribution:{contribution.pk}", category


def _about(case: Case) -> Subject:
    return case.subject_ref, case.detail["category"]


def _last_corrections(contribution_ids: Iterable[int]) -> dict[int, int]:
    """Return contribution → the last case that corrected its aid; what was asked before it is a question anew."""
    rows = ContributionPeriod.history.filter(id__in=set(contribution_ids), case__isnull=False)
    corrected = rows.exclude(case__kind=KIND).order_by().values_list("id").annotate(last=Max("case_id"))
    return dict(corrected)


def _case(found: Finding, area_id: int, label: str, correction: int) -> NewCase:
    """Return the question, whose key is what it asks: another beginning, sum or correction is another question."""
    contribution, late = found.contribution, found.late
    assert late.grant is not None
    year, pay_day, since = contribution.coverage_year, contribution.paid_on, found.identity.since
    more = late.grant.total - contribution.assisted
    payers = _by_payer(late.grant)
    written = "、".join(f"{who} {amount} 元" for who, amount in payers.items())
    already = f"，已资助 {contribution.assisted} 元" if contribution.assisted else ""
    why = f"{late.rule.label}。" + (f"{late.rule.reading}。" if late.rule.reading else "")
    return NewCase(
        kind=KIND,
        title=f"{year} 年度缴费后{'认定' if _began_later(found) else '得知'}{label}，是否资助",
        area_id=area_id,
        resident_id=contribution.resident_id,
        subject_ref=f"contribution:{contribution.pk}",
        reason=(
            f"{pay_day} 缴清 {year} 年度保费，个人缴费 {contribution.paid} 元{already}；{label}自 {since} 起。"
            f"按该身份应资助 {late.grant.total} 元（{written}）。{why}"
        ),
        clause=late.rule.clause,
        options={
            AID_THIS_YEAR: f"自 {year} 年度起资助：事后资助 {more} 元（按该身份{written}{already}）",
            AID_NEXT_YEAR: f"{year} 年度不资助、不退费，自 {year + 1} 年度起按届时身份资助",
        },
        detail={
            "coverage_year": str(year),
            "category": found.identity.category,
            "identity": label,
            "since": str(since),
            "paid_on": str(pay_day),
            "aid": str(late.grant.total),
            "more_aid": str(more),
            "payers": written,
        },
        dedupe_key=(
            f"{KIND}:{contribution.resident_id}:{year}:{found.identity.category}"
            f":{since}:{correction}:{late.grant.total}"
        ),
        figures=regrant_figures(contribution, found.new_grant, rule=late.rule),
        needs_second=True,
    )


def _began_later(found: Finding) -> bool:
    since, pay_day = found.identity.since, found.contribution.paid_on
    return since is not None and pay_day is not None and since > pay_day


def _by_payer(grant: Grant) -> dict[str, str]:
    sums: dict[str, Decimal] = {}
    for share in grant.payers:
        name = "、".join(said(payer) for payer in share.payers)
        sums[name] = sums.get(name, ZERO) + share.amount
    return {name: str(amount) for name, amount in sums.items()}
