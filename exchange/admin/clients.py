"""OAuth2 clients of the agencies; tokens themselves are never shown."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from oauth2_provider import admin as _first  # noqa: F401 - registers its pages, which ours replace
from oauth2_provider.models import AccessToken, Application, Grant, IDToken, RefreshToken
from unfold.admin import ModelAdmin

for model in (Application, AccessToken, Grant, IDToken, RefreshToken):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


@admin.register(Application)
class ApplicationPage(ModelAdmin):
    """A program of an agency: credentials only, no person in between."""

    list_display = ("name", "client_id", "client_type", "authorization_grant_type", "updated")
    search_fields = ("name", "client_id")
    fields = ("name", "client_id", "client_secret", "client_type", "authorization_grant_type")
    list_fullwidth = True

    def get_readonly_fields(self, request: HttpRequest, obj: Application | None = None) -> Any:
        """Keep the secret out of sight once it is hashed."""
        return ("client_id",) if obj else ()

    def get_fields(self, request: HttpRequest, obj: Application | None = None) -> Any:
        """Ask for the secret once."""
        return [name for name in self.fields if not (obj and name == "client_secret")]
