"""What the documents say about benefits, as pure functions; nothing here reads, writes or knows the day."""
