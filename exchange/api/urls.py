"""Routes of the exchange under /api/v1/."""

from django.urls import path

from exchange.api.agreements import AgreementList
from exchange.api.views import EventAcknowledgement, EventList

urlpatterns = [
    path("lists/agreements/", AgreementList.as_view(), name="list-agreements"),
    path("events/", EventList.as_view(), name="events"),
    path("events/<uuid:event_id>/acknowledge/", EventAcknowledgement.as_view(), name="acknowledge-event"),
]
