"""See: fund run, participation, reconciliation, worked cases, what-if; read-only over the house.

Owns: no record of a resident; the papers of reconciliations with their differences, the tax authority's totals,
and the participation kept month by month.
Reads every room below and writes to none, worked cases inside a rolled-back transaction excepted."""
