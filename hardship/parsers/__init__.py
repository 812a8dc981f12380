"""The lists of the agencies that recognise identities, each read into the same frozen rows."""
