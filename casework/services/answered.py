"""Close cases whose question has answered itself: nobody has to decide them any more."""

from collections.abc import Mapping

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from casework.models import Case, CaseEvent, CaseEventKind, CaseState
from registry.batch.copying import copy_rows
from registry.batch.history import update_with_history


@transaction.atomic
def close_answered(
    *, answers: Mapping[str, str], voids_decisions: bool = False, user: AbstractBaseUser | None = None
) -> list[int]:
    """Close undecided cases, each with the sentence that says what answered it; return their keys, set-based.

    A case that somebody decided meanwhile stays as it was decided, unless what answers it makes the decision void.

    :param voids_decisions: close cases that were decided and not performed as well
    :param answers: dedupe key → sentence of the timeline
    :param user: whose act answered them; null = the system
    """
    states = [CaseState.OPEN, CaseState.ASSIGNED, *([CaseState.DECIDED] if voids_decisions else [])]
    waiting = Case.objects.filter(dedupe_key__in=list(answers), state__in=states, performed_at=None)
    closed = update_with_history(waiting, {"state": CaseState.CLOSED}, reason="closed case", user=user)
    keys = dict(Case.objects.filter(pk__in=closed).values_list("pk", "dedupe_key"))
    now = timezone.now()
    copy_rows(
        CaseEvent(
            case_id=pk,
            at=now,
            by_id=user.pk if user else None,
            kind=CaseEventKind.CLOSED,
            text=answers[key],
        )
        for pk, key in sorted(keys.items())
        if key is not None
    )
    return closed
