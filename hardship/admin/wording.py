"""Recognitions in words: attributes and authorities as staff say them."""

from collections.abc import Mapping

from exchange.models import AgencyKind
from hardship.models import Category, Recognition
from hardship.rules.attribute_words import attributes_told

ISSUERS = dict(AgencyKind.choices)


def attributes_text(recognition: Recognition) -> str:
    """Return a recognition's attributes in Chinese."""
    return values_text(recognition.attributes, recognition.category)


def values_text(values: Mapping[str, object], category: Category) -> str:
    """Return attributes of a category in Chinese."""
    return attributes_told(values, category.attributes)
