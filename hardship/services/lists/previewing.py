"""See what saying the meaning of a name would do: at once of few rows, of many by a worker, for whoever asked."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, QuerySet

from exchange.models import UNDER_WAY, BatchStatus, InboundBatch, InboundRow, Job, JobChunk
from exchange.selectors import scoped_batches
from exchange.services.jobs import KeyRange, finish_job, open_job, run_chunks
from hardship.models import CategoryAlias
from hardship.selectors.mapping_marks import mapping_mark
from hardship.selectors.names import UNKNOWN
from hardship.selectors.waiting_names import rows_waiting_for
from hardship.services.lists.held import apply_held
from hardship.services.lists.locking import change_meanings
from hardship.services.lists.naming import map_identity_name, say_meaning
from hardship.services.lists.replanning import are_many
from hardship.services.lists.trying_again import lists_reviewed_by
from policy.conditions import Scalar
from policy.errors import DomainError

PREVIEWING = "preview_name"
SHOWN = 20


class PreviewedList(NamedTuple):
    """What a mapping would do to a list in force: its rows by outcome.

    :param is_theirs: who maps the name has them take effect; rows of others' lists are left to their people
    """

    batch: InboundBatch
    counts: Counter[str]
    is_theirs: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What a mapping would do: rows by list in force and outcome, and some of them in words.

    :param waiting: rows of lists that wait for confirmation; they are only compared anew
    :param samples: (name, masked number, what would become of the row)
    :param mark: tells what it rests on from what it would rest on later
    """

    applied: Sequence[PreviewedList]
    waiting: int
    samples: Sequence[tuple[str, str, str]]
    mark: str


