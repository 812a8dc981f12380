"""Writes of the exchange: batches in, events out, deliveries, jobs, answers kept."""
