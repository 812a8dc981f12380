"""Set-based twins of the rules."""
