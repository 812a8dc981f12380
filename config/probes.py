"""What operations asks: alive, ready, and figures for Prometheus."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django_prometheus.exports import ExportToDjangoView


def live(_request: HttpRequest) -> HttpResponse:
    """Answer that this process answers; touches nothing."""
    return HttpResponse("ok", content_type="text/plain")


def metrics(request: HttpRequest) -> HttpResponse:
    """Answer the figures, to the networks the settings name only."""
    address = ipaddress.ip_address(request.META["REMOTE_ADDR"])
    if not any(address in ipaddress.ip_network(network) for network in settings.INTERNAL_NETWORKS):
        return HttpResponseForbidden()
    response: HttpResponse = ExportToDjangoView(request)
    return response
