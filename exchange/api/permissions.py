"""Who calls: an agency, by its OAuth2 client, with a scope, for its area."""

from typing import Any

from oauth2_provider.contrib.rest_framework import TokenHasScope
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.views import APIView

from exchange.models import Agency
from exchange.selectors import agency_covers
from registry.models import Area


class AgencyNotBound(PermissionDenied):
    """The client belongs to no agency in service."""

    default_detail = "该客户端未绑定启用的部门"
    default_code = "agency_not_bound"


class AreaOutsideScope(PermissionDenied):
    """The agency does not answer for the area."""

    default_detail = "不在该部门的地区范围内"
    default_code = "area_outside_scope"


class HasAgencyScope(TokenHasScope):
    """The token holds the view's `required_scopes` and its client is an agency's; sets `request.agency`.

    `required_scopes` is a list for the whole view, or a dict from method to list.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Check the scopes, then find the agency.

        :raises AgencyNotBound: if the client is no agency's, or the agency is out of service
        """
        if not super().has_permission(request, view):
            return False
        client = getattr(request.auth, "application_id", None)
        agency = (
            Agency.objects.select_related("area").filter(
                application__isnull=False, application=client, is_active=True
            )
        ).first()
        if agency is None:
            raise AgencyNotBound
        request.agency = agency  # type: ignore[attr-defined]
        return True

    def get_scopes(self, request: Request, view: APIView) -> list[str]:
        """Return what the method needs."""
        scopes: Any = super().get_scopes(request, view)
        if isinstance(scopes, dict):
            scopes = scopes[request.method]
        return list(scopes)


def agency_of(request: Request) -> Agency:
    """Return who calls; only behind `HasAgencyScope`."""
    agency = getattr(request, "agency", None)
    assert isinstance(agency, Agency), "the view lacks HasAgencyScope"
    return agency


def require_area(agency: Agency, area: Area) -> None:
    """Refuse an area the agency does not answer for.

    :raises AreaOutsideScope: if `area` is neither its own nor below
    """
    if not agency_covers(agency, area):
        raise AreaOutsideScope
