"""Basic insurance's terms for one visit: those of the grade, changed by what was adjusted and by earlier stays."""

from dataclasses import dataclass
from decimal import Decimal

from benefits.rules.bands import percent
from policy.conditions import Person
from policy.money import ZERO, yuan
from policy.schema.basic import Adjustment, Basic, InpatientTerms, LaterStay
from policy.trace import Step, Traced

ANY_GRADE = "any"


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit as basic insurance looks at it.

    :param grade: of the facility; :param facility: its code
    :param eligible: in-policy expense, yuan
    :param referral: how the patient was referred; empty = not at all
    :param earlier_stays: visits of the kind settled before it this year
    :param person: who; None = no condition asks about them
    """

    kind: str
    grade: str
    eligible: Decimal
    facility: str = ""
    referral: str = ""
    earlier_stays: int = 0
    person: Person | None = None


@dataclass(frozen=True, slots=True)
class VisitTerms:
    """Deductible and rate of one visit."""

    deductible: Decimal
    rate: Decimal


def terms_of(basic: Basic, *, kind: str, grade: str) -> InpatientTerms:
    """Return the terms of a kind and grade, those for "any" where the grade has none.

    :raises RuleNotPublished: if there are neither
    """
    grades = basic.terms.get(kind, {})
    return basic.published(grades.get(grade) or grades.get(ANY_GRADE), f"terms.{kind}.{grade}")


def visit_terms(basic: Basic, terms: InpatientTerms, visit: Visit) -> Traced[VisitTerms]:
    """Return the deductible and rate that hold for a visit.

    A later stay's deductible takes the place of the first one's; then every adjustment that fits is applied in the
    order of the file. The rate stays between nothing and all.
    """
    deductible, rate = terms.deductible.value, terms.rate.value
    steps = [Step.citing("起付标准", terms.deductible)]
    if (later := _later_stay(terms, visit)) is not None and terms.later_stays is not None:
        deductible = yuan(deductible * later.factor) if later.factor is not None else later.deductible or ZERO
        label = f"当年第{visit.earlier_stays + 1}次，起付标准"
        steps.append(Step.citing(label, terms.later_stays, deductible))
    for change in basic.adjustment.values():
        if not _fits(change, visit):
            continue
        if change.deductible is not None:
            deductible = change.deductible.value
            steps.append(Step.citing(f"{change.label}：起付标准", change.deductible))
        if change.deductible_factor is not None:
            factor = change.deductible_factor
            deductible = yuan(deductible * factor.value)
            steps.append(
                Step.citing(f"{change.label}：起付标准按{percent(factor.value)}计", factor, deductible)
            )
        rate = _changed_rate(change, rate, steps)
    return Traced(VisitTerms(deductible, rate), tuple(steps))


def _later_stay(terms: InpatientTerms, visit: Visit) -> LaterStay | None:
    if terms.later_stays is None:
        return None
    nth = visit.earlier_stays + 1
    return next((each for each in reversed(terms.later_stays.value.stays) if each.stay <= nth), None)


def _changed_rate(change: Adjustment, rate: Decimal, steps: list[Step]) -> Decimal:
    if change.rate is not None:
        rate = change.rate.value
        steps.append(Step.citing(f"{change.label}：支付比例{percent(rate)}", change.rate))
    if change.rate_change is not None:
        rate = min(Decimal(1), max(ZERO, rate + change.rate_change.value))
        steps.append(Step.citing(f"{change.label}：支付比例调整为{percent(rate)}", change.rate_change))
    return rate


def _fits(change: Adjustment, visit: Visit) -> bool:
    """Return whether all that the adjustment asks for is so; a person nobody told of fits no condition."""
    asked = (
        (change.kinds, visit.kind),
        (change.grades, visit.grade),
        (change.facilities, visit.facility),
        (change.referrals, visit.referral or "none"),
    )
    if any(leaf is not None and given not in leaf.value for leaf, given in asked):
        return False
    if change.when is None:
        return True
    return visit.person is not None and change.when.value.holds(visit.person)
