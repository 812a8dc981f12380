"""Pages of people and areas, and the base of every page whose rows belong to an area."""

from registry.admin import accounts, areas, policies, residents, sign_in

__all__ = ["accounts", "areas", "policies", "residents", "sign_in"]
