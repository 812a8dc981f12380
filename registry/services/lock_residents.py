"""Hold people while something about them is recorded or decided, so that the order of both is never in doubt."""

from collections.abc import Collection
from typing import Any

from django.db.models import QuerySet

from registry.models import Resident


def lock_residents(resident_ids: "Collection[int] | QuerySet[Any, Any]") -> None:
    """Hold the residents until the transaction ends, in key order: nobody else records, quotes, books or settles.

    Whoever writes a fact that decisions rest on, and whoever decides, calls this before looking at the clock. So what
    a decision knew is exactly what is recorded up to its moment (docs/decisions/0011).
    """
    asked = {"pk__in" if isinstance(resident_ids, QuerySet) else "pk__among": resident_ids}
    people = Resident.objects.filter(**asked).order_by("pk")
    list(people.select_for_update(no_key=True).values_list("pk"))
