"""What a county may write below its city: tiers of premium assistance of its own, paid by itself, and no less.

Source of the reading: 唐医保函〔2024〕45号 二(三) “资助标准由各县(市、区)自行确定,所需资金由本级财政自行承担”.
"""

from collections.abc import Iterator

from policy.aid import aid_amounts
from policy.errors import OutOfBounds, RuleNotPublished
from policy.policy import leaves
from policy.schema.assistance import Tier
from policy.schema.document import PolicyDocument
from policy.words import place_name

COUNTY = "county"
DIVISION = 6  # digits of a county's code; a city's ends in 00, a province's in 0000
TIERS = "assistance.tier."


def is_county_of(area: str, city: str) -> bool:
    """Return whether `area` is a county (县、市、区) of the city, by their division codes."""
    return (
        len(area) == len(city) == DIVISION
        and area[:4] == city[:4]
        and city.endswith("00")
        and not city.endswith("0000")
        and not area.endswith("00")
    )


def _is_within(county: str, area: str) -> bool:
    """Return whether a county is the area, below it, or below the same city, whose tiers a county's policy has."""
    if len(area) != DIVISION:
        return county == area
    above = area[:2] if area.endswith("0000") else area[:4]
    return len(county) == DIVISION and county.startswith(above) and not county.endswith("00")


def check_county_tiers(data: PolicyDocument) -> None:
    """Refuse a county's own tier that anybody else pays for, or that is of a county elsewhere.

    :raises OutOfBounds: naming every such tier
    """
    faults = [
        f"{tier.label}：{tier.county.value} 不是 {data.area} 的县（市、区）（违反 {_clause(data, tier)}）"
        for tier in _tiers(data).values()
        if tier.county is not None and not _is_within(tier.county.value, data.area)
    ]
    faults += [
        f"{tier.label}：县级自设档次只能由县级财政负担（违反 {_clause(data, tier)}）"
        for tier in _tiers(data).values()
        if tier.county is not None and any(set(payers) != {COUNTY} for payers in tier.payers.value.values())
    ]
    _refuse(data, faults)


def check_county(data: PolicyDocument, *, city: PolicyDocument) -> None:
    """Refuse a county's policy that does anything but add to its city's.

    :raises RuleNotPublished: if it adds tiers and no document above lets counties do so
    :raises OutOfBounds: if it changes or drops what the city wrote, or a tier of its own is not marked as such
    """
    own = {name: tier for name, tier in _tiers(data).items() if name not in _tiers(city)}
    may = city.assistance.county_tiers if city.assistance else None
    if own and (may is None or not may.value):
        raise RuleNotPublished(
            area=data.area, year=data.year, rule="assistance.county_tiers", why="，县级不能自设资助档次"
        )
    unmarked = [
        f"{tier.label}：县级自设档次应写明 county = {data.area}"
        for tier in own.values()
        if tier.county is None or tier.county.value != data.area
    ]
    _refuse(data, [*_tier_faults(data, city), *_other_faults(data, city), *unmarked])


def _tier_faults(data: PolicyDocument, city: PolicyDocument) -> Iterator[str]:
    """Yield what is wrong with the city's tiers as the county has them."""
    kept = _tiers(data)
    for name, tier in _tiers(city).items():
        if name not in kept:
            yield f"取消了市级档次“{tier.label}”（{tier.aid.clause}）"
        elif (kept[name].label, *leaves(kept[name])) != (tier.label, *leaves(tier)):
            yield _changed(kept[name], tier, city)


def _changed(found: Tier, tier: Tier, city: PolicyDocument) -> str:
    premium = {name: leaf.value for name, leaf in city.financing.personal.items()} if city.financing else {}
    now, was = aid_amounts(found.aid.value, premium), aid_amounts(tier.aid.value, premium)
    lower = [name for name in premium if now[name] < was[name]]
    if lower:
        sums = "、".join(f"{now[name]} 元低于市级 {was[name]} 元" for name in lower)
        return f"市级档次“{tier.label}”的资助 {sums}（违反 {tier.aid.clause}）"
    if found.payers != tier.payers:
        return f"改动了市级档次“{tier.label}”的出资方（违反 {tier.payers.clause}）"
    return f"改动了市级档次“{tier.label}”（{tier.aid.clause}），可另设本县档次"


def _other_faults(data: PolicyDocument, city: PolicyDocument) -> Iterator[str]:
    """Yield the city's other leaves and bounds that the county has otherwise."""
    kept = dict(leaves(data))
    for path, leaf in leaves(city):
        if not path.startswith(TIERS) and kept.get(path) != leaf:
            yield f"改动了市级规定的{place_name(path)}（{path}，违反 {leaf.clause}）"


def _tiers(data: PolicyDocument) -> dict[str, Tier]:
    return data.assistance.tier if data.assistance else {}


def _clause(data: PolicyDocument, tier: Tier) -> str:
    may = data.assistance.county_tiers if data.assistance else None
    return may.clause if may is not None else tier.payers.clause


def _refuse(data: PolicyDocument, faults: list[str]) -> None:
    if faults:
        raise OutOfBounds(f"{data.area} {data.year} 年度的县级规定超出权限：" + "；".join(faults))
