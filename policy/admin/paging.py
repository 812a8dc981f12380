"""Lists of millions: no count beyond the first 10,000 rows; what comes after them is led to by key."""

from typing import Any

from django.contrib.admin.views.main import PAGE_VAR
from django.core.paginator import Paginator
from django.db import models
from django.http import HttpRequest
from django.utils.functional import cached_property
from unfold.views import ChangeList

MOST_COUNTED = 10_000
BEFORE = "before"  # of a list, the newest first: rows with smaller keys
LONGEST_KEY = 18  # digits


class BoundedPaginator(Paginator):  # type: ignore[type-arg]  # not generic at run time
    """Pages of the first 10,000 rows; counting stops there, so that no list counts millions."""

    template_name = "admin/openyibao/pagination.html"

    @cached_property
    def count(self) -> int:
        """How many rows there are, at most `MOST_COUNTED`."""
        rows = self.object_list
        if not isinstance(rows, models.QuerySet):
            return len(rows)
        return rows.order_by()[:MOST_COUNTED].count()

    @property
    def is_cut(self) -> bool:
        """Whether there may be more rows than are counted."""
        return self.count >= MOST_COUNTED


class HouseList(ChangeList):
    """A list under its own name that offers no count it did not make, and leads on by key beyond the last one."""

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        said = request.GET.get(BEFORE, "")
        self.before = int(said) if said.isdecimal() and said.isascii() and len(said) <= LONGEST_KEY else None
        super().__init__(request, *args, **kwargs)
        if not self.is_popup:
            self.title = str(self.opts.verbose_name_plural)

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        """Return what filters may read: the key a list begins below is none of theirs."""
        told: dict[str, Any] = super().get_filters_params(params)
        told.pop(BEFORE, None)
        return told

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> models.QuerySet[Any]:
        """Return the rows asked for, those below the key only."""
        rows: models.QuerySet[Any] = super().get_queryset(request, exclude_parameters)
        self.is_by_key = rows.query.order_by[:1] == ("-pk",)
        if not self.is_by_key:
            self.before = None
        return rows if self.before is None else rows.filter(pk__lt=self.before)

    def get_results(self, request: HttpRequest) -> None:
        """Read the page's rows; the bounded count is all there is."""
        super().get_results(request)
        self.full_result_count = self.result_count

    @cached_property
    def further(self) -> str:
        """Address of the rows after those counted; empty = there are none, or the order is not by key."""
        if not (self.is_by_key and self.paginator.is_cut):
            return ""
        keys = list(self.queryset.values_list("pk", flat=True)[MOST_COUNTED - 1 : MOST_COUNTED + 1])
        return self.get_query_string({BEFORE: keys[0], PAGE_VAR: None}) if len(keys) > 1 else ""

    @property
    def back(self) -> str:
        """Address of the newest rows; empty = they are these."""
        return "" if self.before is None else self.get_query_string({BEFORE: None, PAGE_VAR: None})
