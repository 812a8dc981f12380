"""Refusals by the rules, told to partners: which field of the call they are about, and nothing of our own keys."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from policy.errors import DomainError

OURS = frozenset({"resident_ids", "resident_id", "resident", "case", "categories"})


@contextmanager
def names_field(fields: Mapping[str, str]) -> Iterator[None]:
    """Let a refusal name the field of the call it is about in `details.field`.

    :param fields: code of a refusal, or the name a service gives the field → the field of the call
    """
    try:
        yield
    except DomainError as refused:
        told = {name: value for name, value in refused.details.items() if name not in OURS}
        named = str(told.get("field", ""))
        field = fields.get(named) or fields.get(refused.code) or named
        refused.details = {**told, "field": field} if field else told
        raise
