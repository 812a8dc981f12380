"""The page policy: strict everywhere, what their scripts need on the admin and the API browser."""

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase


class ContentPolicyMiddleware(CSPMiddleware):
    """Send the content security policy of the path."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Widen the policy where the settings name the path."""
        if request.path.startswith(settings.CONTENT_SECURITY_POLICY_SCRIPTED_PATHS):
            response._csp_replace = settings.CONTENT_SECURITY_POLICY_SCRIPTED  # type: ignore[attr-defined]  # noqa: SLF001
        return super().process_response(request, response)
