"""Numbers people hold and those they gave up: a list names somebody by either, and its rows keep one of them."""

from collections import defaultdict
from collections.abc import Collection, Mapping

from django.db.models import Exists, OuterRef

from registry.models import Resident


def numbers_of(resident_ids: Collection[int]) -> Mapping[bytes, Collection[int]]:
    """Return number → the residents who hold it or ever held it, in one query; all by blind index.

    A number given up, or once recorded by mistake, is no longer theirs once somebody else holds it.
    """
    holders: defaultdict[bytes, set[int]] = defaultdict(set)
    others = Resident.objects.filter(id_index=OuterRef("id_index")).exclude(pk=OuterRef("id"))
    ever = Resident.history.filter(~Exists(others), id__among=resident_ids).order_by()
    for index, resident_id in ever.values_list("id_index", "id").distinct():
        holders[bytes(index)].add(resident_id)
    return holders


def numbers_held_now(numbers: Collection[bytes]) -> set[bytes]:
    """Return the numbers held now by all who ever held one of some, in one query; all by blind index."""
    ever = Resident.history.filter(id_index__among=numbers).order_by().values("id")
    now = Resident.objects.filter(pk__in=ever).order_by()
    return {bytes(index) for index in now.values_list("id_index", flat=True)}
