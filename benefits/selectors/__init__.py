"""Reads of benefits, one file per question."""
