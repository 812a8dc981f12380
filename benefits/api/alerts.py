"""Alerts: list them, answer them."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from benefits.api import examples
from benefits.api.alert_serializers import (
    MOST_AT_ONCE,
    AlertAnswerIn,
    AlertAnswersIn,
    AlertAnswersReply,
    AlertQuery,
    AlertReply,
    words_of,
)
from benefits.models import Alert
from benefits.selectors.for_agencies import alerts_for
from benefits.services.alert_answers import Judged, Said, answer_alert
from benefits.services.partner_answers import take_answers_of_agency
from exchange.api.idempotency import HEADER, idempotent
from exchange.api.listing import PeopleList
from exchange.api.openapi import operation
from exchange.api.permissions import HasAgencyScope, agency_of
from registry.services.log_access import log_access


class AlertList(PeopleList[Alert]):
    """List the alerts of the agency's area that its kind is told of, oldest first."""

    purpose = "接口查询预警"
    required_scopes = ["alerts:read"]
    serializer_class = AlertReply
    queryset = Alert.objects.none()

    def get_queryset(self) -> QuerySet[Alert]:
        """Return what concerns the agency, filtered as asked."""
        query = AlertQuery(data=self.request.query_params.dict())
        query.is_valid(raise_exception=True)
        return alerts_for(agency_of(self.request)).filter(**query.validated_data)

    @operation(
        summary="预警列表",
        text="本部门、本地区的高额费用预警，先后有序；用 next 翻页。只附本部门的反馈。权限范围：`alerts:read`。",
        parameters=[AlertQuery],
        reply=AlertReply,
        examples={"因病致贫预警": (None, examples.ALERT)},
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Answer one page; `next` leads on."""
        return super().get(request, *args, **kwargs)


class AlertAnswerView(APIView):
    """Take an agency's answer to an alert."""

    permission_classes = [HasAgencyScope]
    required_scopes = ["alerts:write"]

    @operation(
        summary="签收或反馈预警",
        text="先签收（acknowledged），入户后登记（visited），核查后反馈结果（outcome、checked_by、checked_on）；"
        "反馈即视同签收，再次反馈另存一条，内容相同的不重复登记。纳入困难身份的，由医保局核对、确认后生效。"
        "权限范围：`alerts:write`。",
        parameters=[OpenApiParameter("alert_id", int, OpenApiParameter.PATH, description="预警号")],
        request=AlertAnswerIn,
        reply=AlertReply,
        codes={
            "alert_not_found": "404，没有该预警，或不属于本部门、本地区",
            "alert_withdrawn": "409，预警已撤回，无需反馈",
            "alert_answer_incomplete": "409，反馈缺项：纳入的须填本部门认定的类别，不符合条件的须说明原因",
        },
        examples={
            "签收": (examples.ACKNOWLEDGED, None),
            "入户": (examples.VISITED, None),
            "反馈": (examples.FINDING, examples.ANSWERED),
        },
        writes=True,
    )
    @idempotent
    def post(self, request: Request, alert_id: int) -> Response:
        """Answer with the alert as it stands then."""
        body = AlertAnswerIn(data=request.data)
        body.is_valid(raise_exception=True)
        agency = agency_of(request)
        alert = alerts_for(agency).filter(pk=alert_id).first()
        if alert is None:
            raise NotFound("没有该预警", code="alert_not_found")
        log_access(agency_code=agency.code, resident_ids=[alert.resident_id], purpose="接口反馈预警")
        answer_alert(alert=alert, agency=agency, words=body.words())
        return Response(AlertReply(alerts_for(agency).get(pk=alert_id)).data)


class AlertAnswersView(APIView):
    """Take an agency's answers to several alerts."""

    permission_classes = [HasAgencyScope]
    required_scopes = ["alerts:write"]

    @operation(
        summary="批量签收或反馈预警",
        text=f"一次至多 {MOST_AT_ONCE} 件，逐件给出结果：recorded 已登记，unchanged 与上次相同，refused 未登记及原因。"
        "各件的栏目与“签收或反馈预警”相同。权限范围：`alerts:write`。",
        request=AlertAnswersIn,
        reply=AlertAnswersReply,
        codes={"batch_already_received": "409，同一幂等键的报送已受理，其回答已不再保存"},
        examples={"一件反馈、一件查无": (examples.SEVERAL, examples.SEVERAL_OUTCOMES)},
        writes=True,
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Answer with what became of each; one bad answer stops no other."""
        body = AlertAnswersIn(data=request.data)
        body.is_valid(raise_exception=True)
        agency = agency_of(request)
        said = [
            Said(alert_id=each["id"], agency=agency, words=words_of(each), row_number=number)
            for number, each in enumerate(body.validated_data["answers"], start=1)
        ]
        found = take_answers_of_agency(agency=agency, key=request.headers[HEADER].strip(), said=said)
        seen = {each.alert.resident_id for each in found if each.alert is not None}
        log_access(agency_code=agency.code, resident_ids=seen, purpose="接口反馈预警")
        return Response(AlertAnswersReply({"outcomes": list(map(_outcome, found))}).data)


def _outcome(judged: Judged) -> dict[str, Any]:
    refusal = judged.refusal
    return {
        "id": judged.said.alert_id,
        "outcome": "refused" if refusal else "unchanged" if judged.is_known else "recorded",
        "state": judged.alert.state if judged.alert else "",
        "code": refusal.code if refusal else "",
        "message": refusal.message if refusal else "",
    }
