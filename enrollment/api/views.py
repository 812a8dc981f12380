"""Quotes, entitlement, payments."""

from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from enrollment.api import examples
from enrollment.api.quote_serializers import QuoteReply, QuoteRequest
from enrollment.api.quote_shapes import circumstances_from, person_from, reply_of
from enrollment.api.serializers import (
    EntitlementCheckThen,
    EntitlementReply,
    EntitlementsCheck,
    EntitlementsReply,
    PaymentsIn,
    PaymentsReply,
)
from enrollment.selectors import entitlement_on
from enrollment.services.partner_entitlements import entitlements_of
from enrollment.services.partner_payments import field_about, record_payments_of_agency
from enrollment.services.partner_quotes import PartnerQuote, quote_facts, quote_resident
from enrollment.services.payments import PaymentRow
from exchange.api.idempotency import HEADER, idempotent
from exchange.api.openapi import operation
from exchange.api.people import person_for
from exchange.api.permissions import HasAgencyScope, agency_of, require_area
from exchange.api.problem_codes import AREA, PERSON, POLICY
from hardship.selectors import county_in
from registry.models import Area


class QuoteView(APIView):
    """Answer what somebody would owe; nothing is written but the access log."""

    permission_classes = [HasAgencyScope]
    required_scopes = ["quote"]

    @operation(
        summary="试算应缴与待遇",
        text="某日缴费到账，应缴多少、谁负担、待遇何时开始；附计算过程和依据。不产生登记。权限范围：`quote`。",
        request=QuoteRequest,
        reply=QuoteReply,
        codes=PERSON
        | POLICY
        | AREA
        | {
            "resident_dead": "409，人员在缴费日前已死亡",
            "unknown_category": "409，身份类别不在登记簿中",
        },
        examples={
            "已登记人员": (examples.QUOTE_PERSON, None),
            "按情形试算": (examples.QUOTE_FACTS, examples.QUOTED),
        },
    )
    def post(self, request: Request) -> Response:
        """Answer with the quote."""
        body = QuoteRequest(data=request.data)
        body.is_valid(raise_exception=True)
        asked = body.validated_data
        found = self._by_facts(request, asked) if "facts" in asked else self._by_number(request, asked)
        return Response(QuoteReply(reply_of(found)).data)

    def _by_number(self, request: Request, asked: dict[str, object]) -> PartnerQuote:
        given = {name: asked[name] for name in asked.keys() - {"id_number"}}
        resident_id = person_for(request, str(asked["id_number"]), purpose="接口试算应缴")
        return quote_resident(resident_id=resident_id, **given)  # type: ignore[arg-type]

    def _by_facts(self, request: Request, asked: dict[str, dict[str, str]]) -> PartnerQuote:
        area = Area.objects.filter(code=asked["facts"]["area"]).first()
        if area is None:
            raise ValidationError({"facts": {"area": ["没有该区划代码"]}}, code="unknown_area")
        require_area(agency_of(request), area)
        circumstances = circumstances_from(asked, county=county_in(area))
        return quote_facts(area=area, person=person_from(asked), circumstances=circumstances)


class EntitlementView(APIView):
    """Answer whether somebody is covered; a check is a POST so that no number stands in a log."""

    permission_classes = [HasAgencyScope]
    required_scopes = ["entitlement"]

    @operation(
        summary="查询待遇资格",
        text="某人某日（过去的也可以）是否享受待遇、起止日期；不享受的说明原因和怎么办。"
        "给出 known_at 则按当时的记录回答。权限范围：`entitlement`。",
        request=EntitlementCheckThen,
        reply=EntitlementReply,
        codes=PERSON,
        examples={"享受待遇": (examples.ENTITLEMENT_CHECK, examples.ENTITLEMENT)},
    )
    def post(self, request: Request) -> Response:
        """Answer with the entitlement."""
        body = EntitlementCheckThen(data=request.data)
        body.is_valid(raise_exception=True)
        asked = body.validated_data
        resident_id = person_for(request, asked["id_number"], purpose="接口查询待遇资格")
        found = entitlement_on(resident_id=resident_id, day=asked["on"], known_at=asked["known_at"])
        return Response(EntitlementReply(found).data)


class EntitlementsView(APIView):
    """Answer for many people at once, as a school or a tax office asks before a season."""

    permission_classes = [HasAgencyScope]
    required_scopes = ["entitlement"]

    @operation(
        summary="批量查询待遇资格",
        text="一次至多 500 人日，逐个回答，与查询顺序一致；本部门地区范围内没有的，该行 code 为 `resident_not_found`。"
        "给出 known_at 则按当时的记录回答。权限范围：`entitlement`。",
        request=EntitlementsCheck,
        reply=EntitlementsReply,
        codes={},
        examples={"两人": (examples.ENTITLEMENT_CHECKS, examples.ENTITLEMENTS)},
    )
    def post(self, request: Request) -> Response:
        """Answer in the order asked."""
        body = EntitlementsCheck(data=request.data)
        body.is_valid(raise_exception=True)
        asked = body.validated_data
        checks = [(each["id_number"], each["on"]) for each in asked["checks"]]
        answers = entitlements_of(agency=agency_of(request), checks=checks, known_at=asked["known_at"])
        return Response(EntitlementsReply({"answers": answers}).data)


class PaymentsView(APIView):
    """Take payments in."""

    permission_classes = [HasAgencyScope]
    required_scopes = ["payments:write"]

    @operation(
        summary="报送缴费",
        text="一次至多 1000 行，逐行给出结果；同一流水号不重复入账。查无此人的缴费留待人工处理，不会丢失；"
        "本部门地区以外人员的行不接收（resident_not_found）。权限范围：`payments:write`。",
        request=PaymentsIn,
        reply=PaymentsReply,
        codes={"batch_already_received": "409，同一幂等键的报送已受理，其回答已不再保存"},
        examples={"一笔缴费": (examples.PAYMENTS, examples.PAYMENT_OUTCOMES)},
        writes=True,
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Answer with every row's outcome; one bad row stops no other."""
        body = PaymentsIn(data=request.data)
        body.is_valid(raise_exception=True)
        rows = [PaymentRow(**row) for row in body.validated_data["rows"]]
        outcomes = record_payments_of_agency(
            agency=agency_of(request), key=request.headers[HEADER].strip(), rows=rows
        )
        told = [
            {name: getattr(each, name) for name in ("serial", "outcome", "code", "message")}
            | {"field": field_about(each.code)}
            for each in outcomes
        ]
        return Response(PaymentsReply({"outcomes": told}).data)
