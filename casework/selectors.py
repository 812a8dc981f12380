"""Reads: whose cases, and which are late."""

import datetime
from dataclasses import dataclass
from decimal import Decimal

from django.contrib.auth.models import User
from django.db.models import Count, F, Func, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from casework.models import Case, CaseFigure, CaseState
from policy.money import ZERO
from registry.models import Area, Role, StaffScope
from registry.selectors import Viewer, area_chain, scope_filter


def cases_for(user: Viewer) -> QuerySet[Case]:
    """Return the cases of the areas `user` may see."""
    return Case.objects.filter(scope_filter(user)).select_related("area", "resident", "assignee")


def open_cases_for(user: Viewer) -> QuerySet[Case]:
    """Return the user's queue: their own unfinished cases and those nobody has taken, the earliest due first."""
    return in_queue(cases_for(user), user).order_by("due_on", "pk")


def in_queue(cases: QuerySet[Case], user: Viewer) -> QuerySet[Case]:
    """Return those of `cases` that are not closed and `user` has, or nobody."""
    mine = Q(assignee=user.pk) | Q(assignee__isnull=True)
    return cases.filter(mine).exclude(state=CaseState.CLOSED)


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


@dataclass(frozen=True, slots=True)
class FigureSum:
    """What figures of one item and verdict add up to over some cases.

    :param item: the label without the record or year it begins with, such as "医疗救助支付"
    :param moved: new less old, in `unit`
    """

    item: str
    unit: str
    verdict: str
    cases: int
    figures: int
    moved: Decimal


def figure_sums(cases: QuerySet[Case]) -> list[FigureSum]:
    """Return what the figures of `cases` add up to, by item and verdict, in one query."""
    item = Func(F("label"), Value("^.*(：|年度)"), Value(""), function="regexp_replace")
    difference = Coalesce(F("new"), Value(ZERO)) - Coalesce(F("old"), Value(ZERO))
    rows = (
        CaseFigure.objects.filter(case__in=cases.order_by().values("pk"))
        .annotate(item=item)
        .order_by("item", "unit", "verdict")
        .values_list("item", "unit", "verdict")
        .annotate(cases=Count("case", distinct=True), figures=Count("pk"), moved=Sum(difference))
    )
    return [FigureSum(*row) for row in rows]
