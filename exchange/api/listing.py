"""Lists for partners, page by page by key; who is on a page they got is logged."""

from typing import Any, ClassVar, TypeVar

from django.db.models import Model
from rest_framework.generics import ListAPIView

from exchange.api.pagination import ByKey
from exchange.api.permissions import HasAgencyScope, agency_of
from registry.services.log_access import log_access

T = TypeVar("T", bound=Model)


class PeopleList(ListAPIView[T]):
    """List rows about people.

    :cvar purpose: what the log says
    """

    permission_classes = [HasAgencyScope]
    pagination_class = ByKey
    filter_backends: list[Any] = []
    purpose: ClassVar[str]

    def resident_of(self, row: Any) -> int:
        """Return the key of the person a row is about, here the one it names."""
        return int(row.resident_id)

    def paginate_queryset(self, queryset: Any) -> Any:
        """Return a page, and log that the agency saw the people on it."""
        page = super().paginate_queryset(queryset)
        seen = {self.resident_of(row) for row in page or []}
        log_access(agency_code=agency_of(self.request).code, resident_ids=seen, purpose=self.purpose)
        return page
