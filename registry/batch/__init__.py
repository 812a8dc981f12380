"""Rows in bulk: COPY in, set-based history. Every app above uses these, none writes its own."""
