"""Basic insurance (基本医保): one visit's payout, held under the kind's own limit and the year's cap."""

from decimal import Decimal
from typing import Any

from benefits.rules.amounts import check_amounts
from benefits.rules.bands import percent
from benefits.rules.basic_terms import Visit, terms_of, visit_terms
from policy.cited import Cited
from policy.money import ZERO, yuan
from policy.schema.basic import Basic, InpatientTerms
from policy.trace import Step, Traced
from policy.words import said

__all__ = ["Visit", "account_of_kind", "basic_payout", "counts_to_cap", "kind_paid_as"]

PRENATAL = "prenatal"
DELIVERY = "delivery"


def kind_paid_as(basic: Basic, *, kind: str) -> str:
    """Return the kind of visit whose terms hold for `kind`.

    Prenatal visits (产前检查) share those of `prenatal_as`, unless the policy has terms of their own for them.

    :raises RuleNotPublished: if the documents give prenatal visits neither
    """
    if kind != PRENATAL or kind in basic.terms:
        return kind
    return basic.published(basic.prenatal_as, "prenatal_as").value


def account_of_kind(basic: Basic, *, kind: str) -> str:
    """Return the kind whose yearly running limit a payout uses: that of its terms, unless prenatal visits have one.

    :raises RuleNotPublished: as `kind_paid_as`
    """
    return PRENATAL if _has_own_limit(basic, kind) else kind_paid_as(basic, kind=kind)


def counts_to_cap(basic: Basic, *, kind: str) -> bool:
    """Return whether payouts of this kind enter the yearly cap's running total; only delivery (生育) may not.

    :raises RuleNotPublished: if the documents do not say whether delivery does
    """
    return kind != DELIVERY or basic.published(basic.delivery_counts_to_cap, "delivery_counts_to_cap").value


def basic_payout(
    basic: Basic, visit: Visit, *, paid_to_cap: Decimal, paid_of_kind: Decimal
) -> Traced[Decimal]:
    """Return what basic insurance pays for one visit.

    What lies above the visit's deductible is paid at the grade's rate, as far as the kind's yearly limit and the
    yearly cap leave room.

    :param paid_to_cap: what this year's payouts have used of the cap
    :param paid_of_kind: what this year's payouts of `account_of_kind` have used of the kind's limit
    :returns: yuan, 0 <= amount <= eligible
    :raises RuleNotPublished: if there are no terms for the kind, no cap for a kind that counts to it, or the limit
        goes by continuous years and nobody counts them
    """
    check_amounts(eligible=visit.eligible, paid_to_cap=paid_to_cap, paid_of_kind=paid_of_kind)
    terms = terms_of(basic, kind=kind_paid_as(basic, kind=visit.kind), grade=visit.grade)
    held = visit_terms(basic, terms, visit)
    rate = held.value.rate
    amount = max(ZERO, visit.eligible - held.value.deductible) * rate
    steps = [
        *_kind_steps(basic, visit.kind),
        Step("政策范围内费用", visit.eligible),
        *held.steps,
        Step.citing(f"起付标准以上部分支付{percent(rate)}", terms.rate, amount),
    ]
    if (found := _limit(basic, terms, visit)) is not None:
        limit, leaf = found
        amount = min(amount, max(ZERO, limit - paid_of_kind))
        steps.append(Step.citing(f"本类年度限额{limit}元，此前已支付{paid_of_kind}元", leaf, amount))
    if counts_to_cap(basic, kind=visit.kind):
        cap = basic.published(basic.cap, "cap")
        amount = min(amount, max(ZERO, cap.value - paid_to_cap))
        steps.append(Step.citing(f"年度最高支付限额{cap.value}元，此前已累计{paid_to_cap}元", cap, amount))
    return Traced(yuan(amount), (*steps, Step("基本医保支付", yuan(amount))))


def _limit(basic: Basic, terms: InpatientTerms, visit: Visit) -> tuple[Decimal, Cited[Any]] | None:
    """Return the yearly limit that holds for the visit and the leaf it rests on; None = there is none."""
    if _has_own_limit(basic, visit.kind) and basic.prenatal_limit is not None:
        return basic.prenatal_limit.value, basic.prenatal_limit
    if terms.limit_by_years is not None:
        limits = terms.limit_by_years.value
        counted = None if visit.person is None else visit.person.continuous_years
        years = terms.published(counted, "limit_by_years") - (not limits.counts_this_year)
        row = next(row for row in reversed(limits.rows) if row.years <= max(0, years))
        return row.amount, terms.limit_by_years
    return None if terms.yearly_limit is None else (terms.yearly_limit.value, terms.yearly_limit)


def _has_own_limit(basic: Basic, kind: str) -> bool:
    """Return whether the visit is a prenatal one whose limit is not that of the kind whose terms it shares."""
    return kind == PRENATAL and kind not in basic.terms and basic.prenatal_limit is not None


def _kind_steps(basic: Basic, kind: str) -> tuple[Step, ...]:
    """Return the steps that say whose terms hold and why the visit counts to the cap."""
    steps: list[Step] = []
    if kind == PRENATAL and kind not in basic.terms and basic.prenatal_as is not None:
        steps.append(Step.citing("产前检查执行的待遇", basic.prenatal_as, said(basic.prenatal_as.value)))
    if kind == DELIVERY and basic.delivery_counts_to_cap is not None:
        steps.append(Step.citing("生育医疗费用计入统筹基金年度累计", basic.delivery_counts_to_cap))
    return tuple(steps)
