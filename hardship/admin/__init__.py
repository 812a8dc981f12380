"""Pages of hardship: identities, assistance, the names lists use."""

from hardship.admin import assistance, categories, file, recognitions

__all__ = ["assistance", "categories", "file", "recognitions"]
