"""How often an agency may call, all its programs and tokens together."""

from typing import TYPE_CHECKING

from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from exchange.models import Agency

if TYPE_CHECKING:  # the views themselves import what the settings name
    from rest_framework.views import APIView


class AgencyRateThrottle(SimpleRateThrottle):
    """Count by agency; the rate is `agency` in `DEFAULT_THROTTLE_RATES`.

    Runs after the permissions, so that the agency is known and refused calls do not count.
    """

    scope = "agency"

    def get_cache_key(self, request: Request, view: "APIView") -> str | None:  # noqa: ARG002 - fixed by the framework
        """Return the agency's counter, null = not an agency's call."""
        agency = getattr(request, "agency", None)
        return f"throttle:agency:{agency.pk}" if isinstance(agency, Agency) else None
