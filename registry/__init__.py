"""Who lives where: areas, households, residents and their identity numbers, staff scopes.

Owns: the person key that survives every change of name, number and address.
Knows nothing of hardship, money or claims."""
