"""The law of premium assistance, as pure functions with their working."""
