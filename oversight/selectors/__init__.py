"""Reads over the whole house."""
