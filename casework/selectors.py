"""Reads: whose cases, and which are late."""

import datetime

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from casework.models import Case, CaseState
from registry.models import Area, Role, StaffScope
from registry.selectors import Viewer, area_chain, scope_filter


def cases_for(user: Viewer) -> QuerySet[Case]:
    """Return the cases of the areas `user` may see."""
    return Case.objects.filter(scope_filter(user)).select_related("area", "resident", "assignee")


def open_cases_for(user: Viewer) -> QuerySet[Case]:
    """Return the user's queue: their own unfinished cases and those nobody has taken, the earliest due first."""
    mine = Q(assignee=user.pk) | Q(assignee__isnull=True)
    return cases_for(user).filter(mine).exclude(state=CaseState.CLOSED).order_by("due_on", "pk")


def handlers(case: Case) -> QuerySet[User]:
    """Return the staff who may handle a case: clerks, reviewers and supervisors of its area, and superusers."""
    above = Area.objects.filter(code__in=area_chain(case.area))
    roles = [Role.CLERK, Role.REVIEWER, Role.SUPERVISOR]
    acting = StaffScope.objects.filter(area__in=above, role__in=roles)
    return User.objects.filter(
        Q(pk__in=acting.values("user")) | Q(is_superuser=True), is_active=True, is_staff=True
    ).order_by("username")


def overdue(cases: QuerySet[Case], *, on: datetime.date) -> QuerySet[Case]:
    """Return those of `cases` that are not closed and were due before `on`."""
    return cases.filter(due_on__lt=on).exclude(state=CaseState.CLOSED)
