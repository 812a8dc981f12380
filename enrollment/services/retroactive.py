"""What a change of identities touches of contributions: unpaid ones quoted anew, paid ones and their assistance.

A paid year whose aid rested on an identity that was not is corrected where a person decides so: the grant reversed,
another one booked, what the person owes as a balance (`regrants.py`).
"""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from django.contrib.auth.base_user import AbstractBaseUser

from casework.models import Case, Verdict
from casework.services import NewFigure
from enrollment.models import ContributionPeriod, ContributionState
from enrollment.rules.late_identities import Answer, PaidYear
from enrollment.rules.retroactive import Regrant, Turned, regrant_for
from enrollment.services.aid_facts import AidFacts, aid_facts
from enrollment.services.contributions import NOTHING, OPEN_STATES
from enrollment.services.late_identities import ask_after_correction
from enrollment.services.regrant_figures import regrant_figures
from enrollment.services.regrants import NewGrant, moved_shares, moved_text, paid_contribution, regrant
from hardship.selectors import IdentityChange
from hardship.selectors.identities import held_on
from policy.conditions import Identity
from policy.errors import DomainError
from policy.trace import Step, Traced

KIND = "retroactive_change"  # of the cases about changes
REQUOTED = "未缴费，按变动后的身份重新核定，已自动办理"
ASKED_ELSEWHERE = "由“缴费后身份认定的资助”工单决定"
VERDICTS = {
    Answer.FROZEN: Verdict.FROZEN,
    Answer.NEXT_YEAR: Verdict.NEXT_YEAR,
    Answer.CASE: Verdict.ASKS,
    Answer.THIS_YEAR: Verdict.ASKS,
    Answer.REQUOTE: Verdict.ASKS,
}


@dataclass(frozen=True, slots=True)
class Correction:
    """A paid year, the grant it should have, and the figures of both."""

    contribution_id: int
    new: NewGrant
    figures: Sequence[NewFigure]


@dataclass(slots=True)
class TouchedContributions:
    """What one person's change touches.

    :ivar told: figures that need nothing more: done, frozen, next year's, or asked about elsewhere
    :ivar corrections: paid years whose aid rested on an identity that was not
    """

    told: list[NewFigure] = field(default_factory=list)
    corrections: list[Correction] = field(default_factory=list)

    @property
    def asked(self) -> list[NewFigure]:
        """Return the figures a person decides about."""
        return [figure for each in self.corrections for figure in each.figures]


def touched_contributions(
    changes: Sequence[IdentityChange], *, before: datetime.date
) -> dict[int, TouchedContributions]:
    """Return by resident what changes touch of contributions; queries grow with the policies, not with the people.

    :param before: what differs from this day on is left out
    """
    concerned = {each.resident_id: each for each in changes if each.first_day(before=before) is not None}
    found: defaultdict[int, TouchedContributions] = defaultdict(TouchedContributions)
    if not concerned:
        return found
    rows = ContributionPeriod.objects.filter(
        resident__in=concerned, enrollment__status="active", policy_key__gt=""
    ).select_related("enrollment", "grant", "working")
    contributions = list(rows.order_by("resident_id", "coverage_year"))
    for each, figures in _requoted(contributions, concerned):
        found[each.resident_id].told += figures
    paid = [each for each in contributions if each.state == ContributionState.PAID]
    facts = aid_facts({each.resident_id for each in paid})
    for each in paid:
        regrant = _regranted(each, concerned[each.resident_id], facts, before=before)
        if regrant is not None:
            _tell(found[each.resident_id], each, regrant, facts)
    return {pk: each for pk, each in found.items() if each.told or each.corrections}


def correct_aid(
    *, corrections: Iterable[Correction], case: Case, on: datetime.date, user: AbstractBaseUser
) -> str:
    """Give paid years the grants they should have, ask what that opens, and say so; part of the deciding transaction.

    :raises NotPaid: if one of them is not paid any more
    """
    said, residents = [], set()
    for each in corrections:
        contribution = paid_contribution(each.contribution_id)
        after = regrant(contribution=contribution, new=each.new, case=case, on=on, user=user)
        said.append(
            f"{contribution.coverage_year} 年度参保资助更正为 {after.assisted} 元，{moved_text(after)}。"
        )
        residents.add(contribution.resident_id)
    said += [ask_after_correction(resident_id=pk, day=on) for pk in sorted(residents)]
    return "".join(said)


