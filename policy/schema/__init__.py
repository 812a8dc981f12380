"""The typed shape of a policy: one file per section, every leaf cited."""
