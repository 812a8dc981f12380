"""Writes of hardship: categories, recognitions, the agencies' lists, grants."""
