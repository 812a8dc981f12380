"""Shares as they should be: what could not be shared out when the money came, and what has been put right since.

A class, a ratio or a standard may be entered or put right later. What stands otherwise than the law says now is taken
back, on record with its reason, and written anew. Applications see it: a draft asks by the new shares, what was
submitted or signed is counted off by the next application, which asks for the new shares instead.
"""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable
from itertools import chain

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from casework.services import open_cases
from enrollment.batch.subsidy_shares import (
    Alike,
    Changed,
    Split,
    shares_held,
    take_back_shares,
    write_shares,
    years_alike,
)
from enrollment.models import ContributionPeriod, ContributionState
from enrollment.rules.financing import subsidies
from enrollment.services.subsidies import Missing, SubsidyLedger, close_answered_questions, questions
from exchange.models import Job, JobStatus
from exchange.services.jobs import finish_job, open_job
from policy.models import PolicyVersion
from policy.selectors import approved_policy
from registry.models import Area, AreaFiscalClass

KIND = "complete_subsidies"
WHOLE_EVERY = datetime.timedelta(days=7)
OVERLAP = datetime.timedelta(hours=6)  # above the longest import: its rows appear when it commits
CHUNK = 2_000
PUT_RIGHT = "财政分类、分担比例或补助标准已补录或更正，按现行规定重新分担"


def complete_all_subsidies() -> int:
    """Put the shares of every year and place right; return how many people's changed."""
    until = timezone.now()
    since = changed_since(until=until)
    tops = list(Area.objects.filter(parent=None).order_by("path"))
    changed = sum(complete_subsidies(area=area, since=since) for area in tops)
    look = open_job(kind=KIND, params={"until": until, "is_whole": since is None}, ranges=[])
    finish_job(job=look, message=f"重新分担 {changed} 人次")
    return changed


def changed_since(*, until: datetime.datetime) -> datetime.datetime | None:
    """Return since when facts of single people may have changed; null = anybody's shares may be wrong.

    That is so when the law, a class or an area has changed since the last look, or nobody has looked at all for long.
    """
    looks = Job.objects.filter(kind=KIND, status=JobStatus.DONE).order_by("-created_at")
    if not looks.filter(params__is_whole=True, created_at__gte=until - WHOLE_EVERY).exists():
        return None
    since = datetime.datetime.fromisoformat(looks.values_list("params__until", flat=True)[0]) - OVERLAP
    ruled = (
        PolicyVersion.objects.filter(approved_at__gte=since),
        AreaFiscalClass.history.filter(history_date__gte=since),
        Area.history.filter(history_date__gte=since),
    )
    return None if any(each.exists() for each in ruled) else since


def complete_subsidies(
    *,
    area: Area,
    since: datetime.datetime | None = None,
    years: Collection[int] | None = None,
    user: AbstractBaseUser | None = None,
) -> int:
    """Put the shares right of all who paid in pooling areas at or below `area`; return how many years' changed.

    Each component is looked at by itself. What nobody can say stays as it is and is asked once; the question is closed
    as soon as somebody can.

    :param since: look only at who lacks a share and at whom something changed since; null = at everybody
    :param years: look only at these coverage years; null = at all
    """
    began = timezone.now()
    ledger, missing = SubsidyLedger(), Missing()
    changed: set[int] = set()
    for year, keys in _paid_years().items():
        if years is not None and year not in years:
            continue
        narrowed = Changed(since, _due(keys)) if since is not None else None
        for alike in years_alike(area=area, coverage_year=year, changed=narrowed):
            policy = approved_policy(alike.policy_key)
            due = ledger.splits(policy, alike.path, claim_year=alike.claim_year, missing=missing)
            wrong = [split for split in due if split.rows != alike.rows_of(split.component)]
            if wrong:
                changed.update(_put_right(alike, wrong, user=user))
    open_cases(cases=questions(missing), user=user)
    if since is None and years is None:  # else what is asked about may not have been looked at
        close_answered_questions(missing, area=area, asked_before=began, user=user)
    return len(changed)


def _paid_years() -> dict[int, list[str]]:
    """Return the years somebody paid for → the policies they were paid under."""
    years = ContributionPeriod.objects.filter(state=ContributionState.PAID).exclude(policy_key="")
    found: defaultdict[int, list[str]] = defaultdict(list)
    for year, key in sorted(years.order_by().values_list("coverage_year", "policy_key").distinct()):
        found[year].append(key)
    return found


def _due(keys: Iterable[str]) -> list[tuple[str, str]]:
    """Return each policy with the components it gives a subsidy for."""
    pairs = []
    for key in keys:
        financing = approved_policy(key).financing
        if (year := financing.fiscal_year_for_coverage) is not None:
            pairs += [(key, component) for component in subsidies(financing, fiscal_year=year.value).value]
    return pairs


def _put_right(alike: Alike, wrong: list[Split], *, user: AbstractBaseUser | None) -> list[int]:
    keys = alike.contributions
    return list(
        chain.from_iterable(
            _put_chunk_right(keys[start : start + CHUNK], wrong, seen=alike, user=user)
            for start in range(0, len(keys), CHUNK)
        )
    )


@transaction.atomic
def _put_chunk_right(
    keys: list[int], wrong: list[Split], *, seen: Alike, user: AbstractBaseUser | None
) -> set[int]:
    """Write the shares of those who are still paid and hold what they were seen to hold; return whose.

    A reversal meanwhile has taken theirs back for good, and what another look has put right meanwhile stands.
    """
    locked = ContributionPeriod.objects.select_for_update(of=("self",)).order_by("pk")
    paid = list(locked.filter(pk__in=keys, state=ContributionState.PAID).values_list("pk", flat=True))
    due: dict[Split, list[int]] = {}
    for split in wrong:
        held, looked_at = shares_held(paid, component=split.component), seen.rows_of(split.component)
        due[split] = [key for key in paid if held.get(key, frozenset()) == looked_at]
        take_back_shares(due[split], component=split.component, reason=PUT_RIGHT, user=user)
    write_shares(due)
    return set(chain.from_iterable(due.values()))
