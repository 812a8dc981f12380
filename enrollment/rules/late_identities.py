"""An identity that begins, or becomes known, only after the premium was paid: what it would have given, what is done.

recognised, paid 400 on 2024-11-02     documents (黑龙江 2025 四)              answer
since 2024-11-20                       silent on the window, read as "case"    a person decides about 240
since 2025-02-20                       “次年起按其实际困难类别落实”             next_year
since 2024-09-01, known 2024-11-15     no change of circumstance               a person decides about 240
any day, where the documents are silent                                        a person decides, told what is missing
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from enrollment.rules.aid import aid_with_premium
from enrollment.rules.windows import concentrated_period
from hardship.rules.premium_assistance import Grant
from hardship.rules.timing import Effect, Timing, assistance_timing, change_effect
from policy.conditions import Identity, Person
from policy.dates import Date
from policy.errors import RuleNotPublished
from policy.money import ZERO
from policy.policy import Policy
from policy.trace import Step, Traced


class Answer(StrEnum):
    """What becomes of a late identity; a person decides about all but the first three."""

    NO_MORE_AID = "no_more_aid"
    NEXT_YEAR = "next_year"
    FROZEN = "frozen"
    CASE = "case"
    THIS_YEAR = "this_year"
    REQUOTE = "requote"


SETTLED = frozenset({Answer.NO_MORE_AID, Answer.NEXT_YEAR, Answer.FROZEN})


@dataclass(frozen=True, slots=True)
class PaidYear:
    """A coverage year as it was paid.

    :param person: on the pay day, with the identities known when the payment was booked
    :param assisted: yuan given so far
    :param helped_later: all of it was given after the payment, for an identity that came as late
    :param county: code of the county the person lives in, for tiers of its own
    """

    person: Person
    assisted: Decimal
    county: str | None = None
    helped_later: bool = False


@dataclass(frozen=True, slots=True)
class Late:
    """What the documents say, and the aid in question.

    :param grant: what would have been given with the identity; None = nothing
    :param rule: the step that decided, with clause and reading
    """

    answer: Answer
    grant: Grant | None
    rule: Step

    @property
    def asks(self) -> bool:
        """Whether a person has to decide: money may be owed that nobody has given."""
        return self.answer not in SETTLED

    @property
    def gives_more(self) -> bool:
        """Whether the identity would have given more than was given."""
        return self.answer is not Answer.NO_MORE_AID


def late_identity(policy: Policy, *, paid: PaidYear, late: Identity) -> Traced[Late]:
    """Return what an identity means for a year paid without it.

    Someone helped with the payment whose circumstances change is frozen or not; someone who becomes a target after
    paying is helped from when the documents say; what was so on the pay day and not known is no change at all.

    Where the documents do not say what becomes of such a person, a person decides; the step names what is missing.

    :param late: its `since` is the first day it held, before, on or after the pay day
    :raises RuleNotPublished: if the documents name no tiers: then there is no sum to decide about
    """
    since, paid_on = late.since, paid.person.day
    if since is None:
        raise ValueError("a late identity needs the day it began")
    aid = _aid_with(policy, paid, late, from_the_start=since > paid_on)
    grant = aid.value
    if grant is None or grant.total <= paid.assisted:
        return Traced(Late(Answer.NO_MORE_AID, grant, Step("按该身份不增加资助")), aid.steps)
    held = any(each.category == late.category for each in paid.person.identities)
    was_helped = paid.assisted > ZERO and not paid.helped_later
    is_new = since > paid_on and not was_helped and not held
    try:
        rule = _timing(policy, paid_on, since) if is_new else _effect(policy, paid_on, since)
    except RuleNotPublished as silent:
        missing = silence(policy, silent)
        return Traced(Late(Answer.CASE, grant, missing), (*aid.steps, missing))
    deciding = rule.steps[-1]
    frozen = policy.assistance.frozen_at_payment
    if not deciding.clause and frozen is not None:
        deciding = Step.citing(deciding.label, frozen)
    return Traced(Late(Answer(rule.value.value), grant, deciding), (*aid.steps, *rule.steps))


def silence(policy: Policy, missing: RuleNotPublished) -> Step:
    """Return the step that says which rule the documents lack, and which documents these are."""
    documents = "、".join(each.number for each in policy.data.document.values() if each.number)
    return Step(f"{documents or '文件'}没有规定，由人决定", reading=missing.message)


def _aid_with(
    policy: Policy, paid: PaidYear, late: Identity, *, from_the_start: bool
) -> Traced[Grant | None]:
    """Return the aid of the pay day had the identity been on record, as if held already if it began later."""
    others: Sequence[Identity] = [each for each in paid.person.identities if each.category != late.category]
    counted = replace(late, since=None) if from_the_start else late
    person = replace(paid.person, identities=(*others, counted))
    aid = aid_with_premium(policy, person=person, county=paid.county)
    return Traced(aid.value.grant, aid.steps)


def _timing(policy: Policy, paid_on: Date, since: Date) -> Traced[Timing]:
    return assistance_timing(
        policy.assistance,
        concentrated=concentrated_period(policy.enrollment),
        coverage_year=policy.year,
        recognized_on=since,
        paid_on=paid_on,
    )


def _effect(policy: Policy, paid_on: Date, since: Date) -> Traced[Effect]:
    return change_effect(policy.assistance, coverage_year=policy.year, paid_on=paid_on, changed_on=since)
