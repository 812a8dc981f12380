"""Refunds asked for."""

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from enrollment.api import registration_examples as examples
from enrollment.api.registration_serializers import RefundIn, RefundReply
from enrollment.services.partner_people import people_of_years
from enrollment.services.partner_refunds import request_refund_of_agency
from enrollment.services.refunds import NewRefund
from exchange.api.idempotency import idempotent
from exchange.api.naming import names_field
from exchange.api.openapi import operation
from exchange.api.people import ResidentNotFound
from exchange.api.permissions import HasAgencyScope, agency_of
from exchange.api.problem_codes import PERSON, POLICY

REFUND_FIELDS = {
    "on": "asked_on",
    "contribution_not_paid": "coverage_year",
    "refund_forbidden": "reason",
    "refund_pending": "coverage_year",
    "policy_not_found": "coverage_year",
}


class RefundsView(APIView):
    """Take in that somebody asks for their premium back."""

    permission_classes = [HasAgencyScope]
    required_scopes = ["refunds:write"]

    @operation(
        summary="申请退费",
        text="为已缴费的年度（含只缴了一部分的）申请退费：医保局立工单，由两人决定；本接口不动钱。文件规定不退的当场拒绝，写明条款。"
        "权限范围：`refunds:write`。",
        request=RefundIn,
        reply=RefundReply,
        codes=PERSON
        | POLICY
        | {
            "contribution_not_paid": "409，该年度没有已入账的缴费",
            "refund_refused": "409，缺少所需的记录，或该年度由原平台核定",
            "refund_forbidden": "409，文件规定不予退费",
            "refund_pending": "409，该年度已有退费在办",
        },
        examples={"参加职工医保": (examples.REFUND, examples.REFUND_OPENED)},
        writes=True,
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Answer with the case."""
        body = RefundIn(data=request.data)
        body.is_valid(raise_exception=True)
        said = body.validated_data
        agency, year = agency_of(request), (said["id_number"], said["coverage_year"])
        people = people_of_years(agency=agency, years=[year], purpose="接口申请退费")
        resident_id = people.meant(*year)
        if resident_id is None:
            raise ResidentNotFound
        refund = NewRefund(
            reason=said["reason"], on=said["asked_on"], evidence=said["evidence"], words=said["words"]
        )
        with names_field(REFUND_FIELDS):
            case = request_refund_of_agency(
                agency=agency,
                resident_id=resident_id,
                coverage_year=said["coverage_year"],
                refund=refund,
            )
        told = {
            "request": case.pk,
            "outcome": "open",
            "amount": case.figures.get(label="应退本人").new,
            "clause": case.clause,
            "due_on": case.due_on,
        }
        return Response(RefundReply(told).data)
