"""Routes that only tests call: a write, a refusal, a form with rows."""

from django.http import Http404
from django.urls import include, path
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from exchange.api.idempotency import idempotent
from exchange.api.permissions import HasAgencyScope, agency_of, require_area
from policy.errors import DomainError
from registry.models import Area, Household


class Row(serializers.Serializer):
    number = serializers.CharField(max_length=5)


class Form(serializers.Serializer):
    name = serializers.CharField()
    rows = Row(many=True)


class TooLate(DomainError):
    code = "too_late"


class Write(APIView):
    permission_classes = [HasAgencyScope]
    required_scopes = {"POST": ["payments:write"], "GET": ["quote"]}

    def get(self, request):
        raise Http404

    @idempotent
    def post(self, request):
        area = Area.objects.get(code=request.data["area"])
        require_area(agency_of(request), area)
        household = Household.objects.create(number=request.data["number"], area=area)
        if request.data.get("refuse"):
            raise TooLate("已过集中参保期", last_day="2025-02-28")
        return Response({"id": household.pk, "area": area.code}, status=201)


class Check(APIView):
    permission_classes = []
    authentication_classes = []

    def post(self, request):
        Form(data=request.data).is_valid(raise_exception=True)
        return Response(status=204)


urlpatterns = [
    path("write/", Write.as_view()),
    path("check/", Check.as_view()),
    path("api/v1/", include("exchange.api.urls")),
]
