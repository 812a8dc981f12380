"""Shares as they should be: what could not be shared out when the money came, and what has been put right since.

A class, a ratio or a standard may be entered or put right later. What stands otherwise than the law says now is taken
back, on record with its reason, and written anew. Applications see it: a draft asks by the new shares, what was
submitted or signed is counted off by the next application, which asks for the new shares instead.
"""

from itertools import chain

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from casework.services import open_cases
from enrollment.batch.subsidy_shares import Alike, Split, take_back_shares, write_shares, years_alike
from enrollment.models import ContributionPeriod, ContributionState
from enrollment.services.subsidies import Missing, SubsidyLedger, close_answered_questions, questions
from policy.selectors import approved_policy
from registry.models import Area

CHUNK = 2_000
PUT_RIGHT = "财政分类、分担比例或补助标准已补录或更正，按现行规定重新分担"


def complete_all_subsidies() -> int:
    """Put the shares of every year and place right; return how many people's changed."""
    tops = list(Area.objects.filter(parent=None).order_by("path"))
    return sum(complete_subsidies(area=area) for area in tops)


def complete_subsidies(*, area: Area, user: AbstractBaseUser | None = None) -> int:
    """Put the shares right of all who paid in pooling areas at or below `area`; return how many years' changed.

    Each component is looked at by itself. What nobody can say stays as it is and is asked once; the question is closed
    as soon as somebody can.
    """
    began = timezone.now()
    ledger, missing = SubsidyLedger(), Missing()
    changed: set[int] = set()
    for year in _paid_years():
        for alike in years_alike(area=area, coverage_year=year):
            policy = approved_policy(alike.policy_key)
            due = ledger.splits(policy, alike.path, claim_year=alike.claim_year, missing=missing)
            wrong = [split for split in due if split.rows != alike.rows_of(split.component)]
            if wrong:
                changed.update(_put_right(alike, wrong, user=user))
    open_cases(cases=questions(missing), user=user)
    close_answered_questions(missing, area=area, asked_before=began, user=user)
    return len(changed)


def _paid_years() -> list[int]:
    years = ContributionPeriod.objects.filter(state=ContributionState.PAID).exclude(policy_key="")
    return sorted(years.order_by().values_list("coverage_year", flat=True).distinct())


def _put_right(alike: Alike, wrong: list[Split], *, user: AbstractBaseUser | None) -> list[int]:
    keys = alike.contributions
    return list(
        chain.from_iterable(
            _put_chunk_right(keys[start : start + CHUNK], wrong, user=user)
            for start in range(0, len(keys), CHUNK)
        )
    )


@transaction.atomic
def _put_chunk_right(keys: list[int], wrong: list[Split], *, user: AbstractBaseUser | None) -> list[int]:
    """Write the shares of those who are still paid: a reversal meanwhile has taken theirs back for good."""
    locked = ContributionPeriod.objects.select_for_update(of=("self",)).order_by("pk")
    paid = list(locked.filter(pk__in=keys, state=ContributionState.PAID).values_list("pk", flat=True))
    for split in wrong:
        take_back_shares(paid, component=split.component, reason=PUT_RIGHT, user=user)
    write_shares(dict.fromkeys(wrong, paid))
    return paid
