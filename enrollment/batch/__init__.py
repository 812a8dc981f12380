"""Set-based writes of enrollment."""
