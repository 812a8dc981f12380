"""Bands (费用段) over the year's running expense, shared by critical illness and medical assistance.

A claim pays the difference of two yearly figures, each rounded to the fen, so that any splitting of the same
expense into claims pays the same sum to the fen:

    running total before  8,000   pays to date      0.00
    running total after  12,000.01                  0.01   (0.01 x 65 % = 0.0065)   this claim: 0.01
"""

from dataclasses import dataclass
from decimal import Decimal

from policy.cited import Cited
from policy.money import ZERO, yuan
from policy.schema.bands import Band, Bands
from policy.trace import Step

WHOLE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A band where it lies on the running expense, the deductible already cut off.

    :param low: excluded; :param high: included, None = no end
    :param label: the band as the document writes it, with the rate applied
    """

    low: Decimal
    high: Decimal | None
    rate: Decimal
    label: str

    def paid_up_to(self, total: Decimal) -> Decimal:
        """Return what the band pays for a running expense of `total`, not rounded."""
        top = total if self.high is None else min(total, self.high)
        return max(ZERO, top - self.low) * self.rate


@dataclass(frozen=True, slots=True)
class Reckoned:
    """One claim's share of the year.

    :param amount: yuan, the difference of the yearly figures rounded to the fen
    :param parts: what each stretch adds, in their order, not rounded
    """

    amount: Decimal
    parts: tuple[tuple[Stretch, Decimal], ...]

    def steps(self, bands: Cited[Bands]) -> tuple[Step, ...]:
        """Return a line for each stretch this claim reaches, and their sum.

        Each line is rounded, but the claim pays what the year's rounded figures differ by: a fen that lies between
        has a line of its own, so that the lines add up.
        """
        reached = [(stretch.label, yuan(part)) for stretch, part in self.parts if part]
        odd = self.amount - sum((part for _, part in reached), ZERO)
        return (
            *(Step.citing(label, bands, part) for label, part in reached),
            *((Step("全年累计按分计算的尾差", odd),) if odd else ()),
            Step("各段合计（全年累计计算，四舍五入到分）", self.amount),
        )


def stretches(
    bands: Bands,
    *,
    deductible: Decimal,
    is_absolute: bool = False,
    rate_increase: Decimal = ZERO,
    threshold: Decimal | None = None,
) -> tuple[Stretch, ...]:
    """Return the bands as they lie on the running expense.

    :param is_absolute: bands count from the first yuan and the deductible is cut from their bottom; otherwise
        they count from the deductible
    :param rate_increase: added to every rate; none passes 1
    :param threshold: where a band with `until` ends, from the first yuan; a band that ends no higher than the one
        before it is empty
    """
    shift = ZERO if is_absolute else deductible
    lower, found = ZERO, []
    for band in bands.bands:
        upper = _upper(band, threshold, shift)
        if upper is not None and upper <= lower:
            continue
        rate = min(WHOLE, band.rate + rate_increase)
        high = None if upper is None else upper + shift
        if high is None or high > deductible:
            found.append(Stretch(max(lower + shift, deductible), high, rate, _label(lower, upper, rate)))
        lower = lower if upper is None else upper
    return tuple(found)


def _upper(band: Band, threshold: Decimal | None, shift: Decimal) -> Decimal | None:
    """Return the band's upper end, counted as the document counts; None = it has none."""
    if band.until is None:
        return band.up_to
    if threshold is None:
        raise ValueError(f"a band ends at {band.until}, which was not given")
    return threshold - shift


def _label(lower: Decimal, upper: Decimal | None, rate: Decimal) -> str:
    if upper is None:
        span = f"{lower}元以上部分" if lower else "全部"
    else:
        span = f"{lower}元至{upper}元（含）部分" if lower else f"{upper}元（含）以下部分"
    return f"{span}支付{percent(rate)}"


def percent(share: Decimal) -> str:
    """Return a share of one as people read it: 0.65 -> 65%."""
    return f"{(share * 100).normalize():f}%"


def reckoned(lying: tuple[Stretch, ...], *, before: Decimal, eligible: Decimal) -> Reckoned:
    """Return what `eligible` yuan after `before` yuan in the same year pay."""
    after = before + eligible
    parts = tuple((stretch, stretch.paid_up_to(after) - stretch.paid_up_to(before)) for stretch in lying)
    to_date = yuan(sum((stretch.paid_up_to(after) for stretch in lying), ZERO))
    earlier = yuan(sum((stretch.paid_up_to(before) for stretch in lying), ZERO))
    return Reckoned(to_date - earlier, parts)


def within_cap(amount: Decimal, *, cap: Decimal | None, paid_before: Decimal) -> Decimal:
    """Return `amount`, or what is left under a yearly cap; None = no cap."""
    return amount if cap is None else max(ZERO, min(amount, cap - paid_before))


def cap_steps(amount: Decimal, *, cap: Decimal | None, paid_before: Decimal) -> tuple[Step, ...]:
    """Return the step that tells how far the yearly cap cut `amount`; nothing where it did not."""
    paid = within_cap(amount, cap=cap, paid_before=paid_before)
    if paid == amount or cap is None:
        return ()
    return (Step(f"年度限额{cap}元，此前已支付{paid_before}元，本次最多支付", paid),)
