"""Set-based reads and writes of oversight."""
