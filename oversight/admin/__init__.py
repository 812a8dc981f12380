"""Pages over the whole house."""
