"""Kinds of lists the upload page offers: the app that owns a kind hangs its services in; nothing here looks up."""

import datetime
from dataclasses import dataclass
from typing import Any, Protocol

from django.contrib.auth.models import User

from exchange.models import InboundBatch
from registry.models import Area


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file a clerk sends in, and what it says of itself."""

    content: bytes
    file_name: str
    area: Area
    as_of: datetime.date
    mode: str
    user: User


class Plans(Protocol):
    """Reads a file into a planned batch; nothing else is written."""

    def __call__(self, upload: Upload) -> InboundBatch:
        """Return the planned batch."""


class Applies(Protocol):
    """Puts a planned batch into force."""

    def __call__(self, *, batch: InboundBatch, user: User) -> Any:
        """Apply the batch."""


@dataclass(frozen=True, slots=True)
class ListKind:
    """A kind of list: its code in `InboundBatch.kind`, its name, and the owner's services.

    :param retry: looks again at the rows held in an applied batch; null = they are worked off elsewhere
    """

    code: str
    label: str
    plan: Plans
    apply: Applies
    retry: Applies | None = None


_kinds: dict[str, ListKind] = {}


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
