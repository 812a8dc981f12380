"""What follows once a year end is in force: late facts correct states, claims that met an old limit settle anew."""

from benefits.batch.incentives import YearEnd, outdated
from benefits.batch.run_tables import people_between
from benefits.models import IncentiveRun
from benefits.selectors.laws import Laws
from benefits.selectors.near_limits import people_near_limits
from benefits.services.closing_lock import hold_off_closing
from benefits.services.refresh_states import refresh_states
from benefits.services.resettle import resettle_year
from exchange.models import JobChunk
from exchange.services.jobs import Done
from registry.services import lock_residents


def follow_chunk(chunk: JobChunk, *, run: IncentiveRun) -> Done:
    """Bring a range of people up to a run in force: whose facts changed since it was computed, and claims.

    What was approved is in force as it was shown; who would have another state by what is on record now is corrected
    as by any late fact, with the run's name on the correction. Then claims of the year after are settled anew where
    they may have met the cap, or the limit by continuous years, of before.
    """
    hold_off_closing()
    near = people_near_limits(area=run.area, year=run.year + 1).filter(
        resident_id__gte=chunk.from_key, resident_id__lte=chunk.to_key
    )
    stale = _stale(run, chunk)
    people = sorted({*stale, *near.values_list("resident_id", flat=True)})
    lock_residents(people)
    corrected = refresh_states(
        resident_ids=stale,
        year=run.year,
        reason=f"{run.year}年终激励核算后有变化，按最新记录更正",
        user=run.decided_by,
        run=run,
    )
    resettled = sum(
        len(
            resettle_year(
                resident_id=resident_id,
                coverage_year=run.year + 1,
                user=run.decided_by,
                reason=f"{run.year}年终激励核算后重新结算",
            )
        )
        for resident_id in near.order_by("resident_id").values_list("resident_id", flat=True)
    )
    people_done = people_between(run.pk, chunk.from_key, chunk.to_key)
    return Done(people_done, {"corrected": corrected, "resettled": resettled})


def _stale(run: IncentiveRun, chunk: JobChunk) -> list[int]:
    """Return whose facts changed; nobody's where the law did: a changed law asks for a run of its own."""
    policy = Laws({run.area_id: run.area.path}).of(run.area_id, run.year)
    if policy.digest != run.policy_digest:
        return []
    end = YearEnd.under(policy, year=run.year, area_id=run.area_id)
    return outdated(end, run_id=run.pk, first=chunk.from_key, last=chunk.to_key)
