"""Collect: who is enrolled for which year, what is due, paid and subsidised, when benefits start.

Owns: enrollments, contribution periods, payments, fiscal shares, fund transfers; why people are not insured, and who
spoke to them.
Knows nothing of claims."""
