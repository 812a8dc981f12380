"""The agencies' events: list them, acknowledge them."""

import uuid
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import NotFound
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from exchange.api.examples import ACKNOWLEDGEMENT, EVENTS
from exchange.api.openapi import operation
from exchange.api.pagination import ByKey
from exchange.api.permissions import HasAgencyScope, agency_of
from exchange.api.serializers import AcknowledgementReply, EventQuery, EventReply
from exchange.models import OutboundEvent
from exchange.selectors import events_for
from exchange.services.deliver import EventNotForAgency, acknowledge_event


class EventList(ListAPIView[OutboundEvent]):
    """List the calling agency's events, oldest first."""

    permission_classes = [HasAgencyScope]
    required_scopes = ["events:read"]
    serializer_class = EventReply
    pagination_class = ByKey
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

    @operation(
        summary="事件列表",
        text="本部门、本地区的事件，先后有序；用 next 翻页。权限范围：`events:read`。",
        parameters=[EventQuery],
        reply=EventReply,
        examples={"一条预警事件": (None, EVENTS)},
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Answer one page; `next` leads on."""
        return super().get(request, *args, **kwargs)


class EventAcknowledgement(APIView):
    """Acknowledge one event."""

    permission_classes = [HasAgencyScope]
    required_scopes = ["events:read"]

    @operation(
        summary="签收事件",
        text="重复签收无妨，以首次时间为准；本身幂等，不需要幂等键。权限范围：`events:read`。",
        parameters=[OpenApiParameter("event_id", uuid.UUID, OpenApiParameter.PATH, description="事件号")],
        reply=AcknowledgementReply,
        codes={"event_not_found": "404，没有该事件，或不属于本部门、本地区"},
        examples={"已签收": (None, ACKNOWLEDGEMENT)},
    )
    def post(self, request: Request, event_id: uuid.UUID) -> Response:
        """Answer when it was first acknowledged; saying it again is harmless."""
        try:
            receipt = acknowledge_event(event_id=event_id, agency=agency_of(request))
        except EventNotForAgency as missing:
            raise NotFound(missing.message, code=missing.code) from missing
        return Response(AcknowledgementReply(receipt).data)
