"""Pages of people and areas, and the base of every page whose rows belong to an area."""

from registry.admin import accounts, areas, changes, policies, residents, sign_in

__all__ = ["accounts", "areas", "changes", "policies", "residents", "sign_in"]
