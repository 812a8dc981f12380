"""What the bureau itself is held to, as pure functions."""
