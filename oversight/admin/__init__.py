"""Pages over the whole house, and of oversight's own papers."""

from oversight.admin import differences, lists, participation, reconciliations, tax_totals

__all__ = ["differences", "lists", "participation", "reconciliations", "tax_totals"]
