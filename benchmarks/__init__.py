"""Measurements: `make bench` prints one JSON line each, `make bench ONLY=year_end` those whose name begins so."""
