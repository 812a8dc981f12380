"""Assistance with the premium of one coverage year, identities that help next year only set aside (资助时点)."""

from dataclasses import dataclass, replace

from enrollment.rules.financing import premiums
from enrollment.rules.offers import TermsWarning
from enrollment.rules.windows import concentrated_period
from hardship.rules.premium_assistance import Grant, premium_assistance
from hardship.rules.timing import Timing, assistance_timing
from policy.conditions import Identity, Person
from policy.policy import Policy
from policy.trace import Step, Traced


@dataclass(frozen=True, slots=True)
class Aid:
    """What is given, and what somebody has to decide.

    :param grant: None = nothing is given
    """

    grant: Grant | None
    warnings: tuple[TermsWarning, ...] = ()


def aid_with_premium(policy: Policy, *, person: Person, county: str | None = None) -> Traced[Aid]:
    """Return the aid someone who has not paid yet gets with the premium of the coverage year, as of `person.day`.

    :param county: code of the county the person lives in, for tiers of its own
    :raises RuleNotPublished: if someone holds an identity and the documents name no tiers, or not from when it
        helps; someone without any identity needs no tier to be published
    """
    rules = policy.data.assistance
    if not person.identities and (rules is None or not rules.tier):
        return Traced(Aid(None), (Step("缴费日未持有困难身份，不涉及资助"),))
    deferred = _deferred(policy, person)
    premium = premiums(policy.financing, population=person.population).value
    aid = premium_assistance(policy.assistance, premium, person=deferred.person, county=county)
    grant = aid.value if aid.value.total else None
    return Traced(Aid(grant, deferred.warnings), (*deferred.steps, *aid.steps))


@dataclass(frozen=True, slots=True)
class _Deferred:
    person: Person
    steps: tuple[Step, ...] = ()
    warnings: tuple[TermsWarning, ...] = ()


def _deferred(policy: Policy, person: Person) -> _Deferred:
    """Return the person without the identities that help next year only, or that somebody has to decide about."""
    rules = policy.data.assistance
    if rules is None or not any(each.since for each in person.identities):
        return _Deferred(person)
    concentrated = concentrated_period(policy.enrollment)
    kept: list[Identity] = []
    steps: list[Step] = []
    warnings: list[TermsWarning] = []
    for identity in person.identities:
        if identity.since is None or identity.since <= concentrated.last:
            kept.append(identity)
            continue
        timing = assistance_timing(
            rules,
            concentrated=concentrated,
            coverage_year=person.coverage_year,
            recognized_on=identity.since,
            paid_on=None,
        )
        steps += timing.steps
        if timing.value is Timing.THIS_YEAR:
            kept.append(identity)
        elif timing.value is Timing.CASE:
            warnings.append(TermsWarning("assistance_to_decide", "warn", "是否自本年度起资助，须逐案决定"))
    return _Deferred(replace(person, identities=tuple(kept)), tuple(steps), tuple(warnings))
