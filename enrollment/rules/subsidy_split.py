"""Sharing the fiscal subsidy between levels of government (各级财政分担), exact to the fen."""

from collections.abc import Mapping
from decimal import Decimal

from enrollment.rules.financing import component_label, fiscal_year_rules, subsidies
from policy.errors import DomainError, PolicyInvalid
from policy.money import ZERO, shared_out, yuan
from policy.schema.financing import Financing, Split
from policy.splits import fault_in
from policy.trace import Step, Traced

LEVELS = {
    "central": "中央财政",
    "province": "省级财政",
    "city": "市级财政",
    "county": "县级财政",
    "district": "区级财政",
    "local": "市县级财政",
}


class ShareRatioMissing(DomainError):
    """The document leaves a part to be divided between lower levels, and nobody has entered how."""

    code = "share_ratio_missing"


def level_label(level: str) -> str:
    """Return what staff call a level of government."""
    return LEVELS.get(level, level)


def subsidy_shares(
    financing: Financing,
    *,
    fiscal_year: int,
    fiscal_class: str,
    persons: int,
    entitled_component: str = "basic",
) -> Traced[dict[str, Decimal]]:
    """Return what each level of government owes for `persons` insured in an area of `fiscal_class`.

    Printed amounts and parts of a ratio are both weights: the whole is persons × subsidy, and the fen that do not
    divide go to the largest remainders.

    :param persons: people entitled to the subsidy, >= 0
    :param entitled_component: the component the class's split applies to
    :returns: level → yuan, adding up exactly to persons × subsidy
    :raises ShareRatioMissing: if the city has not said how it divides what is left to it
    :raises RuleNotPublished: if the fiscal year, its subsidy or the class is not in the documents
    :raises PolicyInvalid: if printed amounts do not add up to the subsidy, or contradict their printed ratio
    """
    subsidy = _subsidy(financing, fiscal_year, entitled_component)
    year = fiscal_year_rules(financing, fiscal_year)
    split = year.published(year.split.get(fiscal_class), f"split.{fiscal_class}")
    if fault := fault_in(split, subsidy.value):
        raise PolicyInvalid(f"{fault}，请核对文件。", fiscal_class=fiscal_class)
    weights = _weights(split, fiscal_class)
    shares = shared_out(_total(persons, subsidy.value), weights.value)
    steps = (
        *subsidy.steps,
        Step("享受补助人数", persons),
        *weights.steps,
        *(Step(level_label(level), amount) for level, amount in shares.items()),
    )
    return Traced(shares, steps)


def ltc_shares(financing: Financing, *, fiscal_year: int, persons: int) -> Traced[dict[str, Decimal]]:
    """Return who owes the long-term care subsidy (长护险财政补助): the one level the documents name.

    :returns: level → yuan
    :raises RuleNotPublished: if there is no such subsidy, or no document says which level pays it
    """
    subsidy = _subsidy(financing, fiscal_year, "ltc")
    payer = financing.published(financing.ltc_payer, "ltc_payer")
    total = _total(persons, subsidy.value)
    steps = (
        *subsidy.steps,
        Step("享受补助人数", persons),
        Step.citing("负担级次", payer, level_label(payer.value)),
        Step("应负担", total),
    )
    return Traced({payer.value: total}, steps)


def _subsidy(financing: Financing, fiscal_year: int, component: str) -> Traced[Decimal]:
    year = fiscal_year_rules(financing, fiscal_year)
    per_person = subsidies(financing, fiscal_year=fiscal_year).value
    amount = year.published(per_person.get(component), f"subsidy.{component}")
    label = f"{fiscal_year} 财政年度人均补助（{component_label(component)}）"
    return Traced(amount, (Step.citing(label, year.subsidy[component]),))


def _total(persons: int, subsidy: Decimal) -> Decimal:
    if persons < 0:
        raise ValueError(f"persons must not be negative: {persons}")
    return yuan(subsidy * persons)


def _weights(split: Split, fiscal_class: str) -> Traced[Mapping[str, Decimal]]:
    """Return level → weight, the part left open divided as the city says."""
    step = Step.citing(f"分担办法：{split.label}", split.shares, _written(split.shares.value))
    if split.open_parts is None:
        return Traced(split.shares.value, (step,))
    ratio = split.open_ratio
    between = split.published(split.open_between, "open_between").value
    if ratio is None:
        raise ShareRatioMissing(
            f"“{split.label}”（{fiscal_class}）由{'、'.join(map(level_label, between))}分担的部分，"
            "分担比例未录入，请先录入市级文件规定的比例。",
            fiscal_class=fiscal_class,
            levels=list(between),
        )
    if set(ratio.value) != set(between) or sum(ratio.value.values(), ZERO) <= 0:
        raise PolicyInvalid(f"“{split.label}”的分担比例须写明 {'、'.join(between)} 各级，且合计大于零。")
    parts = sum(ratio.value.values(), ZERO)
    opened = {level: split.open_parts.value * part / parts for level, part in ratio.value.items()}
    return Traced(
        {**split.shares.value, **opened}, (step, Step.citing("市内分担比例", ratio, _written(ratio.value)))
    )


def _written(shares: Mapping[str, Decimal]) -> str:
    return "，".join(f"{level_label(level)} {share}" for level, share in shares.items())
