"""Addresses of the house; each app names its own below /api/v1/."""

from importlib.util import find_spec

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from health_check.views import HealthCheckView
from oauth2_provider.views import RevokeTokenView, TokenView

from config import probes

API_APPS = ("registry", "exchange", "hardship", "enrollment", "benefits", "oversight")
# Agencies' programs only: client credentials. No pages where a person grants access to an application.
oauth_urls = [
    path("token/", TokenView.as_view(), name="token"),
    path("revoke/", RevokeTokenView.as_view(), name="revoke-token"),
]
api_urls = [f"{app}.api.urls" for app in API_APPS if find_spec(f"{app}.api") and find_spec(f"{app}.api.urls")]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", include("oversight.admin.urls")),
    path("admin/", include("enrollment.admin.urls")),
    path("admin/", admin.site.urls),
    path("o/", include((oauth_urls, "oauth2_provider"))),
    *(path("api/v1/", include(urls)) for urls in api_urls),
    path("api/v1/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/v1/docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    path("api/v1/", include("exchange.api.fallback")),
    path("health/live/", probes.live, name="live"),
    path(
        "health/ready/",
        HealthCheckView.as_view(checks=["health_check.checks.Database", "health_check.checks.Cache"]),
        name="ready",
    ),
    path("metrics/", probes.metrics, name="metrics"),
]
handler500 = "exchange.api.fallback.server_error"
