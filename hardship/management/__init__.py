"""Commands of hardship."""
