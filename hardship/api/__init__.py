"""Partners ask who holds which identity."""
