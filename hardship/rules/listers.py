"""Who sends which list, and which categories a full one speaks about.

A list speaks for what its sender recognises; a register of one category only for that one, or its absence of the
others would end them.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lister:
    """The agency kind behind a list; `categories` are those of its own that the list is about, null = all."""

    issuer: str
    categories: frozenset[str] | None = None


REGISTERS = {"poverty_exit": Lister("rural_affairs", frozenset({"exited_poverty"}))}


def lister_of(kind: str) -> Lister:
    """Return who is behind a list of `kind`; unless it is a register of its own, the kind is the agency's."""
    return REGISTERS.get(kind, Lister(kind))
