"""Notes on the timeline of cases that the system writes by itself."""

from collections.abc import Collection

from django.utils import timezone

from casework.models import Case, CaseEvent, CaseEventKind
from registry.batch.copying import copy_rows


def note_once(*, case_ids: Collection[int], text: str) -> int:
    """Put a line on the timeline of cases that do not have it yet; return how many.

    The caller holds the people concerned, so that two runs do not write it at once.
    """
    told = CaseEvent.objects.filter(case__in=case_ids, kind=CaseEventKind.COMMENTED, text=text)
    new = Case.objects.filter(pk__in=case_ids).exclude(pk__in=told.values("case")).order_by("pk")
    at = timezone.now()
    return len(
        copy_rows(
            CaseEvent(case=case, at=at, by_id=None, kind=CaseEventKind.COMMENTED, text=text) for case in new
        )
    )
