"""Log that an agency asked about people."""

from collections.abc import Collection

from registry.models import AccessLog


def log_access(*, agency_code: str, resident_ids: Collection[int], purpose: str) -> None:
    """Write one row for each resident an agency named by number, in one statement."""
    AccessLog.objects.bulk_create(
        AccessLog(agency_code=agency_code, resident_id=pk, purpose=purpose)
        for pk in sorted(set(resident_ids))
    )
