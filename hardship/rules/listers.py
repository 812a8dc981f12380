"""Who sends which list, which categories it answers for, and which a full one may end.

A list speaks for what its sender recognises; a register of one category only for that one, or its absence of the
others would end them. The monitoring export names 脱贫人口 too, yet often only those who are monitored: it may begin
and amend the category, and what ends it is the register of those who exited poverty.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lister:
    """The agency kind behind a list; `categories` are those of its own that the list is about, null = all.

    :param never_ends: of these, the ones that another list of the agency ends
    """

    issuer: str
    categories: frozenset[str] | None = None
    never_ends: frozenset[str] = frozenset()

    def about(self, recognised: AbstractSet[str]) -> frozenset[str]:
        """Return for which of the categories its agency recognises the list answers."""
        return frozenset(recognised if self.categories is None else self.categories & recognised)


REGISTERED = frozenset({"exited_poverty"})
LISTERS = {
    "poverty_exit": Lister("rural_affairs", categories=REGISTERED),
    "rural_affairs": Lister("rural_affairs", never_ends=REGISTERED),
}


def lister_of(kind: str) -> Lister:
    """Return who is behind a list of `kind`; unless something else is said, the kind is the agency's."""
    return LISTERS.get(kind, Lister(kind))
