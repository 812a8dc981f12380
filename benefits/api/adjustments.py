"""What a hospital's settled claims pay otherwise than they paid: to be paid on top, or recovered."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from benefits.api import examples
from benefits.models import PaidLayer, PayoutAdjustment
from benefits.rules.adjustment_words import for_partners
from benefits.selectors.for_agencies import adjustments_for
from exchange.api.fields import Day, Money
from exchange.api.listing import PeopleList
from exchange.api.openapi import operation
from exchange.api.permissions import agency_of


class AdjustmentQuery(serializers.Serializer[Any]):
    """From which day on."""

    since = Day(required=False, help_text="只列这一天（含）以后产生的")


class ReasonForPartners(serializers.CharField):
    """A reason without what it says of another claim."""

    def to_representation(self, value: Any) -> str:
        """Return the words."""
        return for_partners(str(value))


class AdjustmentReply(serializers.Serializer[Any]):
    """One layer of one claim that pays otherwise now."""

    id = serializers.IntegerField(help_text="序号，不会重复")
    number = serializers.CharField(source="claim.number", help_text="结算单号")
    facility_code = serializers.CharField(source="claim.facility.code", help_text="定点医药机构编码")
    layer = serializers.ChoiceField(choices=PaidLayer.choices, help_text="支付方")
    before = Money(help_text="原支付")
    after = Money(help_text="应支付；冲正的为零")
    amount = Money(help_text="正数为补付，负数为追回")
    reason = ReasonForPartners(help_text="原因")
    recorded_at = serializers.DateTimeField(help_text="产生时间")


class AdjustmentList(PeopleList[PayoutAdjustment]):
    """List the adjustments of claims of the agency's own facilities, oldest first."""

    purpose = "接口查询补付追回"
    required_scopes = ["claims:write"]
    serializer_class = AdjustmentReply
    queryset = PayoutAdjustment.objects.none()

    @operation(
        summary="补付追回列表",
        text="补报、冲正、更正使已结算的单据支付有变的，逐单逐层列出补付（正）或追回（负）多少；用 next 翻页。"
        "只见本机构账号所属的定点医药机构的结算单。权限范围：`claims:write`。",
        parameters=[AdjustmentQuery],
        reply=AdjustmentReply,
        examples={"补报后追回": (None, examples.ADJUSTMENT)},
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Answer one page; `next` leads on."""
        return super().get(request, *args, **kwargs)

    def resident_of(self, row: PayoutAdjustment) -> int:
        """Return whose claim was adjusted."""
        return row.claim.resident_id

    def get_queryset(self) -> QuerySet[PayoutAdjustment]:
        """Return what concerns the agency."""
        query = AdjustmentQuery(data=self.request.query_params.dict())
        query.is_valid(raise_exception=True)
        found = adjustments_for(agency_of(self.request))
        since = query.validated_data.get("since")
        return found if since is None else found.filter(recorded_at__date__gte=since)
