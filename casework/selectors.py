"""Reads: whose cases, and which are late."""

import datetime

from django.db.models import Q, QuerySet

from casework.models import Case, CaseState
from registry.selectors import Viewer, scope_filter


def cases_for(user: Viewer) -> QuerySet[Case]:
    """Return the cases of the areas `user` may see."""
    return Case.objects.filter(scope_filter(user)).select_related("area", "resident", "assignee")


def open_cases_for(user: Viewer) -> QuerySet[Case]:
    """Return the user's queue: their own unfinished cases and those nobody has taken, the earliest due first."""
    mine = Q(assignee=user.pk) | Q(assignee__isnull=True)
    return cases_for(user).filter(mine).exclude(state=CaseState.CLOSED).order_by("due_on", "pk")


def overdue(cases: QuerySet[Case], *, on: datetime.date) -> QuerySet[Case]:
    """Return those of `cases` that are not closed and were due before `on`."""
    return cases.filter(due_on__lt=on).exclude(state=CaseState.CLOSED)
