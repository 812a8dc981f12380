"""What a full list speaks about, by the names it uses: whom it may end, and who stands unmentioned."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from exchange.models import BatchMode, InboundBatch, InboundRow
from hardship.models import Recognition
from hardship.rules.identity_names import Meaning, understood
from hardship.rules.list_scope import NOBODY, Scope, scope_of
from hardship.rules.listers import lister_of
from hardship.selectors.listed import categories_of, in_scope
from hardship.selectors.names import names_said


def scope_of_list(
    batch: InboundBatch, *, known: Mapping[str, Meaning], names: Collection[str] | None = None
) -> Scope:
    """Return whom a list may end by not naming them; a supplementary one ends nobody.

    :param known: names made alike → meaning
    :param names: all names it uses; null = those of the rows kept of it
    """
    if batch.mode != BatchMode.FULL:
        return NOBODY
    return _scope(batch, known=known, names=names, ends=may_end(batch))


def scopes_of_lists(lists: Iterable[InboundBatch], *, known: Mapping[str, Meaning]) -> dict[int, Scope]:
    """Return by key whom each of the lists ends by not naming them, in one query for their names."""
    by_key = {each.pk: each for each in lists}
    names: defaultdict[int, set[str]] = defaultdict(set)
    for name, key, _ in names_said(by_key):
        names[key].add(name)
    return {key: scope_of_list(each, known=known, names=names[key]) for key, each in by_key.items()}


def named_scope(batch: InboundBatch, *, known: Mapping[str, Meaning]) -> Scope:
    """Return what a list names of what its sender answers for, whether or not it may end any of it."""
    return _scope(batch, known=known, names=None, ends=categories_of(batch.kind.partition(".")[2]))


def _scope(
    batch: InboundBatch,
    *,
    known: Mapping[str, Meaning],
    names: Collection[str] | None,
    ends: frozenset[str],
) -> Scope:
    if names is None:
        names = {name for name, *_ in names_said([batch.pk])}
    meanings = (understood(name, known) for name in sorted(names))
    return scope_of((each for each in meanings if each is not None), ends=ends)


def may_end(batch: InboundBatch) -> frozenset[str]:
    """Return the categories that lists of the batch's kind may end."""
    kind = batch.kind.partition(".")[2]
    return categories_of(kind) - lister_of(kind).never_ends


def unmentioned(could_end: QuerySet[Recognition], *, scope: Scope, batch: InboundBatch) -> dict[str, int]:
    """Return label → how many of what a list could have ended it does not speak about.

    Whom it names with another kind of the same category is not counted: their record changes.
    """
    is_listed = Exists(InboundRow.objects.filter(batch=batch, key=OuterRef("resident__id_index")))
    rest = could_end.exclude(in_scope(scope)).exclude(Q(category__in=list(scope.kinds)) & is_listed)
    counted = rest.order_by().values_list("category", "category__label").annotate(Count("pk"))
    return {
        label + ("（清单所写以外的种类）" if code in scope.kinds else ""): count
        for code, label, count in sorted(counted)
    }
