"""Three families in Tangshan: what each of them would pay for 2025, and why. Nobody is registered, nothing written."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

from enrollment.services.quote import quote_for_facts
from oversight.services.demo.story.account import Account
from policy.conditions import Identity, Person
from policy.policy import Policy
from policy.selectors import policy_for

AREAS = ("130203", "130200", "130000")
YEAR = 2025
PAID_ON = datetime.date(2024, 10, 12)
LONG_AGO = datetime.date(2021, 6, 1)
STATUS = {"inferred": "推定", "carried": "沿用", "assumed": "假定"}


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a family: who it is, and what is known of them."""

    who: str
    born_on: datetime.date
    identities: tuple[Identity, ...] = ()


FAMILIES: dict[str, tuple[Member, ...]] = {
    "甲家，农村特困老人独居": (
        Member(
            "本人",
            datetime.date(1951, 3, 2),
            (Identity("extreme_hardship", LONG_AGO, {"residence": "rural"}),),
        ),
    ),
    "乙家，脱贫户又突发严重困难": (
        Member(
            "户主",
            datetime.date(1978, 5, 9),
            (
                Identity("exited_poverty", LONG_AGO),
                Identity("sudden_hardship", LONG_AGO, {"risk_eliminated": False}),
            ),
        ),
        Member(
            "配偶，另有残疾二级",
            datetime.date(1980, 8, 21),
            (Identity("exited_poverty", LONG_AGO), Identity("severe_disability", LONG_AGO, {"level": 2})),
        ),
    ),
    "丙家，低收入家庭": (
        Member(
            "祖父，缴费当日满60周岁",
            datetime.date(1964, 10, 12),
            (Identity("low_income_household", LONG_AGO),),
        ),
        Member(
            "祖母，差一天满60周岁", datetime.date(1964, 10, 13), (Identity("low_income_household", LONG_AGO),)
        ),
        Member("孙子", datetime.date(2014, 4, 30), (Identity("low_income_household", LONG_AGO),)),
    ),
}


def quote_families(account: Account) -> None:
    """Tell what each member owes, what is assisted and what is left, with the working of one of them."""
    policy = policy_for(areas=AREAS, year=YEAR)
    for family, members in FAMILIES.items():
        account.line(f"{family}（{PAID_ON} 缴费）")
        for member in members:
            for text in _member(
                policy, member, with_working=member is FAMILIES["乙家，脱贫户又突发严重困难"][1]
            ):
                account.line(f"  {text}")


def _member(policy: Policy, member: Member, *, with_working: bool) -> Iterator[str]:
    person = Person(
        day=PAID_ON,
        coverage_year=YEAR,
        born_on=member.born_on,
        identities=member.identities,
        has_local_hukou=True,
        held_at_previous_year_end=frozenset(each.category for each in member.identities),
    )
    quote = quote_for_facts(policy=policy, person=person)
    dues = quote.dues
    yield f"{member.who}：应缴 {dues.due}，资助 {dues.assisted}，个人缴 {dues.payable} 元，待遇自 {dues.terms.start}"
    if with_working:
        for step in quote.trace:
            yield f"    {_step(step)}"


def _step(step: dict[str, str]) -> str:
    """Return a step of the working: what, how much, by which clause, and how sure that is."""
    doubt = STATUS.get(step.get("status", ""), "")
    clause = f"［{step['clause']}{'，' + doubt if doubt else ''}］" if step.get("clause") else ""
    return " ".join(filter(None, (step.get("label", ""), str(step.get("figure") or ""), clause)))
