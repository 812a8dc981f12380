"""Kinds of lists the upload page offers: the app that owns a kind hangs its services in; nothing here looks up."""

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.contrib.auth.models import User

from exchange.models import Agency, BatchMode, InboundBatch, InboundRow
from exchange.rules.endings import EndingsGuard
from exchange.services.batches import refuse_batch
from policy.errors import DomainError
from registry.models import Area


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file a clerk sends in, and what it says of itself; `agency` null = as agreed, or nobody said."""

    content: bytes
    file_name: str
    area: Area
    as_of: datetime.date
    mode: str
    user: User
    agency: Agency | None = None


class Plans(Protocol):
    """Reads a file into a planned batch; nothing else is written."""

    def __call__(self, upload: Upload) -> InboundBatch:
        """Return the planned batch."""


class Applies(Protocol):
    """Does something with a batch: puts it into force, plans it anew, looks at held rows again."""

    def __call__(self, *, batch: InboundBatch, user: User) -> Any:
        """Do it."""


class Refuses(Protocol):
    """Sends a batch back."""

    def __call__(self, *, batch: InboundBatch, error: str, user: User) -> Any:
        """Do it; nothing of the batch is in force."""


class AsksToUndo(Protocol):
    """Asks a colleague to agree that an applied batch be taken back."""

    def __call__(self, *, batch: InboundBatch, user: User, reason: str) -> Any:
        """Ask; nothing is taken back yet."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing a row changes, in words: what about the person, how it is called, what is and what would be."""

    subject: str
    verb: str
    before: str
    after: str


class Compares(Protocol):
    """Says of rows what each changes."""

    def __call__(self, rows: Sequence[InboundRow], /) -> Mapping[int, Sequence[Difference]]:
        """Return the differences by row, a constant number of queries for any number of rows."""


class Guards(Protocol):
    """Says how much a planned batch would end."""

    def __call__(self, batch: InboundBatch, /) -> EndingsGuard:
        """Return what would end, of what stands."""


class Decides(Protocol):
    """Decides a row that contradicts the records."""

    def __call__(self, *, row: InboundRow, decision: str, reason: str, user: User) -> InboundRow:
        """Return the row as it ended."""


class DecidesSeveral(Protocol):
    """Decides several rows alike."""

    def __call__(
        self, *, rows: Iterable[InboundRow], decision: str, reason: str, user: User
    ) -> Sequence[tuple[InboundRow, str]]:
        """Return the rows that were left, with why."""


class ComparesAgain(Protocol):
    """Compares an open row anew, once the records were mended."""

    def __call__(self, *, row: InboundRow, user: User) -> InboundRow:
        """Return the row as it is then."""


@dataclass(frozen=True, slots=True)
class RowDesk:
    """Where single rows of an applied batch are decided.

    :param decisions: what may be decided about a row → label; none = it waits for nobody
    """

    decisions: Callable[[InboundRow], Mapping[str, str]]
    decide: Decides
    several: DecidesSeveral
    again: ComparesAgain


@dataclass(frozen=True, slots=True)
class ListKind:
    """A kind of list: its code in `InboundBatch.kind`, its name, and the owner's services.

    :param retry: looks again at the rows held in an applied batch; null = they are worked off elsewhere
    :param refuse: sends a planned batch back and lets go of what it asked
    :param replan: plans a planned batch anew against the records as they stand now
    :param read_again: has a worker go on reading a received batch of which it could not read a part
    :param ask_undo: asks a colleague to agree that an applied batch be taken back; null = it cannot be
    :param undo: takes back what was asked for, `user` agreeing
    :param compare: what rows change, as pages show it; null = rows change nothing one could compare
    :param desk: where rows that contradict the records are decided; null = they stay as they are
    :param guard: what a planned full list would end; null = such lists end nothing
    :param about: what the list is and does, for who uploads it
    :param modes: the ways it may be sent; with one there is no choice
    :param sender: the kind of agency that sends it; empty = nobody is asked who did
    :param meanings: outcome → what it means for this kind, where the general words do not say it
    :param told_apart: reason code of rows done or left as they are → what such rows are, counted by themselves
    :param template: an empty file with the right headings; `sample` is one filled with invented people
    """

    code: str
    label: str
    plan: Plans
    apply: Applies
    retry: Applies | None = None
    refuse: Refuses = refuse_batch
    replan: Applies | None = None
    read_again: Applies | None = None
    ask_undo: AsksToUndo | None = None
    undo: Applies | None = None
    compare: Compares | None = None
    guard: Guards | None = None
    desk: RowDesk | None = None
    about: str = ""
    modes: tuple[str, ...] = (BatchMode.SUPPLEMENTARY,)
    sender: str = ""
    meanings: Mapping[str, str] = field(default_factory=dict)
    told_apart: Mapping[str, str] = field(default_factory=dict)
    template: Callable[[], bytes] | None = None
    sample: Callable[[], bytes] | None = None


_kinds: dict[str, ListKind] = {}


def by_second(undo: Callable[..., Any]) -> Applies:
    """Return an undoing that whoever agrees starts, for the reason and in the name of who asked."""

    def agree(*, batch: InboundBatch, user: User) -> Any:
        return undo(batch=batch, reason=batch.undo_reason, user=batch.undo_asked_by, second_user=user)

    return agree


def offer(kind: ListKind) -> None:
    """Offer a kind of list on the upload page."""
    _kinds[kind.code] = kind


def kinds() -> list[ListKind]:
    """Return the kinds in the order they were offered."""
    return list(_kinds.values())


def kind_of(code: str) -> ListKind | None:
    """Return the kind of a batch, or nothing if no app here owns it."""
    return _kinds.get(code)


def kind_label(code: str) -> str:
    """Return the Chinese name of a kind."""
    kind = _kinds.get(code)
    return kind.label if kind else code


def hook_of(batch: InboundBatch, name: str) -> Any:
    """Return what the app that owns the batch's kind hung in under a name.

    :raises DomainError: if no app owns it
    """
    kind = kind_of(batch.kind)
    if kind is None:
        raise DomainError(f"没有办理“{batch.kind}”的模块。")
    return getattr(kind, name)
