"""The tax authority's programs report its totals and read where ours differ."""
