"""What the bureau asks of the house as a whole."""
