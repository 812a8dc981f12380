"""Rules of the registry: pure checks without a database."""
