"""What the names of identities mean, as the register and staff say."""

from hardship.models import CategoryAlias
from hardship.rules.identity_names import Meaning


def known_names() -> dict[str, Meaning]:
    """Return every known name with its meaning, in one query."""
    return {
        alias.name: Meaning(
            category=alias.category_id,
            attributes=alias.attributes,
            also=tuple(alias.also),
            carries=frozenset(alias.category.attributes),
        )
        for alias in CategoryAlias.objects.select_related("category")
    }
