"""Claims: send, read, take back."""

from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from benefits.api import examples
from benefits.api.claim_serializers import ClaimReply, ClaimsIn, ClaimsReply, VoidIn, VoidReply
from benefits.models import Claim
from benefits.selectors.for_agencies import claims_for
from benefits.services.bills import NewLine
from benefits.services.partner_claims import SentClaim, settle_claims_of_agency, void_claim_of_agency
from exchange.api.idempotency import HEADER, idempotent
from exchange.api.openapi import operation
from exchange.api.permissions import HasAgencyScope, agency_of
from registry.services.log_access import log_access

NUMBER = OpenApiParameter("number", str, OpenApiParameter.PATH, description="结算单号")
CLAIM_CODES = {"claim_not_found": "404，没有该结算单，或参保人不在本部门地区范围内，或是其他医疗机构的结算单"}


class ClaimNotFound(NotFound):
    """No such claim that the agency may read."""

    default_code = "claim_not_found"
    default_detail = "没有该结算单"


def claim_for(request: Request, number: str, *, purpose: str) -> Claim:
    """Return a claim that the agency may read, and log the look.

    :raises ClaimNotFound: if there is none
    """
    agency = agency_of(request)
    claim = claims_for(agency).filter(number=number).first() if "\0" not in number else None
    if claim is None:
        raise ClaimNotFound
    log_access(agency_code=agency.code, resident_ids=[claim.resident_id], purpose=purpose)
    return claim


class ClaimsView(APIView):
    """Take claims in."""

    permission_classes = [HasAgencyScope]
    required_scopes = ["claims:write"]

    @operation(
        summary="报送结算",
        text="一次至多 200 单，逐单给出三重制度（基本医保、大病保险、医疗救助）的支付和计算过程。"
        "同一人同一年度按出院日期先后结算，补报的单据会使其后的单据重新结算。"
        "更正已结算的一单：用新的结算单号报送，`replaces` 填原结算单号，`reason` 写明原因，原单随即冲正。"
        "只能报送本机构账号所属的定点医药机构的结算单，其余的逐单退回（`facility_not_yours`）。权限范围：`claims:write`。",
        request=ClaimsIn,
        reply=ClaimsReply,
        codes={"batch_already_received": "409，同一幂等键的报送已受理，其回答已不再保存"},
        examples={"一次住院": (examples.CLAIMS, examples.CLAIM_OUTCOMES)},
        writes=True,
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Answer with every claim's outcome; one bad claim stops no other."""
        body = ClaimsIn(data=request.data)
        body.is_valid(raise_exception=True)
        claims = [_sent(claim) for claim in body.validated_data["claims"]]
        key = request.headers[HEADER].strip()
        outcomes = settle_claims_of_agency(agency=agency_of(request), key=key, claims=claims)
        return Response(ClaimsReply({"outcomes": outcomes}).data)


class ClaimView(APIView):
    """Show one claim."""

    permission_classes = [HasAgencyScope]
    required_scopes = ["claims:write"]

    @operation(
        summary="查询结算单",
        text="一张结算单的现状；其前的单据补报或冲正后，金额可能已变。"
        "医疗机构只能查询本机构账号所属的定点医药机构的结算单。权限范围：`claims:write`。",
        parameters=[NUMBER],
        reply=ClaimReply,
        codes=CLAIM_CODES,
        examples={"一次住院": (None, examples.CLAIM)},
    )
    def get(self, request: Request, number: str) -> Response:
        """Answer with the claim as it stands."""
        return Response(ClaimReply(claim_for(request, number, purpose="接口查询结算单")).data)


class ClaimVoid(APIView):
    """Take a claim back."""

    permission_classes = [HasAgencyScope]
    required_scopes = ["claims:write"]

    @operation(
        summary="冲正结算单",
        text="只能冲正本机构账号所属的定点医药机构的结算单。冲正后其后的单据重新结算，列出可查询的单据中金额有变的。"
        "内容有误的不必先冲正：报送更正的一单即可。权限范围：`claims:write`。",
        parameters=[NUMBER],
        request=VoidIn,
        reply=VoidReply,
        codes=CLAIM_CODES
        | {
            "claim_already_reversed": "409，该结算单已冲正",
            "facility_not_yours": "409，该定点医药机构不属于本机构账号",
        },
        examples={"项目录入有误": (examples.VOID, None)},
        writes=True,
    )
    @idempotent
    def post(self, request: Request, number: str) -> Response:
        """Answer with the reversed claim and the numbers of those settled anew."""
        body = VoidIn(data=request.data)
        body.is_valid(raise_exception=True)
        claim = claim_for(request, number, purpose="接口冲正结算单")
        reason = body.validated_data["reason"]
        resettled = void_claim_of_agency(agency=agency_of(request), claim=claim, reason=reason)
        return Response(VoidReply({"claim": claim, "resettled": resettled}).data)


def _sent(claim: dict[str, object]) -> SentClaim:
    bill = {name: value for name, value in claim.items() if name not in ("id_number", "lines")}
    lines = claim.get("lines", [])
    assert isinstance(lines, list)
    return SentClaim(str(claim["id_number"]), bill | {"lines": tuple(NewLine(**line) for line in lines)})
