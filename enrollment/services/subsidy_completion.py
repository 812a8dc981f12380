"""Shares of one area and year put right when a reviewer asks (补齐财政补助分担): looked at first, then by a worker.

Every night does the same for everybody whom something changed for; nobody has to wait for it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import QuerySet

from enrollment.batch.subsidy_shares import Share, years_alike
from enrollment.services.complete_subsidies import complete_subsidies
from enrollment.services.subsidies import Missing, SubsidyLedger, questions
from exchange.models import UNDER_WAY, Job, JobChunk
from exchange.services.jobs import KeyRange, open_job, run_chunks
from policy.errors import DomainError
from policy.money import ZERO
from policy.selectors import approved_policy
from registry.models import Area

KIND = "complete_subsidies_asked"


class NothingToComplete(DomainError):
    """Everybody's shares stand as the law says, or nobody can say how they should."""

    code = "subsidies_complete"


class CompletionUnderWay(DomainError):
    """A worker puts the shares of the area and year right already."""

    code = "subsidies_under_way"


@dataclass(slots=True)
class Gap:
    """People whose shares of a component stand otherwise than the law says now.

    :ivar bare: those of them who hold no share of it at all
    :ivar held: yuan on record for them
    :ivar due: yuan by the law
    """

    people: int = 0
    bare: int = 0
    held: Decimal = ZERO
    due: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Completion:
    """What putting right would change, by component, and what nobody can say, in words."""

    gaps: dict[str, Gap] = field(default_factory=dict)
    silent: list[str] = field(default_factory=list)

    @property
    def people(self) -> int:
        """How many shares are put right, a person of two components counted twice."""
        return sum(gap.people for gap in self.gaps.values())


def planned_completion(*, area: Area, year: int) -> Completion:
    """Return what putting the shares right of who paid `year` in pooling areas at or below `area` would change.

    The queries grow with the policies and classes of the area, not with its people.
    """
    ledger, missing, found = SubsidyLedger(), Missing(), Completion()
    for alike in years_alike(area=area, coverage_year=year):
        policy = approved_policy(alike.policy_key)
        for split in ledger.splits(policy, alike.path, claim_year=alike.claim_year, missing=missing):
            held = alike.rows_of(split.component)
            if split.rows == held:
                continue
            gap, people = found.gaps.setdefault(split.component, Gap()), len(alike.contributions)
            gap.people += people
            gap.bare += 0 if held else people
            gap.held += people * _sum_of(held)
            gap.due += people * _sum_of(split.rows)
    found.silent.extend(sorted(f"{case.title}：{case.reason}" for case in questions(missing)))
    return found


def open_completion(*, area: Area, year: int, user: AbstractBaseUser) -> Job:
    """Open the job that puts the shares of an area and year right.

    :raises NothingToComplete: if there is nothing to put right
    :raises CompletionUnderWay: if another job of the area and year is not done yet
    """
    planned = planned_completion(area=area, year=year)
    if not planned.people:
        raise NothingToComplete("各人的分担与现行规定一致，没有需要补齐的。")
    if _waiting().filter(area=area, params__year=year).exists():
        raise CompletionUnderWay("该地区该年度正在补齐，请到“后台任务”查看进度。")
    whole = KeyRange(first=year, last=year, rows=planned.people)
    return open_job(kind=KIND, params={"year": year}, ranges=[whole], area=area, user=user)


def run_completion(*, job_id: int) -> Job:
    """Do what a job asks, unless another worker is at it or it is done; running it twice is harmless."""
    job = Job.objects.select_related("area", "created_by").get(pk=job_id)
    area = job.area
    assert area is not None

    def work(chunk: JobChunk) -> int:
        return complete_subsidies(area=area, years=[chunk.from_key], user=job.created_by)

    return run_chunks(job=job, work=work)


def completions_waiting() -> list[int]:
    """Return the keys of the jobs that a worker is to do."""
    return list(_waiting().order_by("pk").values_list("pk", flat=True))


def _waiting() -> QuerySet[Job]:
    return Job.objects.filter(kind=KIND, status__in=UNDER_WAY)


def _sum_of(shares: Iterable[Share]) -> Decimal:
    return sum((amount for _, _, _, amount, _ in shares), ZERO)
