"""See: fund run, participation, reconciliation, worked cases, what-if; read-only over the house.

Owns: no record of a resident; the papers of reconciliations with their differences, and the tax authority's totals.
Reads every room below and writes to none, worked cases inside a rolled-back transaction excepted."""
