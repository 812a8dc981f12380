"""The law as data: notices as typed TOML, their inheritance, bounds and approval; money, dates, traces.

Owns: what a clause says, in which year, for which area, and how sure we are of it.
Knows nothing of people. Every other room reads it; it reads none."""
