"""Premium assistance (资助参保): the highest tier alone, who pays it, and the tiers that lost.

holds                                  tier        basic + ltc     pays of 430
农村特困                               full        400 + 30        0
其他脱贫人口 and 残疾二级               fixed_390   360 + 30        40, not 430 − 270 − 390
低保, hukou elsewhere                  none        0               430
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from hardship.rules.payers import PayerShare, payer_shares
from policy.aid import above_premium, aid_amounts
from policy.cited import Cited
from policy.conditions import Person, asks_age
from policy.money import ZERO, yuan
from policy.schema.assistance import Assistance, Tier
from policy.trace import Step, Traced
from policy.words import said

__all__ = ["Grant", "LosingTier", "PayerShare", "premium_assistance", "top_up"]


@dataclass(frozen=True, slots=True)
class LosingTier:
    """A tier the person qualifies for as well, kept with the decision (不重复享受)."""

    tier: str
    label: str
    total: Decimal


@dataclass(frozen=True, slots=True)
class Grant:
    """What a person is helped with.

    :param tier: name of the winning tier; None = no tier fits
    :param aid: component → yuan, for every component of the premium
    :param losing: the other tiers that fit, in the order of the file
    """

    tier: str | None
    label: str
    aid: dict[str, Decimal]
    total: Decimal
    payers: tuple[PayerShare, ...] = ()
    losing: tuple[LosingTier, ...] = ()


def premium_assistance(
    assistance: Assistance, premium: Mapping[str, Decimal], *, person: Person, county: str | None = None
) -> Traced[Grant]:
    """Return the aid of the tier that gives most; equal tiers go by the order of the file.

    :param premium: component → yuan the person would pay
    :param person: as of the decision day; identities and hukou of that day
    :param county: code of the person's county, whose own tiers compete with the rest
    :returns: 0 <= aid <= premium for every component
    :raises RuleNotPublished: if the documents name no tier, or leave open hukou, choice or who pays
    """
    if not assistance.tier:
        raise assistance.silent("tier")
    choose = assistance.published(assistance.choose, "choose")
    qualifying = {
        name: tier
        for name, tier in assistance.tier.items()
        if (tier.county is None or tier.county.value == county) and _fits(assistance, tier, person)
    }
    fitting = {name: tier for name, tier in qualifying.items() if _has_hukou(assistance, tier, person)}
    if not fitting:
        nothing = {name: yuan(ZERO) for name in premium}
        return Traced(
            Grant(None, "不符合资助条件", nothing, yuan(ZERO)), _why_not(assistance, qualifying, person)
        )
    aids = {name: aid_amounts(tier.aid.value, premium) for name, tier in fitting.items()}
    totals = {name: sum(aid.values(), ZERO) for name, aid in aids.items()}
    best = max(totals, key=lambda name: totals[name])
    losing = tuple(LosingTier(name, fitting[name].label, totals[name]) for name in fitting if name != best)
    payers = payer_shares(fitting[best], aids[best])
    grant = Grant(best, fitting[best].label, aids[best], totals[best], payers.value, losing)
    steps = (
        Step.citing(f"符合“{fitting[best].label}”", fitting[best].when),
        *_capped(fitting[best], premium),
        Step.citing("资助金额", fitting[best].aid, totals[best]),
        *(Step.citing(f"就高不重复，不再享受“{one.label}”", choose, one.total) for one in losing),
    )
    return Traced(grant, (*steps, *payers.steps))


def _capped(tier: Tier, premium: Mapping[str, Decimal]) -> tuple[Step, ...]:
    return tuple(
        Step.citing(f"{said(name)}定额 {sum_} 元高于个人缴费，按个人缴费资助", tier.aid, premium[name])
        for name, sum_ in above_premium(tier.aid.value, premium).items()
    )


def top_up(assistance: Assistance, *, residual: Decimal, offered: Decimal) -> Traced[Decimal]:
    """Return how much of a third party's offer (乡镇、村集体资金扶持) is taken: never more than what is left to pay.

    :param residual: yuan left to the person after assistance, >= 0
    :param offered: yuan offered, >= 0
    """
    if residual < 0 or offered < 0:
        raise ValueError(f"residual and offer must not be negative: {residual}, {offered}")
    limit = assistance.published(assistance.top_up_limit, "top_up_limit")
    taken = yuan(min(residual, offered))
    return Traced(taken, (Step("第三方扶持", offered), Step.citing("不超过个人应缴余额", limit, residual)))


def _fits(assistance: Assistance, tier: Tier, person: Person) -> bool:
    """Return whether the tier's condition holds, hukou apart."""
    if asks_age(tier.when.value):
        person = replace(person, age_day=_age_day(assistance, person))
    return tier.when.value.holds(person)


def _has_hukou(assistance: Assistance, tier: Tier, person: Person) -> bool:
    """Return whether the person is registered where the tier asks for it."""
    return not _needs_hukou(assistance, tier).value or person.has_local_hukou is True


def _needs_hukou(assistance: Assistance, tier: Tier) -> Cited[bool]:
    return tier.needs_hukou or assistance.published(assistance.hukou_required, "hukou_required")


def _why_not(assistance: Assistance, but_for_hukou: Mapping[str, Tier], person: Person) -> tuple[Step, ...]:
    """Return the steps of no aid: the tiers that only hukou keeps from the person, or that none fits."""
    found = "户籍地未登记" if person.has_local_hukou is None else "户籍不在本统筹地区"
    return tuple(
        Step.citing(f"身份符合“{tier.label}”，但须本地户籍：{found}", _needs_hukou(assistance, tier))
        for tier in but_for_hukou.values()
    ) or (Step("没有符合条件的资助档次"),)


def _age_day(assistance: Assistance, person: Person) -> datetime.date:
    match assistance.published(assistance.age_on, "age_on").value:
        case "payment_date":
            return person.day
        case "coverage_start":
            return datetime.date(person.coverage_year, 1, 1)
        case "previous_year_end":
            return datetime.date(person.coverage_year - 1, 12, 31)
