"""What of a list in force a later full list of the kind says in its place: it rests; the remainder still counts."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from exchange.models import InboundBatch, RowOutcome
from hardship.rules.list_comparison import ending
from hardship.rules.listed_identities import Held, Said
from hardship.selectors.listed import OnRecord
from hardship.services.lists.saying import SetAside
from hardship.services.lists.views import View

REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class Remaining:
    """What a line says, and the records it is held against, without what a later list speaks of.

    :param replaced: category the line gives → the later list that speaks of it
    :param rested_on: those lists, and those that speak of records left out
    """

    said: Sequence[Said]
    held: Sequence[Held]
    replaced: Mapping[str, InboundBatch] = field(default_factory=dict)
    rested_on: Collection[int] = ()


def remaining(said: Sequence[Said], held: Sequence[Held], person: OnRecord | None, view: View) -> Remaining:
    """Return what of a line no later full list of the kind speaks of.

    :param person: null = not registered: then only lists of the area itself, or one above, can speak of them
    :raises SetAside: if there is nothing left
    """
    if not view.replacing.lists:
        return Remaining(said, held)
    paths = person.paths if person else ()
    replaced = {
        each.category: later
        for each in said
        if (later := view.replacing.of(each.category, each.attributes, paths=paths))
    }
    given = [each for each in said if each.category not in replaced]
    kept = {each.category for each in given}
    records, rested_on = [], {each.pk for each in replaced.values()}
    for each in held:
        later = view.replacing.of(each.category, each.attributes, paths=paths)
        if each.category in kept or (each.category not in replaced and later is None):
            records.append(each)
        elif later is not None:
            rested_on.add(later.pk)
    if replaced and not given and not _ends_any(records, view):
        words = "；".join(dict.fromkeys(map(_by, replaced.values())))
        raise SetAside(RowOutcome.KEPT, REPLACED, words, rested_on=rested_on)
    return Remaining(given, records, replaced, rested_on)


def told_replaced(replaced: Mapping[str, InboundBatch], view: View) -> list[str]:
    """Return in words which identities a line gives are left to later lists."""
    return [f"{view.categories[category].label}{_by(later)}" for category, later in sorted(replaced.items())]


def _by(later: InboundBatch) -> str:
    return f"已由 {later.as_of} 的全量名单（批次{later.pk}）代替"


def _ends_any(records: Sequence[Held], view: View) -> bool:
    return any(
        view.scope.covers(each.category, each.attributes) and ending(each, as_of=view.batch.as_of)
        for each in records
    )
