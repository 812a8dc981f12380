"""The files that agencies would send about the demo city, in their columns, encodings and bad habits."""
