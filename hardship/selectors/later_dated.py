"""Lists in force that are the later word than the one at hand, and what they say of people, a chunk at a time."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet

from exchange.models import BatchStatus, InboundBatch
from hardship.rules.identity_names import Meaning
from hardship.rules.later_lists import Later
from hardship.rules.list_scope import NOBODY, Scope
from hardship.rules.listed_identities import Said
from hardship.selectors.list_scope import scopes_of_lists
from hardship.selectors.listed import categories_of, paths_down_to
from hardship.selectors.statements import rows_about, rows_waiting


@dataclass(frozen=True, slots=True)
class LaterDated:
    """The lists by key, latest first; what the sender of each answers for, and what each speaks about."""

    lists: Mapping[int, InboundBatch] = field(default_factory=dict)
    own: Mapping[str, frozenset[str]] = field(default_factory=dict)
    scopes: Mapping[int, Scope] = field(default_factory=dict)
    known: Mapping[str, Meaning] = field(default_factory=dict)

    def about(self, people: Mapping[int, Collection[str]]) -> dict[int, list[Later]]:
        """Return what they say of people, latest first; three queries, none where there is no such list.

        :param people: resident → paths of the areas where they live and are registered
        """
        given: defaultdict[tuple[int, int], dict[str, Said]] = defaultdict(dict)
        for row in rows_about(people, batch_ids=self.lists, known=self.known):
            own = self.own[self.lists[row.batch_id].kind]
            given[row.resident_id, row.batch_id] |= {
                each.category: each for each in row.said if each.category in own
            }
        waiting: defaultdict[tuple[int, int], set[str]] = defaultdict(set)
        for each in rows_waiting(people, batch_ids=self.lists, known=self.known):
            own = self.own[self.lists[each.batch_id].kind]
            waiting[each.resident_id, each.batch_id] |= each.may_give(own)
        return {
            resident_id: [
                Later(
                    key,
                    each.as_of,
                    given[resident_id, key],
                    self._scope(each, paths),
                    may_give=frozenset(waiting[resident_id, key]),
                )
                for key, each in self.lists.items()
            ]
            for resident_id, paths in people.items()
        }

    def _scope(self, batch: InboundBatch, paths: Collection[str]) -> Scope:
        is_theirs = any(path.startswith(batch.area.path) for path in paths)
        return self.scopes[batch.pk] if is_theirs else NOBODY


def later_dated(batch: InboundBatch, *, known: Mapping[str, Meaning]) -> LaterDated:
    """Return the lists that are the later word, in one query where there are none."""
    lists = {each.pk: each for each in later_statements(batch)}
    if not lists:
        return LaterDated()
    return LaterDated(
        lists=lists,
        own={kind: categories_of(kind.partition(".")[2]) for kind in {each.kind for each in lists.values()}},
        scopes=scopes_of_lists(lists.values(), known=known),
        known=known,
    )


def later_statements(batch: InboundBatch) -> QuerySet[InboundBatch]:
    """Return the lists of identities in force for the area, one above or below it, that are the later word.

    They speak of a later day, or of the same and were put in force after the batch; latest first. A list that is not
    in force is to be the last of its day.
    """
    later = Q(as_of__gt=batch.as_of)
    if batch.applied_at is not None:
        later |= Q(as_of=batch.as_of, applied_at__gt=batch.applied_at)
    related = Q(area__path__in=paths_down_to(batch.area)) | Q(area__path__startswith=batch.area.path)
    lists = InboundBatch.objects.filter(
        later, related, kind__startswith="identities.", status=BatchStatus.APPLIED
    )
    return lists.select_related("area").order_by("-as_of", "-applied_at")
