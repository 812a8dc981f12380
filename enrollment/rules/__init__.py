"""The law of collecting money, as pure functions with their working."""
