"""Routes of hardship under /api/v1/."""

from django.urls import path

from hardship.api.views import IdentitySearchView

urlpatterns = [path("identities/search/", IdentitySearchView.as_view(), name="search-identities")]
