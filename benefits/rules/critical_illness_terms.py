"""The critical illness terms of one person on one day: ordinary ones, or those an identity tilts (倾斜支付)."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from benefits.rules.bands import Stretch, percent, stretches
from policy.conditions import Person
from policy.money import ZERO, yuan
from policy.schema.benefits import CriticalIllness, Tilt
from policy.trace import Step, Traced


@dataclass(frozen=True, slots=True)
class CriticalIllnessTerms:
    """The terms that hold for one person on one day.

    :param deductible: yuan per year
    :param bands: where they lie on the year's running expense, with the person's rates
    :param cap: yuan per year; None = no cap
    :param tilt: names of the tilts that made something better, joined by "+"; None = ordinary terms
    """

    deductible: Decimal
    bands: tuple[Stretch, ...]
    cap: Decimal | None
    tilt: str | None


@dataclass(frozen=True, slots=True)
class _Chosen:
    """One of the terms, the tilt that gave it, and the working."""

    value: Decimal
    tilt: str | None = None
    steps: tuple[Step, ...] = ()


def critical_illness_terms(
    section: CriticalIllness, *, person: Person, cap: Decimal | None = None
) -> Traced[CriticalIllnessTerms]:
    """Return the terms for `person` on `person.day`.

    Of several tilts each term is taken from the one that is best for the person, never from two together.

    :param cap: the year's cap with incentives, yuan; None = the policy's own
    :raises RuleNotPublished: if deductible, bands, their basis, or a cap that applies are not published
    """
    tilts = {name: tilt for name, tilt in section.tilt.items() if tilt.when.value.holds(person)}
    deductible = _deductible(section, tilts)
    increase = _rate_increase(tilts)
    limit, uncapped_by, limit_step = _cap(section, tilts, cap)
    lying = stretches(
        section.published(section.bands, "bands").value,
        deductible=deductible.value,
        is_absolute=section.published(section.band_basis, "band_basis").value == "absolute",
        rate_increase=increase.value,
    )
    used = [name for name in tilts if name in (deductible.tilt, increase.tilt, uncapped_by)]
    terms = CriticalIllnessTerms(deductible.value, lying, limit, "+".join(used) or None)
    return Traced(terms, (*deductible.steps, *increase.steps, limit_step))


def _deductible(section: CriticalIllness, tilts: Mapping[str, Tilt]) -> _Chosen:
    """Return the lowest of the policy's deductible and those the tilts give."""
    base = section.deductible
    options = [] if base is None else [_Chosen(base.value, None, (Step.citing("年度起付标准", base),))]
    first = options[0].steps if options else ()
    for name, tilt in tilts.items():
        if tilt.deductible is not None:
            step = Step.citing(f"{tilt.label}：起付标准", tilt.deductible)
            options.append(_Chosen(tilt.deductible.value, name, (*first, step)))
        elif tilt.deductible_factor is not None and base is not None:
            lowered = yuan(base.value * tilt.deductible_factor.value)
            step = Step.citing(
                f"{tilt.label}：起付标准按{percent(tilt.deductible_factor.value)}计",
                tilt.deductible_factor,
                lowered,
            )
            options.append(_Chosen(lowered, name, (*first, step)))
    if not options:
        raise section.silent("deductible")
    return min(options, key=lambda option: option.value)


def _rate_increase(tilts: Mapping[str, Tilt]) -> _Chosen:
    """Return the greatest of the tilts' increases."""
    options = [_Chosen(ZERO)]
    for name, tilt in tilts.items():
        if tilt.rate_increase is not None:
            step = Step.citing(f"{tilt.label}：各段支付比例提高", tilt.rate_increase)
            options.append(_Chosen(tilt.rate_increase.value, name, (step,)))
    return max(options, key=lambda option: option.value)


def _cap(
    section: CriticalIllness, tilts: Mapping[str, Tilt], cap: Decimal | None
) -> tuple[Decimal | None, str | None, Step]:
    """Return the cap, the tilt that lifted it, and the step that says so."""
    for name, tilt in tilts.items():
        if tilt.uncapped is not None and tilt.uncapped.value:
            return None, name, Step.citing(f"{tilt.label}：不设年度最高支付限额", tilt.uncapped)
    if cap is not None:
        label = "年度最高支付限额（计入激励与断保后）"
        return cap, None, Step(label, cap) if section.cap is None else Step.citing(label, section.cap, cap)
    published = section.published(section.cap, "cap")
    return published.value, None, Step.citing("年度最高支付限额", published)
