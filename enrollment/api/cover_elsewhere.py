"""Cover elsewhere as agencies report it."""

from dataclasses import asdict

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from enrollment.api import examples
from enrollment.api.cover_serializers import CoversIn, CoversReply
from enrollment.services.partner_cover import CoverRow, report_cover_of_agency
from exchange.api.idempotency import HEADER, idempotent
from exchange.api.openapi import operation
from exchange.api.permissions import HasAgencyScope, agency_of


class CoverElsewhereView(APIView):
    """Take in where else people are insured."""

    permission_classes = [HasAgencyScope]
    required_scopes = ["insured_elsewhere:write"]

    @operation(
        summary="报送他处参保",
        text="某人自某日起、至某日止参加职工医保或异地居民医保，或从未参加（作废）。"
        "一次至多 1000 行，逐行给出结果，一行有误不影响其他行；同一人同一险种同一起始日是同一段，再报即更正。"
        "只能更改本部门报送的；其他部门报送的、医保局登记或更正过的逐行退回（`insured_spell_told_by_another`）。"
        "与本地登记重复的由医保局立工单，未缴清的随即重新核定。"
        "权限范围：`insured_elsewhere:write`。",
        request=CoversIn,
        reply=CoversReply,
        codes={
            "batch_already_received": "409，同一幂等键的报送已受理，其回答已不再保存",
            "insured_spell_told_by_another": "409，这一段由其他部门报送，或由医保局登记、更正、作废过；逐行给出",
        },
        examples={"开始与终止": (examples.COVERS, examples.COVER_OUTCOMES)},
        writes=True,
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Answer with every row's outcome."""
        body = CoversIn(data=request.data)
        body.is_valid(raise_exception=True)
        rows = [CoverRow(**row) for row in body.validated_data["rows"]]
        outcomes = report_cover_of_agency(
            agency=agency_of(request), key=request.headers[HEADER].strip(), rows=rows
        )
        told = [{"number": number} | asdict(each) for number, each in enumerate(outcomes, start=1)]
        return Response(CoversReply({"outcomes": told}).data)
