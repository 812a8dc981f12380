"""What stands on a year end in force, so that it can be taken back as a whole no more."""

from contextlib import suppress
from dataclasses import dataclass

from django.db.models import QuerySet

from benefits.models import (
    UNDECIDED,
    Claim,
    ClaimState,
    IncentiveRevision,
    IncentiveRun,
    IncentiveState,
    RunState,
)
from benefits.selectors.laws import Laws, limits_by_years
from benefits.selectors.near_limits import people_near_limits
from policy.errors import DomainError


@dataclass(frozen=True, slots=True)
class Dependents:
    """How many of each kind stand on a run; true where there are any.

    :param claims: claims of the year after that met the cap, or used what it was raised by, or go by counted years
    :param corrections: of its states, by facts that came after it was in force
    :param later: the area's run of the year after; null = none
    """

    claims: int
    corrections: int
    later: IncentiveRun | None

    def __bool__(self) -> bool:
        return bool(self.claims or self.corrections or self.later)

    @property
    def said(self) -> str:
        """Return them in words."""
        parts = [
            f"次年结算 {self.claims} 笔" if self.claims else "",
            f"更正 {self.corrections} 人次" if self.corrections else "",
            f"{self.later.year} 年度核算（批次 {self.later.pk}）" if self.later else "",
        ]
        return "、".join(filter(None, parts))

    @property
    def numbers(self) -> dict[str, int]:
        """Return them as numbers, for programs."""
        return {
            "claims": self.claims,
            "corrections": self.corrections,
            "later": self.later.pk if self.later else 0,
        }


def dependents_of(run: IncentiveRun) -> Dependents:
    """Return what stands on a run in force."""
    return Dependents(
        claims=claims_on(run).count(),
        corrections=_corrections(run).count(),
        later=IncentiveRun.objects.filter(
            area=run.area, year__gt=run.year, state__in=[*UNDECIDED, RunState.APPLIED]
        )
        .order_by("year")
        .first(),
    )


def claims_on(run: IncentiveRun) -> QuerySet[Claim]:
    """Return the claims of the year after that stand on a run: reckoned since, at a cap or by years it counted."""
    claims = Claim.objects.filter(
        pooling_area=run.area,
        coverage_year=run.year + 1,
        state=ClaimState.SETTLED,
        reckoned_at__gt=run.applied_at,
    )
    with suppress(DomainError):  # no policy for that year yet: no limit of it goes by years
        if limits_by_years(Laws({run.area_id: run.area.path}).of(run.area_id, run.year + 1)):
            return claims
    near = people_near_limits(area=run.area, year=run.year + 1)
    return claims.filter(resident__in=near.values("resident"))


def _corrections(run: IncentiveRun) -> QuerySet[IncentiveRevision]:
    """Return the corrections by facts that came by themselves; those the run brought about go with it."""
    people = IncentiveState.objects.filter(year=run.year, area_id=run.area_id).values("resident_id")
    since = IncentiveRevision.objects.filter(year=run.year, changed_at__gt=run.applied_at)
    return since.filter(run=None, resident_id__in=people)
