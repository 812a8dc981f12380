"""What an agency agreed to send, and how it came month by month."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from exchange.api.openapi import operation
from exchange.api.pagination import ByKey
from exchange.api.permissions import HasAgencyScope, agency_of
from exchange.models import BatchMode, ExpectedList, ExpectedState, ListAgreement
from exchange.selectors import agreements_on, recent_expected_lists

SHOWN = {
    "id": 3,
    "kind": "identities.civil_affairs",
    "area": "230102",
    "mode": "full",
    "due": "当月25日前",
    "grace_working_days": 2,
    "clause": "黑医保发〔2024〕45号 九",
    "months": [
        {
            "month": "2025-03-01",
            "due_on": "2025-03-25",
            "last_on": "2025-03-27",
            "state": "in_force",
            "received_on": "2025-03-31",
            "days_late": 6,
            "batch": 118,
        }
    ],
}


class ExpectedListReply(serializers.Serializer[ExpectedList]):
    """The list of one month."""

    month = serializers.DateField(help_text="数据月份（当月首日）")
    due_on = serializers.DateField(help_text="约定报送日")
    last_on = serializers.DateField(help_text="宽限至")
    state = serializers.ChoiceField(choices=ExpectedState.choices, help_text="情况")
    received_on = serializers.DateField(allow_null=True, help_text="收到日期；空为未收到")
    days_late = serializers.IntegerField(help_text="迟报天数；未收到的为至今天数")
    batch = serializers.IntegerField(source="batch_id", allow_null=True, help_text="批次号")


class AgreementReply(serializers.Serializer[ListAgreement]):
    """An agreement in force, and the months of the last year under it."""

    id = serializers.IntegerField(help_text="约定编号")
    kind = serializers.CharField(help_text="名单种类")
    area = serializers.CharField(source="area.code", help_text="名单地区的区划代码")
    mode = serializers.ChoiceField(choices=BatchMode.choices, help_text="报送方式：全量或补充")
    due = serializers.CharField(source="due_text", help_text="约定报送日")
    grace_working_days = serializers.IntegerField(help_text="宽限工作日")
    clause = serializers.CharField(help_text="依据")
    months = ExpectedListReply(many=True, source="recent", help_text="近十二个月的报送情况，先近后远")


class AgreementList(ListAPIView[ListAgreement]):
    """List the calling agency's agreements in force."""

    permission_classes = [HasAgencyScope]
    required_scopes = ["identities:write"]
    serializer_class = AgreementReply
    pagination_class = ByKey
    filter_backends: list[Any] = []
    queryset = ListAgreement.objects.none()

    def get_queryset(self) -> QuerySet[ListAgreement]:
        """Return the agreements with their months, in two queries."""
        today = timezone.localdate()
        months = Prefetch("expected", queryset=recent_expected_lists(today), to_attr="recent")
        mine = agreements_on(today).filter(agency=agency_of(self.request))
        return mine.select_related("area").prefetch_related(months)

    @operation(
        summary="名单报送约定",
        text="本部门约定报送的名单、约定报送日，以及近十二个月每月是否收到、迟几天。权限范围：`identities:write`。",
        reply=AgreementReply,
        examples={"每月25日前报送的全量名单": (None, SHOWN)},
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Answer one page; `next` leads on."""
        return super().get(request, *args, **kwargs)
