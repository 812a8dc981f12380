"""History of changes as every app records it: who, when, why, out of which list, and the row as it was."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import models
from simple_history.models import HistoricalRecords

_applied_batch: ContextVar[int | None] = ContextVar("applied_batch", default=None)


def applied_batch() -> int | None:
    """Return the key of the list that is being applied; null = none is."""
    return _applied_batch.get()


@contextmanager
def caused_by(batch_id: int | None) -> Iterator[None]:
    """Let every history row written inside name the list it comes from, whichever service writes it."""
    token = _applied_batch.set(batch_id)
    try:
        yield
    finally:
        _applied_batch.reset(token)


class CausedChange(models.Model):
    """A change that knows its list: a key of `exchange.InboundBatch`, which this app cannot name."""

    history_batch = models.PositiveBigIntegerField(
        "来源批次", null=True, editable=False, db_index=True, default=applied_batch
    )

    class Meta:
        abstract = True


class BulkRecords(HistoricalRecords):
    """History of rows written by the hundred thousand: it names who did it, and no account is looked up for it.

    To check each row against the accounts, and to index it by them, is a seventh of what booking a file costs the
    database. Nobody asks for all changes of an account, and Django itself clears the name if one is ever deleted.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(user_db_constraint=False, **options)

    def _get_history_user_fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = super()._get_history_user_fields()
        fields["history_user"].db_index = False
        return fields


def change_history(name: str, *, unasked: Sequence[str] = (), in_bulk: bool = False) -> HistoricalRecords:
    """Return the history manager of a model that staff call `name`.

    :param unasked: indexed fields of the model by which nobody looks for changes: an index costs every row
    :param in_bulk: its rows come in files of hundreds of thousands
    """
    title = f"{name}变更记录"
    records = BulkRecords if in_bulk else HistoricalRecords
    return records(
        bases=[CausedChange], verbose_name=title, verbose_name_plural=title, no_db_index=list(unasked)
    )