class PreviewOutdated(DomainError):
    """Somebody saw what another mapping would do, or lists came into force, were taken back or planned anew."""

    code = "preview_outdated"

    def __init__(self) -> None:
        super().__init__(
            "预览以后所填对照改了，或清单有变动（生效、退回、撤销、重新比对），请重新预览后再确认"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a name is said to mean, as of `map_identity_name`, and who wants to know what that does.

    :param may_map: false = the user only looks, and sees what a reviewer of the same areas would have take effect
    """

    name: str
    category: str
    user: User
    attributes: Mapping[str, Scalar] = field(default_factory=dict)
    also: Sequence[str] = ()
    may_map: bool = True

    @property
    def own(self) -> QuerySet[InboundBatch]:
        """Return the lists whose rows would take effect at once."""
        return lists_reviewed_by(self.user) if self.may_map else scoped_batches(self.user)

    @property
    def seen(self) -> QuerySet[InboundBatch]:
        """Return the lists that are told of."""
        return scoped_batches(self.user)

    def say(self) -> CategoryAlias:
        """Say it, in a transaction that the caller takes back."""
        return say_meaning(
            name=self.name,
            category=self.category,
            attributes=self.attributes,
            also=self.also,
            reason="预览",
            user=self.user,
        )


def preview_mapping(**said: Any) -> Preview:
    """Return what mapping a name would do now: it is really done, and taken back before anybody sees it.

    Only lists of areas the user may see are told of.

    :param said: as `Said`
    :raises UnknownCategory, AttributeNotCarried, NameAlreadyKnown: as `map_identity_name`
    """
    return _preview(_tried(Said(**said)))


def open_preview(**said: Any) -> Job | None:
    """Open the job that looks what mapping a name would do; null = rows are few: `preview_mapping` does it at once.

    :param said: as `Said`
    :raises UnknownCategory, AttributeNotCarried, NameAlreadyKnown: as `map_identity_name`
    """
    meant = Said(**said)
    with transaction.atomic():
        rows = rows_waiting_for(meant.say(), meant.seen).count()
        transaction.set_rollback(True)
    if not are_many(rows):
        return None
    asked = {
        "name": meant.name,
        "category": meant.category,
        "attributes": dict(meant.attributes),
        "also": list(meant.also),
        "may_map": meant.may_map,
    }
    return open_job(
        kind=PREVIEWING,
        params={"asked": asked},
        ranges=[KeyRange(first=1, last=1, rows=rows)],
        user=meant.user,
    )


def run_preview(*, job_id: int) -> Job:
    """Look what a job asks, unless another worker is at it or it is done; what was found is kept with the job."""
    job = Job.objects.select_related("created_by").get(pk=job_id)
    refusals: list[str] = []

    def work(_chunk: JobChunk) -> int:
        try:
            found = _tried(Said(user=job.created_by, **job.params["asked"]))
        except DomainError as refusal:
            refusals.append(refusal.message)
            raise
        Job.objects.filter(pk=job.pk).update(params={**job.params, "found": found})
        return job.total

    done = run_chunks(job=job, work=work)
    return finish_job(job=done, message=refusals[-1]) if refusals else done


def preview_of(job: Job) -> Preview:
    """Return what a job that is done found.

    :raises PreviewOutdated: if lists changed since
    :raises UnknownCategory, AttributeNotCarried, NameAlreadyKnown: as `map_identity_name` by now
    """
    found = _preview(job.params["found"])
    refuse_outdated_preview(Said(user=job.created_by, **job.params["asked"]), seen=found.mark)
    return found


def refuse_outdated_preview(said: Said, *, seen: str) -> None:
    """Refuse a mapping of which somebody saw otherwise what it does.

    :param seen: the `Preview.mark` of what they saw; empty = whatever it does by now
    :raises PreviewOutdated: if lists changed since
    :raises UnknownCategory, AttributeNotCarried, NameAlreadyKnown: as `map_identity_name`
    """
    if not seen:
        return
    with transaction.atomic():
        mark = mapping_mark(said.say(), said.seen)
        transaction.set_rollback(True)
    if mark != seen:
        raise PreviewOutdated


@transaction.atomic
def map_as_seen(*, seen: str = "", reason: str, **said: Any) -> CategoryAlias:
    """Say what a name in lists means, as `map_identity_name`, if that does what somebody saw.

    :param seen: as of `refuse_outdated_preview`, whose refusals this raises too
    :param said: as `Said`
    """
    change_meanings()  # nobody plans or applies from here on
    refuse_outdated_preview(Said(**said), seen=seen)
    return map_identity_name(**said, reason=reason)


def previews_waiting() -> list[int]:
    """Return the keys of the jobs that a worker is to do."""
    jobs = Job.objects.filter(kind=PREVIEWING, status__in=UNDER_WAY)
    return list(jobs.order_by("pk").values_list("pk", flat=True))


def _tried(said: Said) -> dict[str, Any]:
    """Return what saying it does, by keys and in words, and take it back."""
    theirs = set(said.own.values_list("pk", flat=True))
    with transaction.atomic():
        alias = said.say()
        mark = mapping_mark(alias, said.seen)
        waiting = rows_waiting_for(alias, said.seen)
        keys = list(waiting.order_by("pk").values_list("pk", flat=True))
        apply_held(user=said.user, codes=[UNKNOWN], own=said.own, among=waiting)
        rows = InboundRow.objects.filter(pk__among=keys).exclude(code=UNKNOWN)
        counted = rows.order_by("batch_id", "outcome").values_list("batch_id", "outcome")
        counts: dict[int, dict[str, int]] = {}
        for batch_id, outcome, number in counted.annotate(rows=Count("pk")):
            counts.setdefault(batch_id, {})[outcome] = number
        samples = [
            (row.payload["name"], row.payload["id_number"], row.message)
            for row in rows.order_by("batch_id", "number")[:SHOWN]
        ]
        transaction.set_rollback(True)
    lists = [[pk, found, pk in theirs] for pk, found in counts.items()]
    return {"lists": lists, "samples": samples, "mark": mark}


def _preview(found: Mapping[str, Any]) -> Preview:
    batches = InboundBatch.objects.select_related("area").in_bulk([pk for pk, *_ in found["lists"]])
    told = [
        PreviewedList(batches[pk], Counter(counts), is_theirs=mine) for pk, counts, mine in found["lists"]
    ]
    return Preview(
        applied=[each for each in told if each.batch.status == BatchStatus.APPLIED],
        waiting=sum(each.counts.total() for each in told if each.batch.status != BatchStatus.APPLIED),
        samples=[(name, number, words) for name, number, words in found["samples"]],
        mark=found["mark"],
    )
