"""The agencies' events: list them, acknowledge them."""

import uuid
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.generics import ListAPIView
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from exchange.api.permissions import HasAgencyScope, agency_of
from exchange.api.problems import PROBLEMS
from exchange.api.serializers import AcknowledgementReply, EventQuery, EventReply
from exchange.models import OutboundEvent
from exchange.selectors import events_for
from exchange.services.deliver import EventNotForAgency, acknowledge_event


class ByEventId(CursorPagination):
    """Pages in the order of the event ids, oldest first."""

    ordering = "id"
    page_size = 100


class EventList(ListAPIView[OutboundEvent]):
    """List the calling agency's events, oldest first."""

    permission_classes = [HasAgencyScope]
    required_scopes = ["events:read"]
    serializer_class = EventReply
    pagination_class = ByEventId
    filter_backends: list[Any] = []
    queryset = OutboundEvent.objects.none()

    def get_queryset(self) -> QuerySet[OutboundEvent]:
        """Return what concerns the agency, filtered as asked."""
        query = EventQuery(data=self.request.query_params.dict())
        query.is_valid(raise_exception=True)
        events = events_for(agency_of(self.request), acknowledged=query.validated_data["acknowledged"])
        if "type" in query.validated_data:
            events = events.filter(kind=query.validated_data["type"])
        return events

    @extend_schema(
        summary="事件列表",
        description="本部门、本地区的事件，先后有序；用 next 翻页。",
        parameters=[EventQuery],
        responses={200: EventReply} | PROBLEMS,
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Answer one page; `next` leads on."""
        return super().get(request, *args, **kwargs)


class EventAcknowledgement(APIView):
    """Acknowledge one event."""

    permission_classes = [HasAgencyScope]
    required_scopes = ["events:read"]

    @extend_schema(
        summary="签收事件",
        description="重复签收无妨，以首次时间为准。",
        request=None,
        parameters=[OpenApiParameter("event_id", uuid.UUID, OpenApiParameter.PATH, description="事件号")],
        responses={200: AcknowledgementReply} | PROBLEMS,
    )
    def post(self, request: Request, event_id: uuid.UUID) -> Response:
        """Answer when it was first acknowledged; saying it again is harmless."""
        try:
            receipt = acknowledge_event(event_id=event_id, agency=agency_of(request))
        except EventNotForAgency as missing:
            raise NotFound(missing.message, code=missing.code) from missing
        return Response(AcknowledgementReply(receipt).data)
