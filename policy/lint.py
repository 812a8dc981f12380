"""Bounds of the levels above, held against the resolved policy; each refusal names the clause it breaks."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from policy.aid import aid_amounts
from policy.condition_syntax import parsed
from policy.conditions import AllOf, Condition, Holds, Identity, Person, categories_in
from policy.errors import OutOfBounds, PolicyInvalid
from policy.policy import figure_at, leaf_at, leaves
from policy.schema.benefits import Bands
from policy.schema.bounds import (
    AssistanceAtLeast,
    AssistanceExactly,
    AtLeast,
    AtMost,
    BandsNotFalling,
    Bound,
    Equals,
    FirstBandAtLeast,
    NotAfter,
)
from policy.schema.document import PolicyDocument
from policy.splits import fault_in

VALIDITY = "recognition.validity_months."


@dataclass(frozen=True, slots=True)
class Breach:
    """A bound that does not hold, in a sentence."""

    bound: str
    label: str
    clause: str
    found: str
    severity: str

    def __str__(self) -> str:
        return f"{self.label}：{self.found}（违反 {self.clause}）"


def breaches(data: PolicyDocument) -> list[Breach]:
    """Return every bound the policy does not keep; a leaf nobody has published yet breaks nothing."""
    found = []
    for name, bound in data.bound.items():
        if what := _broken(data, bound):
            found.append(Breach(name, bound.label, bound.rule.clause, what, bound.severity))
    return found


def check_bounds(data: PolicyDocument) -> None:
    """Refuse a policy that breaks a bound of severity refuse.

    :raises OutOfBounds: naming every broken bound with figure and clause
    """
    broken = [breach for breach in breaches(data) if breach.severity == "refuse"]
    if broken:
        raise OutOfBounds(
            f"{data.area} {data.year} 年度的数值超出上级规定：" + "；".join(map(str, broken)),
            clauses=[breach.clause for breach in broken],
        )


def split_faults(data: PolicyDocument) -> list[str]:
    """Return every split of the fiscal subsidy whose printed amounts contradict the subsidy or their ratio."""
    years = data.financing.fiscal.items() if data.financing else ()
    return [
        f"financing.fiscal.{name}.split.{fiscal_class}：{fault}"
        for name, year in years
        if "basic" in year.subsidy
        for fiscal_class, split in year.split.items()
        if (fault := fault_in(split, year.subsidy["basic"].value))
    ]


def check_splits(data: PolicyDocument) -> None:
    """Refuse a policy whose printed shares do not add up.

    :raises PolicyInvalid: naming every split with its figures
    """
    if faults := split_faults(data):
        raise PolicyInvalid(f"{data.area} {data.year} 年度的财政分担数额有误：" + "；".join(faults))


def check_periods(data: PolicyDocument) -> None:
    """Refuse a policy with a period that ends before it begins.

    :raises PolicyInvalid: naming every such period with its days
    """
    if data.enrollment is None:
        return
    rules = data.enrollment
    periods = [("enrollment.coverage", rules.coverage_start, rules.coverage_end)]
    periods += [(f"enrollment.window.{name}", each.opens, each.closes) for name, each in rules.window.items()]
    faults = [
        f"{path}：末日 {last.value} 早于首日 {first.value}"
        for path, first, last in periods
        if first is not None and last is not None and last.value < first.value
    ]
    if faults:
        raise PolicyInvalid(f"{data.area} {data.year} 年度的起止日期有误：" + "；".join(faults))


def check_categories(key: str, data: PolicyDocument) -> None:
    """Refuse a policy that names a category nobody registered.

    :raises PolicyInvalid: naming place and categories
    """
    known = set(data.category)
    for path, leaf in leaves(data):
        named = categories_in(leaf.value) if isinstance(leaf.value, Condition) else frozenset()
        if path in ("assistance.targets", "incentives.excluded"):
            named = frozenset(leaf.value)
        if path.startswith(VALIDITY):
            named = frozenset({path.removeprefix(VALIDITY)})
        if unknown := sorted(named - known):
            raise PolicyInvalid(
                f"政策文件 {key} 的 {path} 用了没有登记的身份类别：{'、'.join(unknown)}", key=key
            )


def _broken(data: PolicyDocument, bound: Bound) -> str:
    """Return what was found, or nothing if the bound holds."""
    rule = bound.rule.value
    match rule:
        case AtLeast() | AtMost() | Equals():
            return _figure_broken(data, rule)
        case NotAfter(path=path, day=day):
            leaf = leaf_at(data, path)
            return f"{path} 为 {leaf.value}，不得晚于 {day}" if leaf is not None and leaf.value > day else ""
        case FirstBandAtLeast() | BandsNotFalling():
            return _bands_broken(data, rule)
        case AssistanceAtLeast() | AssistanceExactly():
            return _assistance_broken(data, rule)


def _limit(data: PolicyDocument, rule: AtLeast | AtMost | Equals) -> Decimal | None:
    if rule.figure is not None or isinstance(rule, Equals):
        return rule.figure
    base = figure_at(data, rule.share_of)
    return None if base is None else base * rule.share


def _figure_broken(data: PolicyDocument, rule: AtLeast | AtMost | Equals) -> str:
    figure, limit = figure_at(data, rule.path), _limit(data, rule)
    if figure is None or limit is None:
        return ""
    holds: Mapping[type, bool] = {AtLeast: figure >= limit, AtMost: figure <= limit, Equals: figure == limit}
    word = {AtLeast: "不得低于", AtMost: "不得高于", Equals: "应为"}[type(rule)]
    return "" if holds[type(rule)] else f"{rule.path} 为 {figure}，{word} {limit}"


def _bands_broken(data: PolicyDocument, rule: FirstBandAtLeast | BandsNotFalling) -> str:
    leaf = leaf_at(data, rule.path)
    if leaf is None or not isinstance(leaf.value, Bands):
        return ""
    rates = [band.rate for band in leaf.value.bands]
    if isinstance(rule, FirstBandAtLeast):
        return "" if rates[0] >= rule.figure else f"首段支付比例为 {rates[0]}，不得低于 {rule.figure}"
    return "" if rates == sorted(rates) else f"支付比例 {'、'.join(map(str, rates))} 没有向高额费用倾斜"


def _assistance_broken(data: PolicyDocument, rule: AssistanceAtLeast | AssistanceExactly) -> str:
    if data.assistance is None or not data.assistance.tier or data.financing is None:
        return ""
    premium = {name: leaf.value for name, leaf in data.financing.personal.items()}
    holder = _probe(data.year, rule.holds)
    aids = [
        aid_amounts(tier.aid.value, premium).get(rule.component, Decimal(0))
        for tier in data.assistance.tier.values()
        if (tier.county is None or tier.county.value == data.area) and tier.when.value.holds(holder)
    ]
    if rule.component not in premium:
        return f"没有“{rule.component}”的个人缴费标准，无从约束"
    aid, limit = max(aids, default=Decimal(0)), premium[rule.component] * rule.share
    exactly = isinstance(rule, AssistanceExactly)
    if aid == limit if exactly else aid >= limit:
        return ""
    word = "应为" if exactly else "不得低于"
    return f"资助 {aid} 元，{word} {rule.share:.0%} 即 {limit} 元"


def _probe(year: int, holds: tuple[object, ...]) -> Person:
    """Return a person who holds just these identities."""
    identities = []
    for raw in holds:
        condition = parsed(raw)
        parts = condition.parts if isinstance(condition, AllOf) else (condition,)
        for part in parts:
            if not isinstance(part, Holds):
                raise TypeError(f"a bound's holder is described by categories alone: {raw!r}")
            level = {} if part.level_at_most is None else {"level": part.level_at_most}
            identities.append(Identity(part.category, None, {**part.where, **level}))
    return Person(
        day=datetime.date(year, 1, 1), coverage_year=year, identities=tuple(identities), has_local_hukou=True
    )
