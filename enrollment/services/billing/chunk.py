"""One chunk of a billing: hold the people, find who is alike, register and quote them, say who is left out."""

from collections.abc import Collection

from django.contrib.auth.base_user import AbstractBaseUser
from django.utils import timezone

from enrollment.batch.billing import Bill, note_left_out, people_of, write_contributions, write_registrations
from enrollment.batch.billing_people import Alike, find_people, lock_range, refuse_alike
from enrollment.services.billing.asking import asked_of
from enrollment.services.billing.checks import check_sample
from enrollment.services.billing.groups import Groups
from enrollment.services.contributions import REASON_LENGTH
from exchange.models import JobChunk
from exchange.services.jobs import Done
from hardship.services.grants import GrantDecision, save_grants

GROUP, LEFT_OUT = "group:", "left:"


class ChunkIncomplete(Exception):
    """Fewer rows came out than people were to be billed; the chunk must not commit."""


def plan_chunk(chunk: JobChunk, groups: Groups) -> Done:
    """Find out what billing a range of residents would do; only the run's own tables are written."""
    found = _found(chunk, groups)
    return _done(found, _quoted(found, groups), _left_out(chunk, groups))


def bill_chunk(chunk: JobChunk, groups: Groups, *, user: AbstractBaseUser | None) -> Done:
    """Register and quote everybody of a range who is to be billed.

    People are held before their facts are read and before the clock is looked at (docs/decisions/0011).

    :raises ChunkIncomplete: if not everybody got a registration and a contribution
    :raises GroupDisagrees: if somebody of a random sample would not get what the rules give them
    """
    found = _found(chunk, groups, locks=True)
    left_out = _left_out(chunk, groups)
    billed = _quoted(found, groups)
    if billed:
        _write(groups, billed, user=user)
    return _done(found, billed, left_out)


def _found(chunk: JobChunk, groups: Groups, *, locks: bool = False) -> list[Alike]:
    asked = asked_of(groups.run)
    if locks:
        lock_range(asked, first=chunk.from_key, last=chunk.to_key)
    found = find_people(asked, first=chunk.from_key, last=chunk.to_key)
    groups.learn(found)
    refuse_alike({each.key: groups.refused[each.key].code for each in found if each.key in groups.refused})
    return found


def _quoted(found: Collection[Alike], groups: Groups) -> list[Alike]:
    return [each for each in found if each.key in groups.quotes]


def _left_out(chunk: JobChunk, groups: Groups) -> dict[str, int]:
    return note_left_out(run_id=groups.run.pk, first=chunk.from_key, last=chunk.to_key)


def _write(groups: Groups, billed: Collection[Alike], *, user: AbstractBaseUser | None) -> None:
    policies = sorted({groups.quotes[each.key].policy_key for each in billed})
    bill = Bill(
        run_id=groups.run.pk,
        coverage_year=groups.run.coverage_year,
        day=groups.run.pay_day,
        decided_at=timezone.now(),
        reason=f"bill {'、'.join(policies)}"[:REASON_LENGTH],
        user=user,
    )
    registered = write_registrations(bill)
    quoted = write_contributions(bill, grants=_granted(bill, groups, billed))
    people = sum(each.people for each in billed)
    if (registered, quoted) != (people, people):
        raise ChunkIncomplete(f"{people} to be billed, {registered} registered, {quoted} quoted")
    check_sample(groups)


def _granted(bill: Bill, groups: Groups, billed: Collection[Alike]) -> dict[int, int]:
    """Store the grants of those whose quotes hold one; return resident → grant."""
    aided = [each.key for each in billed if groups.quotes[each.key].dues.grant]
    decisions = []
    for resident_id, key in people_of(aided):
        quote = groups.quotes[key]
        assert quote.dues.grant is not None
        decisions.append(
            GrantDecision(
                resident_id=resident_id,
                coverage_year=bill.coverage_year,
                grant=quote.dues.grant,
                policy_key=quote.policy_key,
                decided_on=bill.day,
                decided_at=bill.decided_at,
                trace=quote.dues.steps_of_grant,
            )
        )
    grants = save_grants(decisions=decisions, reason=bill.reason, user=bill.user)
    return {resident_id: grant.pk for resident_id, grant in grants.items()}


def _done(found: Collection[Alike], billed: Collection[Alike], left_out: dict[str, int]) -> Done:
    counts = {f"{GROUP}{each.key}": each.people for each in found}
    counts |= {f"{LEFT_OUT}{reason}": people for reason, people in left_out.items()}
    return Done(sum(each.people for each in billed) + sum(left_out.values()), counts)
