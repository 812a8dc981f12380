"""Routes of hardship under /api/v1/."""

from django.urls import path

from hardship.api.lists import BatchRows, BatchView, ListSubmissionView
from hardship.api.views import IdentitySearchView

urlpatterns = [
    path("identities/search/", IdentitySearchView.as_view(), name="search-identities"),
    path("lists/<slug:kind>/", ListSubmissionView.as_view(), name="send-list"),
    path("lists/batches/<int:batch_id>/", BatchView.as_view(), name="list-batch"),
    path("lists/batches/<int:batch_id>/rows/", BatchRows.as_view(), name="list-batch-rows"),
]
