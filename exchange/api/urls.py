"""Routes of the exchange under /api/v1/."""

from django.urls import path

from exchange.api.views import EventAcknowledgement, EventList

urlpatterns = [
    path("events/", EventList.as_view(), name="events"),
    path("events/<uuid:event_id>/acknowledge/", EventAcknowledgement.as_view(), name="acknowledge-event"),
]
