"""Pages of hardship: identities, assistance, the names lists use."""

from hardship.admin import assistance, categories, deaths, file, lists, panels, recognitions

__all__ = ["assistance", "categories", "deaths", "file", "lists", "panels", "recognitions"]
