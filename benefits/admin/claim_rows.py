"""Pages of claims and of what hangs on them: seen and handled as the claim is."""

from collections.abc import Collection

from django.db.models import Q

from benefits.selectors.claim_scope import claims_handled, claims_seen
from registry.admin.base import ScopedAdmin
from registry.selectors import Viewer


class RowsOfClaims(ScopedAdmin):
    """Rows of the claims that the user's fund or people concern.

    :cvar claim_lookup: from the row to its claim, with the underscores after it; "" = it has the claim's own fields
    """

    claim_lookup = ""

    def rows_of(self, user: Viewer, *, roles: Collection[str] = ()) -> Q:
        """Return the condition of the rows the user sees; with roles, of those they act on."""
        if roles:
            return claims_handled(user, roles=roles, claim=self.claim_lookup)
        return claims_seen(user, claim=self.claim_lookup)
