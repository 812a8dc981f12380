"""Readers of the files oversight takes in."""