def _requoted(
    contributions: Sequence[ContributionPeriod], changes: Mapping[int, IdentityChange]
) -> Iterator[tuple[ContributionPeriod, list[NewFigure]]]:
    """Yield unpaid contributions whose figures are others than before the change was known."""
    unpaid = {each.pk: each for each in contributions if each.state in OPEN_STATES}
    moments = [changes[each.resident_id].known_at for each in unpaid.values()]
    if not moments:
        return
    history = ContributionPeriod.history.filter(id__in=unpaid, history_date__lt=max(moments))
    was: dict[int, tuple[Decimal, Decimal]] = {}
    for pk, at, assisted, payable in history.order_by("history_id").values_list(
        "id", "history_date", "assisted", "payable"
    ):
        if at < changes[unpaid[pk].resident_id].known_at:
            was[pk] = assisted, payable
    for pk, (assisted, payable) in sorted(was.items()):
        each = unpaid[pk]
        pairs = [("参保资助", assisted, each.assisted), ("个人应缴", payable, each.payable)]
        figures = [
            _figure(each, label, (old, new), Verdict.CHANGED, Step(REQUOTED), each.steps)
            for label, old, new in pairs
            if old != new
        ]
        if figures:
            yield each, figures


def _regranted(
    contribution: ContributionPeriod, change: IdentityChange, facts: AidFacts, *, before: datetime.date
) -> Traced[Regrant] | None:
    """Return the aid a paid year would have had; None = nothing differs, it was known, or no tier is published."""
    pay_day = contribution.paid_on
    known = contribution.frozen_at is None or contribution.frozen_at > change.known_at
    if pay_day is None or known:
        return None
    turned = _turned(change, pay_day, min(before, datetime.date(contribution.coverage_year + 1, 1, 1)))
    if not turned:
        return None
    person = facts.person(contribution)
    held = held_on(change.before.values(), pay_day)
    booked = facts.counting(replace(person, identities=held), contribution, change.before.values())
    truth = facts.counting(person, contribution)
    county, later = facts.county(contribution), contribution.is_helped_later
    paid = PaidYear(booked, contribution.assisted, county, helped_later=later)
    try:
        policy = facts.policy(contribution)
        return regrant_for(policy, paid=paid, truth=truth, turned=turned)
    except DomainError:  # no tier is published: then there is no figure to show
        return None


def _turned(change: IdentityChange, pay_day: datetime.date, before: datetime.date) -> list[Turned]:
    """Return what differs on the pay day; if nothing does, what differs on a later day before the other."""
    on_pay_day = change.on(pay_day)
    if on_pay_day:
        return [Turned(each.category, each.now, pay_day, each.is_error) for each in on_pay_day.values()]
    day = change.first_day(before=before, since=pay_day)
    if day is None:
        return []
    return [
        Turned(each.category, _begun(each.now, day), day, each.is_error) for each in change.on(day).values()
    ]


def _begun(identity: Identity | None, day: datetime.date) -> Identity | None:
    return identity if identity is None or identity.since else replace(identity, since=day)


def grant_by_change(
    contribution: ContributionPeriod, change: IdentityChange, *, before: datetime.date, facts: AidFacts
) -> NewGrant | None:
    """Return the grant a paid year should have by a change of identities; null = nothing differs, or it was known.

    :param before: what differs from this day on is left out
    """
    regrant = _regranted(contribution, change, facts, before=before)
    return None if regrant is None else _new_grant(contribution, regrant, facts)


def _new_grant(contribution: ContributionPeriod, regrant: Traced[Regrant], facts: AidFacts) -> NewGrant:
    return NewGrant(
        grant=regrant.value.grant or NOTHING,
        policy_key=contribution.policy_key,
        policy_digest=facts.policy(contribution).digest,
        steps=regrant.steps,
    )


def _tell(
    found: TouchedContributions, contribution: ContributionPeriod, regrant: Traced[Regrant], facts: AidFacts
) -> None:
    answer, new, old = regrant.value.answer, regrant.value.total, contribution.assisted
    if answer is Answer.NO_MORE_AID:
        return
    verdict, rule = VERDICTS[answer], regrant.value.rule
    if new == old and not (verdict is Verdict.ASKS and _other_payers(contribution, regrant.value)):
        return
    if verdict is Verdict.ASKS and new <= old:
        grant = _new_grant(contribution, regrant, facts)
        told = replace(rule, reading="；".join(filter(None, (rule.label, rule.reading))))
        figures = regrant_figures(contribution, grant, rule=told)
        found.corrections.append(Correction(contribution.pk, grant, figures))
        return
    if verdict is Verdict.ASKS:
        rule = replace(rule, label=f"{rule.label}；{ASKED_ELSEWHERE}")
    found.told.append(_figure(contribution, "参保资助", (old, new), verdict, rule, regrant.as_json()))


def _other_payers(contribution: ContributionPeriod, regrant: Regrant) -> bool:
    return bool(moved_shares(contribution.grant, regrant.grant or NOTHING))


def _figure(
    contribution: ContributionPeriod,
    label: str,
    amounts: tuple[Decimal, Decimal],
    verdict: Verdict,
    rule: Step,
    trace: Sequence[Mapping[str, str]],
) -> NewFigure:
    return NewFigure(
        label=f"{contribution.coverage_year} 年度{label}",
        old=amounts[0],
        new=amounts[1],
        verdict=verdict,
        subject_ref=f"contribution:{contribution.pk}",
        clause=rule.clause,
        reading="；".join(filter(None, (rule.label, rule.reading))),
        trace=trace,
    )
