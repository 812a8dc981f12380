"""The share of in-policy expense the fund pays, for agencies that watch over it."""

import datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from exchange.api.fields import Day, Money
from exchange.api.openapi import operation
from exchange.api.permissions import AreaOutsideScope, HasAgencyScope, agency_of, require_area
from exchange.api.problem_codes import AREA
from oversight.selectors.in_policy import RatioLine, RatioSheet, in_policy_sheet
from registry.models import Area

MONTH = r"^[1-9][0-9]{3}-(0[1-9]|1[0-2])$"


class RatioQuery(serializers.Serializer[Any]):
    """Which months of which area."""

    area = serializers.CharField(max_length=12, required=False, help_text="区划代码；不填即本部门的地区")
    first = serializers.RegexField(MONTH, help_text="起始月份，如 2025-01")
    last = serializers.RegexField(MONTH, help_text="截止月份，与起始月份同年")
    known_on = Day(required=False, help_text="按当日为止的记录计算；不填按现在的")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for months of one year in their order, and a day that has come."""
        first, last = attrs["first"], attrs["last"]
        if first[:4] != last[:4] or first > last:
            raise serializers.ValidationError({"last": "应与起始月份同年，且不早于起始月份"}, code="months")
        if attrs.get("known_on", datetime.date.min) > timezone.localdate():
            raise serializers.ValidationError({"known_on": "不能晚于今天"}, code="day_ahead")
        return attrs


class RatioLineReply(serializers.Serializer[Any]):
    """One line."""

    name = serializers.CharField(help_text="月份、地区或机构级别")
    stays = serializers.IntegerField(source="sums.stays", help_text="住院人次")
    in_policy = Money(max_digits=20, source="sums.in_policy", help_text="政策范围内费用")
    fund_paid = Money(max_digits=20, source="sums.fund_paid", help_text="统筹基金支付")
    ratio = serializers.DecimalField(
        max_digits=5,
        decimal_places=4,
        allow_null=True,
        source="share",
        help_text="支付比例；没有费用的为 null",
    )
    inside = serializers.SerializerMethodField(help_text="是否在文件要求的区间内；文件没有规定的为 null")

    @extend_schema_field({"type": ["boolean", "null"]})
    def get_inside(self, line: RatioLine) -> bool | None:
        """Return whether the share lies in the band."""
        return None if line.traced is None else line.traced.value.inside


class ClauseReply(serializers.Serializer[Any]):
    """A step of the working of the total."""

    step = serializers.CharField(help_text="步骤")
    figure = serializers.CharField(allow_blank=True, help_text="数额")
    clause = serializers.CharField(allow_blank=True, help_text="依据")


class RatioReply(serializers.Serializer[Any]):
    """The sheet."""

    area = serializers.CharField(help_text="区划代码")
    months = RatioLineReply(many=True, help_text="各月")
    places = RatioLineReply(many=True, help_text="各地")
    grades = RatioLineReply(many=True, help_text="各级医疗机构")
    total = RatioLineReply(help_text="合计")
    working = ClauseReply(many=True, help_text="合计的计算过程")


class InPolicyRatioView(APIView):
    """Answer the share; no person is named."""

    permission_classes = [HasAgencyScope]
    required_scopes = ["statistics:read"]

    @operation(
        summary="政策范围内支付比例",
        text="居民医保统筹基金支付住院费用占政策范围内费用的比例，按月、按地区、按机构级别，与文件要求的区间对照；"
        "以结算日期计，不含个人信息。权限范围：`statistics:read`。",
        parameters=[RatioQuery],
        reply=RatioReply,
        codes=AREA,
    )
    def get(self, request: Request) -> Response:
        """Answer the sheet of the months asked for."""
        query = RatioQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        area = _area(request, asked.get("area"))
        sheet = in_policy_sheet(
            area=area,
            first=_first_of(asked["first"]),
            last=_first_of(asked["last"]),
            known_on=asked.get("known_on"),
        )
        return Response(RatioReply(_told(area, sheet)).data)


def _area(request: Request, code: str | None) -> Area:
    agency = agency_of(request)
    if code is None:
        return agency.area
    area = Area.objects.filter(code=code).first()
    if area is None:
        raise AreaOutsideScope
    require_area(agency, area)
    return area


def _first_of(month: str) -> datetime.date:
    return datetime.date.fromisoformat(f"{month}-01")


def _told(area: Area, sheet: RatioSheet) -> dict[str, Any]:
    steps = sheet.total.traced.as_json() if sheet.total.traced else []
    working = [
        {"step": step["label"], "figure": step.get("figure", ""), "clause": step.get("clause", "")}
        for step in steps
    ]
    return {
        "area": area.code,
        "months": sheet.months,
        "places": sheet.places,
        "grades": sheet.grades,
        "total": sheet.total,
        "working": working,
    }
