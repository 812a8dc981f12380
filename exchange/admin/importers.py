"""Lists by who brought them in: what a colleague did may need the user as its second pair of eyes."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from exchange.models import InboundBatch

COLLEAGUES, MINE = "colleagues", "me"


def colleagues(batches: QuerySet[InboundBatch], user: User | AnonymousUser) -> QuerySet[InboundBatch]:
    """Return those of the batches that somebody else brought in, or a program."""
    return batches.filter(Q(created_by__isnull=True) | ~Q(created_by=user.pk))


class ImporterFilter(admin.SimpleListFilter):
    """Mine or a colleague's."""

    title = "导入人"
    parameter_name = "by"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer both."""
        return [(COLLEAGUES, "同事或部门程序"), (MINE, "我")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[InboundBatch]) -> QuerySet[InboundBatch]:
        """Leave the batches of the choice."""
        if self.value() == COLLEAGUES:
            return colleagues(queryset, request.user)
        return queryset.filter(created_by=request.user.pk) if self.value() == MINE else queryset
