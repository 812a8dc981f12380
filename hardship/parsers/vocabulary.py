"""The names of identities that the register ships with; those of regions and of staff are asked of the database."""

from collections.abc import Mapping
from functools import lru_cache

from hardship.rules.identity_names import Meaning, made_alike
from policy.loader import shipped_categories
from policy.schema.document import NameRule


@lru_cache
def shipped_names() -> Mapping[str, Meaning]:
    """Return names made alike → meaning."""
    names: dict[str, Meaning] = {}
    for code, rule in shipped_categories().items():
        for alias in (rule.label, *rule.aliases):
            said = alias if isinstance(alias, NameRule) else NameRule(name=alias)
            names[made_alike(said.name)] = Meaning(
                code, dict(said.attributes), tuple(said.also), frozenset(rule.attributes)
            )
    return names
