"""Once a list is taken back: rows of other lists that came out as they did only because it was in force.

They are compared anew. What they would change by now waits until somebody of their area has them tried again, beside
what they changed already; whom a list left out is asked about. Decisions that counted only as long as the list was in
force are kept, and are taken again.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from exchange.models import BatchStatus, Decision, InboundBatch, InboundRow, RowOutcome, RowResolution
from exchange.services.batches import ListBusy, RowResult, revise_rows
from hardship.selectors.resting import RESTED_ON, rows_resting_on
from hardship.services.lists.comparing import results_of
from hardship.services.lists.held import ASKED_AGAIN, AWAKE, wait
from hardship.services.lists.later_word import NEWER
from hardship.services.lists.left_out import left_out_again
from hardship.services.lists.lines import AT_ONCE, LEFT_OUT, Line, chunks, line_in_force, put_back, resting_on
from hardship.services.lists.planning import PREFIX, put_results
from hardship.services.lists.views import View, view_of
from registry.batch.rewriting import rewrite_rows

OPEN = (RowOutcome.HELD, RowOutcome.CONFLICT)


def lists_resting_on(batch: InboundBatch) -> list[InboundBatch]:
    """Return the lists in force with rows that rest on a list; they are locked, and so is that.

    All in the order in which rows that wait are looked at again.
    """
    keys = _keys_resting_on(batch)
    if not keys:
        return []
    lists = InboundBatch.objects.filter(pk__in={*keys, batch.pk}).select_related("area")
    locked = lists.order_by("as_of", "pk").select_for_update(of=("self",))
    return [each for each in locked if each.pk != batch.pk and each.status == BatchStatus.APPLIED]


def refuse_busy(locked: Iterable[InboundBatch], *, resting_on: InboundBatch) -> None:
    """Refuse where a list came to rest on one before it could be locked.

    :param locked: as `lists_resting_on`
    :raises ListBusy: then
    """
    if _keys_resting_on(resting_on) - {each.pk for each in locked}:
        raise ListBusy("与本清单有关的其他名单刚刚办理过，请再撤销一次")


def _keys_resting_on(batch: InboundBatch) -> set[int]:
    return set(rows_resting_on(batch).order_by().values_list("batch_id", flat=True).distinct())


def open_again(batches: Iterable[InboundBatch], *, undone: InboundBatch) -> None:
    """Compare the rows of some lists in force anew that rest on a list taken back."""
    for batch in batches:
        view = view_of(batch, issuer=batch.kind.removeprefix(PREFIX))
        rows = rows_resting_on(undone).filter(batch=batch).order_by("pk")
        for chunk in chunks(rows.iterator(chunk_size=AT_ONCE)):
            said = {row.pk: row.code for row in chunk}
            opened = [
                *_compare([row for row in chunk if row.number != LEFT_OUT], view, undone=undone),
                *_ask_again([row for row in chunk if row.number == LEFT_OUT], view, undone=undone),
            ]
            _forget_decisions({row.pk: said[row.pk] for row in opened}, undone=undone)
            rewrite_rows(chunk, fields=["payload"])
            revise_rows(batch=batch, rows=chunk)


def _forget_decisions(codes: Mapping[int, str], *, undone: InboundBatch) -> None:
    """Let decisions to keep the record count no more, where a later list stood against the row or closed it.

    :param codes: row → why it was set aside
    """
    kept = RowResolution.objects.filter(row__in=codes, decision=Decision.KEEP, reopened_by__isnull=True)
    made = kept.values_list("pk", "row_id", "code")
    over = [pk for pk, row_id, code in made if code in (NEWER, codes[row_id])]
    RowResolution.objects.filter(pk__in=over).update(reopened_by=undone)


def _line(row: InboundRow) -> Line:
    """Return the line of a row without what was decided as long as the list was in force."""
    line = line_in_force(row)
    settled = {
        code: decision
        for code, decision in line.settled.items()
        if decision != Decision.KEEP or code not in (NEWER, row.code)
    }
    return replace(line, settled=settled)


def _compare(rows: Sequence[InboundRow], view: View, *, undone: InboundBatch) -> list[InboundRow]:
    """Compare rows anew and return those that stand no more as they did."""
    results = results_of(list(map(_line, rows)), view)
    again = []
    for row, result in zip(rows, results, strict=True):
        if row.payload.get("changes") and row.outcome not in OPEN and not _opens(result):
            _rest(row, result.payload.get(RESTED_ON, ()))
        else:
            again.append((row, result))
    opened = [row for row, _ in again]
    put_results(opened, [result for _, result in again])
    for row in opened:
        if row.payload.get("changes"):
            wait(row, code=AWAKE, why=f"{_undone(undone)}，在清单页重试后办理")
        put_back(row)
    return opened


def _opens(result: RowResult) -> bool:
    return bool(result.payload.get("changes")) or result.outcome in OPEN


def _rest(row: InboundRow, lists: Collection[int]) -> None:
    """Let a row stand as it is, on what other lists there are."""
    row.payload = {name: value for name, value in row.payload.items() if name != RESTED_ON} | resting_on(
        lists
    )


def _ask_again(rows: Sequence[InboundRow], view: View, *, undone: InboundBatch) -> list[InboundRow]:
    """Ask about people whom a list left out, and return their rows: nobody is ended by a colleague's undoing."""
    asked = [row for row in rows if row.outcome in (RowOutcome.CONFLICT, RowOutcome.KEPT)]
    results = left_out_again(asked, view) if asked else {}
    opened = [row for row in asked if row.pk in results]
    for row in opened:
        result = results[row.pk]
        _rest(row, result.payload.get(RESTED_ON, ()))
        row.outcome, row.code, row.message = RowOutcome.CONFLICT, result.code, result.message
        if result.outcome == RowOutcome.ENDED:
            row.code = ASKED_AGAIN
            row.message = f"清单中没有此人，{_undone(undone)}，请决定取消还是保留"
    return opened


def _undone(batch: InboundBatch) -> str:
    return f"此前据以处置的名单（批次{batch.pk}）已撤销"
