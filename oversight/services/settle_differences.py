"""Work on differences: who answers for them, what they are, and closing the month."""

import datetime
from collections.abc import Collection

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from oversight.models import Difference, DifferenceState, Reconciliation, ReconciliationState
from oversight.services.reconcile import compare, locked_open
from policy.dates import months_after
from policy.errors import DomainError
from registry.batch.history import rewrite_with_history, update_with_history


class NotExplained(DomainError):
    """A month closes only when every difference is explained or gone."""

    code = "differences_not_explained"


class EarlierMonthOpen(DomainError):
    """Months are closed in their order, so that what comes late has one month to go to."""

    code = "earlier_month_open"


class MonthNotOver(DomainError):
    """A month can be closed once its last day is over."""

    code = "month_not_over"


class ExplanationMissing(DomainError):
    """An explanation without words explains nothing."""

    code = "explanation_missing"


@transaction.atomic
def assign(
    *, differences: Collection[int], owner: User, reason: str = "", user: AbstractBaseUser | None
) -> list[int]:
    """Make somebody answer for differences of open months; return the keys of those that were somebody else's.

    :raises MonthClosed: if a month of theirs is closed
    """
    rows = _of_open_months(differences)
    said = f"assign differences: {reason}" if reason else "assign differences"
    return update_with_history(rows.exclude(owner=owner), {"owner": owner}, reason=said[:100], user=user)


@transaction.atomic
def explain(*, differences: Collection[int], explanation: str, user: AbstractBaseUser | None) -> list[int]:
    """Say what differences are; those that are gone stay as they are. Return the keys explained.

    :raises MonthClosed: if a month of theirs is closed
    :raises ExplanationMissing: without words
    """
    words = explanation.strip()
    if not words:
        raise ExplanationMissing("请填写差异说明。", field="explanation")
    rows = _of_open_months(differences).exclude(state=DifferenceState.RESOLVED)
    changes = {
        "state": DifferenceState.EXPLAINED,
        "explanation": words[:200],
        "explained_by_id": user.pk if user else None,
        "explained_at": timezone.now(),
    }
    return update_with_history(rows, changes, reason="explain differences", user=user)


def close_month(
    *, paper: Reconciliation, reason: str, today: datetime.date, user: AbstractBaseUser | None
) -> Reconciliation:
    """Compare once more and freeze the month's figures, for good.

    :raises MonthClosed: if it is closed
    :raises MonthNotOver: before the month after has begun
    :raises EarlierMonthOpen: if an earlier month of the area is still open
    :raises NotExplained: if a difference waits for an explanation; what the comparison found stands
    """
    with transaction.atomic():
        held = locked_open(paper)
        _refuse_too_early(held, today)
        compare(held, today=today, user=user)
        left = Difference.objects.filter(reconciliation=held, state=DifferenceState.OPEN).count()
        if not left:
            held.state, held.closed_at = ReconciliationState.CLOSED, timezone.now()
            held.closed_by_id, held.close_reason = user.pk if user else None, reason.strip()[:200]
            fields = ("state", "closed_at", "closed_by", "close_reason")
            rewrite_with_history([held], fields=fields, reason="close month", user=user)
    if left:
        raise NotExplained(f"还有 {left:,} 条差异没有说明，不能结账。", left=left)
    return held


def _refuse_too_early(paper: Reconciliation, today: datetime.date) -> None:
    if months_after(paper.month, 1) > today:
        raise MonthNotOver(f"{paper.month:%Y-%m} 还没有过完，不能结账。")
    earlier = Reconciliation.objects.filter(
        area=paper.area_id, month__lt=paper.month, state=ReconciliationState.OPEN
    )
    if (first := earlier.order_by("month").first()) is not None:
        raise EarlierMonthOpen(f"{first.month:%Y-%m} 还没有结账，请按月份先后结账。")


def _of_open_months(differences: Collection[int]) -> QuerySet[Difference]:
    papers = Reconciliation.objects.filter(differences__in=differences).order_by("pk").distinct()
    for paper in papers:
        locked_open(paper)
    return Difference.objects.filter(pk__among=list(differences))
