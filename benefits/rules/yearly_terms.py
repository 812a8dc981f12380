"""A yearly account (年度累计账户): deductible, bands and cap over the running expense of a year."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from benefits.rules.bands import cap_steps, reckoned, stretches, within_cap
from policy.cited import Cited
from policy.money import ZERO
from policy.schema.bands import Bands
from policy.schema.benefits import AssistanceClass, ExtraTerms, Track
from policy.trace import Step, Traced

Terms = AssistanceClass | ExtraTerms | Track
Code = TypeVar("Code", bound=str)


@dataclass(frozen=True, slots=True)
class Payout:
    """What one claim gets from a layer.

    :param group: name of the class or account whose terms held; None = the person is in none
    :param raw: yuan before the cap; :param base: the expense that counted
    """

    amount: Decimal
    group: str | None
    raw: Decimal = ZERO
    cap: Decimal | None = None
    base: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the year before a claim, yuan.

    :param expense: what counted so far; :param paid: what was paid on it
    """

    expense: Decimal = ZERO
    paid: Decimal = ZERO


def account_payout(
    name: str,
    terms: Terms,
    *,
    account: Account,
    eligible: Decimal,
    threshold: Decimal | None = None,
) -> Traced[Payout]:
    """Return what an account pays for `eligible` yuan more.

    The claim pays what the year's running expense pays with it, less what it paid without it, as far as the cap goes.

    :param threshold: where a band that ends at another layer's figure ends
    """
    lying = stretches(
        terms.bands.value,
        deductible=terms.deductible.value,
        is_absolute=_is_absolute(terms),
        threshold=threshold,
    )
    share = reckoned(lying, before=account.expense, eligible=eligible)
    cap = None if terms.cap is None else terms.cap.value
    amount = within_cap(share.amount, cap=cap, paid_before=account.paid)
    steps = (
        Step.citing("年度起付标准", terms.deductible),
        *_threshold_steps(terms.bands.value, threshold),
        *(() if terms.cap is None else (Step.citing(_cap_label(terms), terms.cap),)),
        Step("此前年度累计", account.expense),
        Step("本次计入", eligible),
        *share.steps(terms.bands),
        *cap_steps(share.amount, cap=cap, paid_before=account.paid),
    )
    return Traced(Payout(amount, name, share.amount, cap, eligible), steps)


def why_not_counted(
    *,
    kind: str,
    kinds: Cited[tuple[str, ...]] | None,
    referral: str,
    referrals: Cited[tuple[Code, ...]] | None,
) -> tuple[Step, ...]:
    """Return the step that says why a visit does not count to a layer; nothing where it does."""
    if kinds is not None and kind not in kinds.value:
        return (Step.citing("本层只计入所列的就医类别，本次不计入", kinds, ZERO),)
    if referrals is not None and not _fits(referral, referrals.value):
        return (Step.citing("本层只计入按规定转诊的费用，本次不计入", referrals, ZERO),)
    return ()


def _fits(referral: str, accepted: Collection[str]) -> bool:
    return (referral or "none") in accepted


def _cap_label(terms: Terms) -> str:
    return "年度救助限额" if isinstance(terms, AssistanceClass) else "年度限额"


def _is_absolute(terms: Terms) -> bool:
    basis = terms.band_basis if isinstance(terms, AssistanceClass) else None
    return basis is not None and basis.value == "absolute"


def _threshold_steps(bands: Bands, threshold: Decimal | None) -> tuple[Step, ...]:
    if not bands.needs_threshold:
        return ()
    return (Step("分段界限：本人大病保险起付标准", threshold),)
