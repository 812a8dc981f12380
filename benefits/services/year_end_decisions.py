"""What a second person does with a computed year end: approve, send back, and take it back as a whole."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from benefits.batch.incentive_differences import people_elsewhere
from benefits.batch.run_tables import attach, detach, digest_of, hold_still
from benefits.models import UNDECIDED, IncentiveRun, RunState
from benefits.selectors.incentive_dependents import dependents_of
from benefits.services.closing_lock import hold_off_settlements
from benefits.services.year_end import year_end_by
from exchange.models import Job, JobStatus
from exchange.services.jobs import KeyRange, cancel_job, open_job
from policy.errors import DomainError

KIND = "follow_year_end"


class YearEndRefused(DomainError):
    """The run is not in a state for that, or not by this person, or not as it was shown."""

    code = "year_end_refused"


class YearEndInUse(DomainError):
    """Something stands on the run already."""

    code = "year_end_in_use"


@transaction.atomic
def approve_year_end(*, run_id: int, user: AbstractBaseUser, reason: str) -> IncentiveRun:
    """Put a proposal in force as it was shown, and queue what follows from it (`follow_chunk`).

    Nobody settles meanwhile: a claim is settled by the caps of before and settled anew afterwards, or by the new ones.

    :raises YearEndRefused: if it does not wait for approval, `user` proposed it, no reason is given, its rows are not
        those shown, or somebody in it was counted by another area meanwhile
    :raises PolicyChanged: if another policy came into force since it was computed
    """
    run = _decided(run_id, user, reason, but_not_by="started_by", state=RunState.PROPOSED)
    year_end_by(run)
    _one_at_a_time(run.year)
    hold_still(run.pk)
    if digest_of(run.pk) != run.digest:
        raise YearEndRefused("结果在核算后被改动过，与展示的不一致，不能生效；请退回后重新核算")
    if elsewhere := people_elsewhere(run):
        raise YearEndRefused(
            f"有 {elsewhere} 人已由其他统筹地区核算并生效，请退回后重新核算", people=elsewhere
        )
    hold_off_settlements()
    attach(run.pk, year=run.year, area_id=run.area_id)
    run.state, run.applied_at = RunState.APPLIED, run.decided_at
    run.following = _following(run, user)
    run.save(update_fields=["state", "applied_at", "following", "decided_by", "decided_at", "reason"])
    return run


@transaction.atomic
def reject_year_end(*, run_id: int, user: AbstractBaseUser, reason: str) -> IncentiveRun:
    """Send a proposal back; its rows stay to be looked at, and another run may be made.

    :raises YearEndRefused: if it does not wait for approval, or no reason is given
    """
    run = _decided(run_id, user, reason, state=RunState.PROPOSED)
    run.state = RunState.REJECTED
    run.save(update_fields=["state", "decided_by", "decided_at", "reason"])
    return run


@transaction.atomic
def cancel_year_end(*, run_id: int, user: AbstractBaseUser | None, reason: str) -> IncentiveRun:
    """Give up a run that is not decided, before its next chunk.

    :raises YearEndRefused: if it is decided, or no reason is given
    """
    run = _decided(run_id, user, reason, state=UNDECIDED)
    assert run.job is not None
    if run.job.status != JobStatus.DONE:
        cancel_job(job=run.job)
    run.state = RunState.CANCELLED
    run.save(update_fields=["state", "decided_by", "decided_at", "reason"])
    return run


@transaction.atomic
def undo_year_end(*, run_id: int, user: AbstractBaseUser, reason: str) -> IncentiveRun:
    """Take an applied run out of force as a whole; its rows stay its own, and another run may be made.

    :raises YearEndRefused: if it is not in force, what followed from it is still being done, somebody
        reads the year for longer than five seconds, or no reason is given
    :raises YearEndInUse: if claims, corrections or a later year stand on it, naming how many
    """
    run = _locked(run_id)
    _refuse(run, state=RunState.APPLIED, reason=reason)
    if run.following is not None and run.following.status != JobStatus.DONE:
        raise YearEndRefused("生效后的重新结算还没有办完，请办完后再撤销")
    _one_at_a_time(run.year)
    hold_off_settlements()
    if dependents := dependents_of(run):
        raise YearEndInUse(f"已有{dependents.said}以此为依据，不能整批撤销", **dependents.numbers)
    try:
        detach(run.pk, year=run.year)
    except OperationalError as busy:
        raise YearEndRefused("有统计或导出正在读取该年度的激励状态，请稍后再撤销") from busy
    run.state, run.undone_at, run.undo_reason = RunState.UNDONE, timezone.now(), reason.strip()
    run.undone_by_id = user.pk
    run.save(update_fields=["state", "undone_at", "undone_by", "undo_reason"])
    return run


def _locked(run_id: int) -> IncentiveRun:
    return (
        IncentiveRun.objects.select_for_update(of=("self",))
        .select_related("area", "job", "following")
        .get(pk=run_id)
    )


def _decided(
    run_id: int,
    user: AbstractBaseUser | None,
    reason: str,
    *,
    state: RunState | tuple[RunState, ...],
    but_not_by: str = "",
) -> IncentiveRun:
    """Return the run with who decides on it, when and why, unsaved."""
    run = _locked(run_id)
    _refuse(run, state=state, reason=reason)
    if but_not_by and user is not None and getattr(run, f"{but_not_by}_id") == user.pk:
        raise YearEndRefused("发起人不能复核自己的核算")
    run.decided_by_id = user.pk if user else None
    run.decided_at, run.reason = timezone.now(), reason.strip()
    return run


def _refuse(run: IncentiveRun, *, state: RunState | tuple[RunState, ...], reason: str) -> None:
    if run.state not in ((state,) if isinstance(state, RunState) else state):
        raise YearEndRefused(f"该批次{run.get_state_display()}，不能这样办理", state=run.state)
    if not reason.strip():
        raise YearEndRefused("请填写原因")


def _one_at_a_time(year: int) -> None:
    """Let areas put a year in force one after the other: a person may be in the rows of two."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"states in force:{year}"])


def _following(run: IncentiveRun, user: AbstractBaseUser) -> Job:
    assert run.job is not None
    parts = run.job.chunks.order_by("seq").values_list("from_key", "to_key", "done_rows")
    return open_job(
        kind=KIND,
        params={"area": run.area.code, "year": run.year, "run": run.pk},
        ranges=[KeyRange(*part) for part in parts],
        area=run.area,
        user=user,
    )
