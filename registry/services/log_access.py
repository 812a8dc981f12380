"""Log that an agency asked about people, or that staff took them out in a file."""

from collections.abc import Collection

from django.contrib.auth.models import User

from registry.batch.copying import copy_rows
from registry.models import AccessLog


def log_access(*, agency_code: str, resident_ids: Collection[int], purpose: str) -> None:
    """Write one row for each resident an agency named by number, in one statement."""
    AccessLog.objects.bulk_create(
        AccessLog(agency_code=agency_code, resident_id=pk, purpose=purpose)
        for pk in sorted(set(resident_ids))
    )


def log_export(*, user: User, resident_ids: Collection[int], purpose: str) -> None:
    """Write one row for each resident in a file that `user` took out, however many."""
    copy_rows(AccessLog(user=user, resident_id=pk, purpose=purpose) for pk in sorted(set(resident_ids)))
