"""Later full lists of a kind: which of them says in place of a list what holds now, and of whom."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from django.db.models import Q

from exchange.models import BatchMode, BatchStatus, InboundBatch
from hardship.rules.identity_names import Meaning
from hardship.rules.list_scope import Scope
from hardship.selectors.list_scope import scope_of_list, scopes_of_lists
from hardship.selectors.listed import full_lists_in_force
from hardship.selectors.names import known_names
from policy.conditions import Scalar


@dataclass(frozen=True, slots=True)
class Replacing:
    """The lists by key, latest first, and what each speaks about; those of areas above and below are among them."""

    area_path: str = ""
    lists: Mapping[int, InboundBatch] = field(default_factory=dict)
    scopes: Mapping[int, Scope] = field(default_factory=dict)

    def of(
        self, category: str, attributes: Mapping[str, Scalar], *, paths: Collection[str]
    ) -> InboundBatch | None:
        """Return the latest list that speaks of such an identity of somebody; null = none does.

        :param paths: of the areas where the person lives and is registered; none where nobody knows
        """
        theirs = (key for key, each in self.lists.items() if self._covers(each.area.path, paths))
        found = (key for key in theirs if self.scopes[key].covers(category, attributes))
        return next((self.lists[key] for key in found), None)

    def _covers(self, path: str, paths: Collection[str]) -> bool:
        return self.area_path.startswith(path) or any(each.startswith(path) for each in paths)


def replacing(batch: InboundBatch, *, known: Mapping[str, Meaning]) -> Replacing:
    """Return what later full lists of the kind say in place of a full list in force; no query for any other list."""
    if batch.mode != BatchMode.FULL or batch.status != BatchStatus.APPLIED:
        return Replacing()
    of_the_day = Q(as_of=batch.as_of, applied_at__gt=batch.applied_at)
    later = full_lists_in_force(kind=batch.kind, area=batch.area).filter(
        Q(as_of__gt=batch.as_of) | of_the_day
    )
    lists = {each.pk: each for each in later.select_related("area").order_by("-as_of", "-applied_at")}
    if not lists:
        return Replacing()
    return Replacing(batch.area.path, lists, scopes_of_lists(lists.values(), known=known))


def outdating(batch: InboundBatch, *, names: Collection[str] | None = None) -> InboundBatch | None:
    """Return the latest full list of a later day that speaks of what a full list not in force would; null = none.

    :param names: as of `scope_of_list`
    """
    if batch.mode != BatchMode.FULL:
        return None
    later = full_lists_in_force(kind=batch.kind, area=batch.area).filter(as_of__gt=batch.as_of)
    lists = {each.pk: each for each in later.order_by("-as_of", "-applied_at")}
    if not lists:
        return None
    known = known_names()
    scopes = scopes_of_lists(lists.values(), known=known)
    ours = scope_of_list(batch, known=known, names=names)
    return next((each for key, each in lists.items() if scopes[key].meets(ours)), None)
