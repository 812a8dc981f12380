"""Premiums paid from somebody's employee account (职工医保个人账户家庭共济): for whom the documents let it pay.

An account of the province pays for members of the family who are insured in the province. What the documents leave out
is not asked: without a number of members there is no limit.

Source: 唐医保函〔2024〕45号 三(四)1.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from policy.cited import Cited
from policy.schema.enrollment import Registration

SELF = "self"


class MisfitKind(StrEnum):
    """What of a payment from a family account does not fit."""

    NO_RULE = "no_rule"
    NUMBER = "number"
    AREA = "area"
    RELATION = "relation"
    MEMBERS = "members"


@dataclass(frozen=True, slots=True)
class Misfit:
    """Why an account may not pay, in words that name what the payment says and the clause."""

    kind: MisfitKind
    said: str


@dataclass(frozen=True, slots=True)
class AccountPayer:
    """Whose account paid, as the tax authority says; the full number is not kept.

    :param number_fits: whether the number can be anybody's
    :param relation: code of what the insured person is to the holder, "self", "other", or empty = not said
    :param area_code: division of the holder's employee insurance, empty = not said
    """

    name: str
    id_index: bytes | None
    masked_id_number: str
    number_fits: bool
    relation: str
    area_code: str


def account_misfit(
    rules: Registration | None, payer: AccountPayer, *, insured_in: Collection[str], members: int
) -> Misfit | None:
    """Return why the account may not pay this premium; null = it may.

    :param insured_in: codes of the divisions the person is insured in, the nearest and those above it
    :param members: people the account has paid the year's premium for, this one included
    """
    if rules is None or rules.family_account_province is None or rules.family_account_relations is None:
        return Misfit(MisfitKind.NO_RULE, "已生效的文件没有规定个人账户家庭共济缴费")
    if not payer.number_fits:
        return Misfit(MisfitKind.NUMBER, f"账户持有人证件号码“{payer.masked_id_number or '未填'}”有误")
    return (
        _outside(rules, payer, insured_in)
        or _no_relative(rules.family_account_relations, payer)
        or _too_many(rules, members)
    )


def _outside(rules: Registration, payer: AccountPayer, insured_in: Collection[str]) -> Misfit | None:
    holder, insured = rules.family_account_payer_province, rules.family_account_province
    if holder is not None and not lies_in(payer.area_code, holder.value):
        where = payer.area_code or "未填"
        return Misfit(
            MisfitKind.AREA, f"账户持有人参保地“{where}”不在 {holder.value} 范围内（{holder.clause}）"
        )
    if insured is not None and insured.value not in insured_in:
        return Misfit(MisfitKind.AREA, f"参保人不在 {insured.value} 范围内参保（{insured.clause}）")
    return None


def _no_relative(allowed: Cited[tuple[str, ...]], payer: AccountPayer) -> Misfit | None:
    if payer.relation in allowed.value:
        return None
    told = {"": "没有写与账户持有人的关系", SELF: "账户持有人与参保人是同一人"}
    said = told.get(payer.relation, "与账户持有人的关系不在规定范围内")
    return Misfit(MisfitKind.RELATION, f"{said}（{allowed.clause}）")


def _too_many(rules: Registration, members: int) -> Misfit | None:
    most = rules.family_account_most_members
    if most is None or members <= most.value:
        return None
    return Misfit(
        MisfitKind.MEMBERS, f"该账户本年度已缴 {members - 1} 人，最多 {most.value} 人（{most.clause}）"
    )


def lies_in(code: str, division: str) -> bool:
    """Return whether a GB/T 2260 code is a division's or of one below it: 130283 lies in 130000."""
    while division.endswith("00"):
        division = division.removesuffix("00")
    return bool(code) and code.startswith(division)
