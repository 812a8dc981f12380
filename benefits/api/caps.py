"""The critical illness cap of a person, with the ledger it is the sum of."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from benefits.api import examples
from benefits.selectors.caps import cap_of
from exchange.api.fields import Day, IdNumber, Money
from exchange.api.openapi import operation
from exchange.api.people import person_for
from exchange.api.permissions import HasAgencyScope
from exchange.api.problem_codes import PERSON, POLICY

KINDS = [
    ("base", "原封顶线"), ("continuous", "连续参保所得"), ("zero_claim", "零报销所得"), ("used", "使用奖励额度"),
    ("reset", "清零"), ("lost", "断保取消"), ("lapsed", "断保降低"), ("over_limit", "超过上限不计"),
    ("excluded", "救助对象除外"),
]  # fmt: skip


class CapCheck(serializers.Serializer[Any]):
    """Whose cap, on which day."""

    id_number = IdNumber()
    on = Day(help_text="查询日期；答复其所在年度的封顶线，以当日的困难身份为准")


class CapEntryReply(serializers.Serializer[Any]):
    """One entry of the ledger."""

    year = serializers.IntegerField(help_text="年度")
    kind = serializers.ChoiceField(choices=KINDS, help_text="事项")
    count = serializers.IntegerField(help_text="档数，减少为负")
    amount = Money(help_text="使封顶线增减多少；各笔合计即封顶线")
    used = Money(allow_null=True, help_text="使用奖励额度的事项：用去多少；其余为空")
    words = serializers.CharField(source="step.label", help_text="说明")
    clause = serializers.CharField(source="step.clause", help_text="依据")


class CapProspectsReply(serializers.Serializer[Any]):
    """What becomes of the cap next year."""

    year = serializers.IntegerField(help_text="次年")
    enrolled = Money(help_text="次年参保的，次年封顶线")
    stayed = Money(help_text="此后两年都参保、次年零报销的，再下一年的封顶线")
    returned = Money(help_text="次年断保、再下一年参保的，该年的封顶线")
    is_carried = serializers.BooleanField(help_text="次年政策尚未录入，按本年规定推算")


class CapReply(serializers.Serializer[Any]):
    """The cap of the year and what it is the sum of."""

    year = serializers.IntegerField(help_text="年度")
    policy_key = serializers.CharField(help_text="所依据的政策版本")
    cap = Money(source="cap.value.cap", allow_null=True, default=None, help_text="封顶线；文件没有规定的为空")
    entries = CapEntryReply(source="ledger", many=True, help_text="台账，按年度先后")
    prospects = CapProspectsReply(allow_null=True, help_text="次年展望；文件没有规定的为空")


class CapView(APIView):
    """Tell somebody's cap; a check is a POST so that no number stands in a log."""

    permission_classes = [HasAgencyScope]
    required_scopes = ["entitlement"]

    @operation(
        summary="查询大病保险封顶线台账",
        text="某人某年度的大病保险封顶线，由哪几笔相加而成（获得、使用、清零、取消、断保、超限、除外），"
        "以及次年参保与否的封顶线。按参保人计算；是否参保另查待遇资格。权限范围：`entitlement`。",
        request=CapCheck,
        reply=CapReply,
        codes=PERSON | POLICY,
        examples={"零报销一年": (examples.CAP_CHECK, examples.CAP)},
    )
    def post(self, request: Request) -> Response:
        """Answer with the cap and its ledger."""
        body = CapCheck(data=request.data)
        body.is_valid(raise_exception=True)
        day = body.validated_data["on"]
        resident_id = person_for(request, body.validated_data["id_number"], purpose="接口查询大病保险封顶线")
        return Response(CapReply(cap_of(resident_id=resident_id, year=day.year, day=day)).data)
