"""Rows that wait for an answer: what a name means, or who a person is; applied once the answer is there."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import Count, Q, QuerySet

from exchange.models import (
    UNDER_WAY,
    BatchStatus,
    Decision,
    InboundBatch,
    InboundRow,
    RowOutcome,
    RowResolution,
)
from exchange.rules.endings import EndingsGuard
from exchange.services.batches import revise_rows
from hardship.rules.listed_identities import ENDINGS
from hardship.selectors.endings import endings_guard
from hardship.selectors.names import ANSWERED, UNKNOWN
from hardship.services.followers import have_followed
from hardship.services.lists.applying import execute
from hardship.services.lists.asking import put_questions_right
from hardship.services.lists.comparing import results_of
from hardship.services.lists.lines import AT_ONCE, IN_FORCE, chunks, line_in_force, put_back
from hardship.services.lists.locking import hold_meanings, take_turns
from hardship.services.lists.planning import PREFIX, put_results
from hardship.services.lists.twice_listed import set_aside_twice_done
from hardship.services.lists.views import view_of
from registry.batch.rewriting import rewrite_rows

UNKNOWN_PERSON = "unknown_person"
NEEDS_SECOND = "endings_need_second"
AWAKE = "replacing_list_undone"  # of a row that came out as it did only because another list was in force
ASKED_AGAIN = "list_undone"  # of somebody left out who was not ended only because of such a list
ANSWERABLE = (UNKNOWN, ANSWERED, UNKNOWN_PERSON, NEEDS_SECOND, AWAKE)
ASKED_BY = "asked_by"


@dataclass(frozen=True, slots=True)
class Consent:
    """Who has rows of a list in force take effect, and what they may do alone.

    :param user: null = nobody in person
    :param asked: of rows that waited for a second person, who was the first
    :param is_theirs: the list is one of the user's own areas; rows of others' lists are left to their people
    """

    user: AbstractBaseUser | None
    asked: Mapping[int, int | None] = field(default_factory=dict)
    is_theirs: bool = True

    @property
    def agreed(self) -> set[int]:
        """Return the rows about which this is the second person."""
        return {pk for pk, first in self.asked.items() if self.user is not None and first != self.user.pk}


@transaction.atomic
def apply_held(
    *,
    user: AbstractBaseUser | None = None,
    batch: InboundBatch | None = None,
    codes: Collection[str] = ANSWERABLE,
    own: QuerySet[InboundBatch] | None = None,
    among: QuerySet[InboundRow] | None = None,
) -> Counter[str]:
    """Look again at rows that wait, and apply those of lists in force whose question is answered; count outcomes.

    Rows of a list that waits for confirmation are only compared anew, unless a worker is applying it. What a later
    full list of the kind speaks of, about somebody of its area, is left to it: it says what holds now. Where a list
    in force would end more, with what it ended before, than one person may, the rows that end wait until somebody
    else looks again.

    :param batch: only this list; null = all
    :param codes: only rows that wait for such an answer
    :param among: only these rows; null = all
    :param own: lists whose rows the user may have take effect; those of others wait on, for their own people;
        null = all
    """
    hold_meanings()
    rows = InboundRow.objects.all() if among is None else among
    held = rows.filter(
        Q(batch__status=BatchStatus.APPLIED)
        | Q(batch__status=BatchStatus.PLANNED) & ~Q(batch__job__status__in=UNDER_WAY),
        outcome=RowOutcome.HELD,
        code__in=codes,
    )
    if batch is not None:
        held = held.filter(batch=batch)
    ids = held.order_by("batch_id").values_list("batch_id", flat=True).distinct()
    batches = InboundBatch.objects.filter(pk__in=list(ids), kind__startswith=PREFIX)
    theirs = None if own is None else set(own.filter(pk__in=batches).values_list("pk", flat=True))
    outcomes: Counter[str] = Counter()
    in_turn = batches.select_related("area").order_by("as_of", "pk").select_for_update(of=("self",))
    locked = [each for each in in_turn if each.status == BatchStatus.APPLIED or each.is_open_plan]
    take_turns(locked)
    for each in locked:
        outcomes += _looked_at_again(
            each, rows.filter(code__in=codes), user=user, is_theirs=theirs is None or each.pk in theirs
        )
    if outcomes:
        put_questions_right(user=user)
        have_followed()
    return outcomes


def _looked_at_again(
    batch: InboundBatch, rows: QuerySet[InboundRow], *, user: AbstractBaseUser | None, is_theirs: bool
) -> Counter[str]:
    rows = rows.filter(batch=batch, outcome=RowOutcome.HELD).order_by("pk")
    view = view_of(batch, issuer=batch.kind.removeprefix(PREFIX))
    applied = batch.status == BatchStatus.APPLIED
    asked: dict[int, int | None] = {}
    keys: list[int] = []
    last = 0
    while chunk := list(rows.filter(pk__gt=last)[:AT_ONCE]):
        last = chunk[-1].pk
        keys += [row.pk for row in chunk]
        asked |= {row.pk: row.payload.get(ASKED_BY) for row in chunk if row.code == NEEDS_SECOND}
        put_results(chunk, results_of([line_in_force(row) for row in chunk], view))
        set_aside_twice_done(batch, chunk)
        revise_rows(batch=batch, rows=chunk)
    if applied:
        put_in_force(batch, keys, Consent(user, asked=asked, is_theirs=is_theirs))
    found = InboundRow.objects.filter(pk__in=keys).order_by("outcome").values_list("outcome")
    return Counter(dict(found.annotate(rows=Count("pk"))))


def put_in_force(batch: InboundBatch, keys: Sequence[int], by: Consent) -> None:
    """Write what compared rows of a list in force change, but for those that somebody else has to agree to first."""
    guard = endings_guard(batch)
    compared = InboundRow.objects.filter(pk__in=keys, payload__has_any_keys=["changes", IN_FORCE])
    for chunk in chunks(compared.order_by("pk").iterator(chunk_size=AT_ONCE)):
        rows = [row for row in chunk if row.payload.get("changes")]
        if not by.is_theirs:
            waiting = rows
            for row in waiting:
                wait(row, code=ANSWERED, why="名称已有对照，由本地区人员在清单页重试后办理")
        elif guard.needs_second:
            waiting = [row for row in rows if _ends(row) and row.pk not in by.agreed]
            for row in waiting:
                row.payload[ASKED_BY] = by.asked.get(row.pk, by.user.pk if by.user else None)
                wait(row, code=NEEDS_SECOND, why=_needs_second(guard))
        else:
            waiting = []
        held = {row.pk for row in waiting}
        for why, part in _by_reason([row for row in rows if row.pk not in held]).items():
            execute(part, batch=batch, user=by.user, why=why)
        altered = [row for row in chunk if put_back(row) or row.pk in held]
        rewrite_rows(altered, fields=["payload"])
        revise_rows(batch=batch, rows=altered)


def _by_reason(rows: Sequence[InboundRow]) -> dict[str, list[InboundRow]]:
    """Return the rows by the reasons for which it was decided that they take effect; empty = nobody had to."""
    counting = RowResolution.objects.filter(row__in=rows, reopened_by__isnull=True)
    adopted = counting.filter(decision=Decision.ADOPT).order_by("pk")
    reasons: defaultdict[int, list[str]] = defaultdict(list)
    for row_id, reason in adopted.values_list("row_id", "reason"):
        if reason not in reasons[row_id]:
            reasons[row_id].append(reason)
    found: defaultdict[str, list[InboundRow]] = defaultdict(list)
    for row in rows:
        found["；".join(reasons.get(row.pk, ()))].append(row)
    return found


def wait(row: InboundRow, *, code: str, why: str) -> None:
    """Let a compared row wait with what it would change, in the memory only."""
    del row.payload["changes"]
    row.outcome, row.code, row.message = RowOutcome.HELD, code, f"{row.message}；{why}"[-500:]


def _needs_second(guard: EndingsGuard) -> str:
    passed = f"本清单共将取消或提前终止 {guard.ending} 条，超过 {guard.limit:.0%}" if guard.is_passed else ""
    return f"{'；'.join(filter(None, [passed, guard.passed_in]))}，须由另一人在清单页重试待处理行"


def _ends(row: InboundRow) -> bool:
    return any(change["do"] in ENDINGS or change.get("sooner") for change in row.payload["changes"])
