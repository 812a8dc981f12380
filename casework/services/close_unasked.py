"""Close cases nobody has to decide (any more), one or thousands."""

from collections.abc import Sequence

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from casework.models import Case, CaseEvent, CaseEventKind, CaseState
from registry.batch.copying import copy_rows
from registry.batch.history import update_with_history

UNDECIDED = (CaseState.OPEN, CaseState.ASSIGNED)


@transaction.atomic
def close_unasked(
    *, cases: Sequence[Case], text: str, may_return: bool = False, user: AbstractBaseUser | None = None
) -> list[int]:
    """Close those of the cases that are undecided, without a decision, and return their keys.

    :param text: why nobody has to decide, for the timeline
    :param may_return: the same question may come to stand again: their keys no longer keep it from being asked
    """
    undecided = Case.objects.filter(pk__in=[case.pk for case in cases], state__in=UNDECIDED)
    changes = {"state": CaseState.CLOSED, **({"dedupe_key": None} if may_return else {})}
    closed = update_with_history(undecided, changes, reason="close case", user=user)
    copy_rows(
        CaseEvent(
            case_id=pk,
            at=timezone.now(),
            by_id=user.pk if user else None,
            kind=CaseEventKind.CLOSED,
            text=text,
        )
        for pk in closed
    )
    return closed


def let_ask_again(*, dedupe_key: str, user: AbstractBaseUser | None = None) -> None:
    """Let a question be asked again whose answer was taken back; its case stays closed as it is."""
    answered = Case.objects.filter(dedupe_key=dedupe_key, state=CaseState.CLOSED)
    update_with_history(answered, {"dedupe_key": None}, reason="close case", user=user)
