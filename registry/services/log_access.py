"""Log that an agency asked about people, or that staff took them out in a file."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.contrib.auth.models import User

from registry.batch.copying import copy_rows
from registry.models import AccessLog

Look = tuple[str, int, str]  # code of the agency, resident, purpose
_looks: ContextVar[list[Look] | None] = ContextVar("looks", default=None)


def log_access(*, agency_code: str, resident_ids: Collection[int], purpose: str) -> None:
    """Write one row for each resident an agency named by number, in one statement."""
    looks = [(agency_code, pk, purpose) for pk in sorted(set(resident_ids))]
    _write(looks)
    if (kept := _looks.get()) is not None:
        kept += looks


@contextmanager
def kept_when_refused() -> Iterator[None]:
    """Keep the log of what an agency asked inside, though a refusal takes back the transaction it was written in."""
    looks: list[Look] = []
    token = _looks.set(looks)
    try:
        yield
    except Exception:
        _write(looks)
        raise
    finally:
        _looks.reset(token)


def log_export(*, user: User, resident_ids: Collection[int], purpose: str) -> None:
    """Write one row for each resident in a file that `user` took out, however many."""
    copy_rows(AccessLog(user=user, resident_id=pk, purpose=purpose) for pk in sorted(set(resident_ids)))


def _write(looks: Collection[Look]) -> None:
    AccessLog.objects.bulk_create(
        AccessLog(agency_code=code, resident_id=pk, purpose=purpose) for code, pk, purpose in looks
    )
