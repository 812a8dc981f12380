"""Writes of enrollment: register, quote, book payments, split subsidies, record transfers, read lists."""
