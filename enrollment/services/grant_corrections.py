"""Proposals to correct the grant of a paid year (资助差错更正): decided anew by the rule, confirmed by another person.

Nobody types an amount: what was wrong is a record or a document, and with these put right the rule answers otherwise
for the pay day. The old grant stays, reversed.
"""

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from casework.models import Case, CaseState, Verdict
from casework.services import CaseOutdated, NewCase, effect, propose_case
from enrollment.models import ContributionPeriod
from enrollment.rules.aid import aid_with_premium
from enrollment.services.aid_facts import AidFacts, aid_facts
from enrollment.services.contributions import NOTHING
from enrollment.services.late_identities import ask_after_correction
from enrollment.services.regrant_figures import figures_stand, regrant_figures
from enrollment.services.regrants import NewGrant, moved_shares, moved_text, paid_contribution, regrant
from policy.errors import DomainError
from policy.trace import Step

KIND = "grant_correction"
CORRECT = "correct"
OPTIONS = {CORRECT: "冲正原资助，按更正后的资助办理", "keep": "不予更正"}
RULE = Step("按缴费日在册身份和缴费时的文件（文字差错已更正的按更正后）重新核定；属差错更正，不是身份变动")


class GrantStands(DomainError):
    """The rule answers what was granted: put the wrong record right first."""

    code = "grant_stands"


class GrantCorrectionPending(DomainError):
    """A correction of the grant waits for its confirmation already."""

    code = "correction_pending"


class GrantEvidenceMissing(DomainError):
    """A correction rests on a document."""

    code = "evidence_missing"


@transaction.atomic
def propose_grant_correction(
    *, contribution: ContributionPeriod, evidence: str, reason: str, user: AbstractBaseUser
) -> Case:
    """Propose the grant the rule gives for the pay day now; nothing moves until a second person has confirmed it.

    :param evidence: number of the document it rests on
    :raises NotPaid: if the year is not paid: its quote follows by itself
    :raises GrantStands: if the rule gives what was granted
    :raises GrantCorrectionPending: if another proposal about the year waits
    :raises RuleNotPublished: if the documents are silent
    """
    if not evidence.strip():
        raise GrantEvidenceMissing("请填写佐证材料的文号或档案号", field="evidence")
    paid = paid_contribution(contribution.pk)
    subject = f"contribution:{paid.pk}"
    waiting = Case.objects.filter(kind=KIND, subject_ref=subject, second_by=None)
    if other := waiting.exclude(state=CaseState.CLOSED).first():
        raise GrantCorrectionPending(
            f"该年度资助已有待复核的更正（工单 #{other.pk}），请先办结", case=other.pk
        )
    new = grant_by_rule(paid)
    if new.grant.total == paid.assisted and not moved_shares(paid.grant, new.grant):
        raise GrantStands(
            "按在册身份和文件重新核定的资助与原资助金额、出资方都相同，请先更正身份认定或政策文件"
        )
    question = NewCase(
        kind=KIND,
        title=f"更正 {paid.coverage_year} 年度参保资助",
        area_id=paid.resident.living_area_id,
        resident_id=paid.resident_id,
        subject_ref=subject,
        reason=reason.strip(),
        options=OPTIONS,
        detail={"coverage_year": str(paid.coverage_year), "evidence": evidence.strip()},
        figures=regrant_figures(paid, new, rule=RULE, verdict=Verdict.CHANGED),
    )
    return propose_case(case=question, decision=CORRECT, reason=reason, user=user)


def grant_by_rule(contribution: ContributionPeriod, *, facts: AidFacts | None = None) -> NewGrant:
    """Return what the rule grants for the pay day by the records and the documents, both as put right.

    An identity that began later counts where a case aided the year for it and it was held then.

    :param facts: null = as they stand now
    """
    known = facts or aid_facts([contribution.resident_id])
    policy = known.policy(contribution)
    person = known.counting(known.person(contribution), contribution)
    aid = aid_with_premium(policy, person=person, county=known.county(contribution))
    return NewGrant(
        grant=aid.value.grant or NOTHING,
        policy_key=contribution.policy_key,
        policy_digest=policy.digest,
        steps=(RULE, *aid.steps),
    )


@effect(KIND, CORRECT)
def correct_grant(case: Case, *, user: AbstractBaseUser, second_user: AbstractBaseUser | None) -> str:
    """Reverse the grant, book the one the case shows, and ask what that opens."""
    paid = paid_contribution(int(case.subject_ref.rpartition(":")[2]))
    new = grant_by_rule(paid)
    if not figures_stand(case, regrant_figures(paid, new, rule=RULE)):
        raise CaseOutdated("情况已变化，数额与工单所列不同，请退回后重新提出更正")
    today = timezone.localdate()
    after = regrant(contribution=paid, new=new, case=case, on=today, user=second_user or user)
    moved = f"已冲正原资助，{paid.coverage_year} 年度资助更正为 {after.assisted} 元；{moved_text(after)}。"
    return moved + ask_after_correction(resident_id=paid.resident_id, day=today)
