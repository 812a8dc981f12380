"""Writes of benefits: settlements, year ends, alerts."""
