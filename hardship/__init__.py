"""Recognise: hardship identities, many at once, dated, with who and why; premium assistance.

Owns: recognitions, the agencies' lists that bring them, and assistance grants.
Knows nothing of payments and claims."""
