"""What lines of one list are held against: the register's words, the agency's categories, other lists."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from exchange.models import InboundBatch
from hardship.models import Category
from hardship.rules.identity_names import Meaning, understood
from hardship.rules.list_scope import Scope
from hardship.rules.listers import lister_of
from hardship.selectors.decided_before import DecidedBefore, Statement, decided_before
from hardship.selectors.later_dated import LaterDated, later_dated
from hardship.selectors.list_scope import scope_of_list
from hardship.selectors.listed import categories_begun_by, categories_of, same_day_lists
from hardship.selectors.names import known_names
from hardship.selectors.replacing import Replacing, replacing
from hardship.selectors.validity import Validity, validity


@dataclass(slots=True)
class View:
    """What lines of one batch are held against.

    :param own: categories the list answers for
    :param begins: those that may begin by it: what its sender recognises, or passes on for others
    :param replacing: the later full lists of its kind that say in its place what holds now
    :param decided: what was decided of the same statements in earlier lists: that the register stays
    """

    batch: InboundBatch
    issuer: str
    own: frozenset[str]
    scope: Scope
    begins: frozenset[str]
    categories: Mapping[str, Category]
    names: Mapping[str, Meaning]
    validity: Validity
    same_day: Collection[int] = ()
    later: LaterDated = field(default_factory=LaterDated)
    replacing: Replacing = field(default_factory=Replacing)
    decided: Mapping[Statement, DecidedBefore] = field(default_factory=dict)
    understood: dict[str, Meaning | None] = field(default_factory=dict)
    scopes_elsewhere: dict[int, Scope] = field(default_factory=dict)

    def meaning(self, name: str) -> Meaning | None:
        """Return what a name says, asked once per name."""
        if name not in self.understood:
            self.understood[name] = understood(name, self.names)
        return self.understood[name]


def view_of(batch: InboundBatch, *, issuer: str, names: Collection[str] | None = None) -> View:
    """Return the view for a batch; `issuer` is the kind of list, by which its sender is known.

    :param names: all names the list uses; null = those of its rows, which are all kept by now
    """
    known, categories = known_names(), Category.objects.in_bulk()
    return View(
        batch=batch,
        issuer=issuer,
        own=categories_of(issuer),
        scope=scope_of_list(batch, known=known, names=names),
        begins=categories_begun_by(lister_of(issuer).issuer, categories.values()),
        categories=categories,
        names=known,
        validity=validity({each.pk: each.months for each in categories.values()}),
        same_day=same_day_lists(batch),
        later=later_dated(batch, known=known),
        replacing=replacing(batch, known=known),
        decided=decided_before(batch, known=known),
    )
