"""The tax authority's totals: taken in, and compared."""

from typing import Any

from django.db.models import QuerySet
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from exchange.api.idempotency import HEADER, idempotent
from exchange.api.openapi import operation
from exchange.api.pagination import ByKey
from exchange.api.permissions import HasAgencyScope, agency_of
from exchange.models import RowOutcome
from exchange.services.batches import RowResult
from oversight.api import examples
from oversight.api.serializers import MonthQuery, TaxTotalsIn, TaxTotalsReply, TotalDifferenceReply
from oversight.models import Difference
from oversight.parsers.tax_totals import TotalLine
from oversight.selectors.reconciliations import total_differences_in
from oversight.services.tax_totals import record_totals_of_agency

OUTCOMES = {
    RowOutcome.NEW: "recorded",
    RowOutcome.CHANGED: "corrected",
    RowOutcome.UNCHANGED: "unchanged",
    RowOutcome.DUPLICATE: "unchanged",
    RowOutcome.CONFLICT: "refused",
    RowOutcome.REFUSED: "refused",
}


class TaxTotalsView(APIView):
    """Take totals in."""

    permission_classes = [HasAgencyScope]
    required_scopes = ["tax_totals:write"]

    @operation(
        summary="报送税务汇总",
        text="每天、每地、每个渠道的笔数和净额，供人费核对；一次至多 1000 行，逐行给出结果。"
        "再报同一天的按最近一次为准，原数留在变更记录里；该月已结账的照收，列入下一个未结账月份（month_closed）。"
        "本部门地区以外的行不接收（area_unknown）。权限范围：`tax_totals:write`。",
        request=TaxTotalsIn,
        reply=TaxTotalsReply,
        codes={"batch_already_received": "409，同一幂等键的报送已受理，其回答已不再保存"},
        examples={"两个渠道": (examples.TAX_TOTALS, examples.TAX_TOTAL_OUTCOMES)},
        writes=True,
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Answer with every row's outcome; one bad row stops no other."""
        body = TaxTotalsIn(data=request.data)
        body.is_valid(raise_exception=True)
        lines = [TotalLine(number, **row) for number, row in enumerate(body.validated_data["rows"], start=1)]
        results = record_totals_of_agency(
            agency=agency_of(request), key=request.headers[HEADER].strip(), lines=lines
        )
        return Response(TaxTotalsReply({"outcomes": list(map(_outcome, results))}).data)


class TaxTotalDifferences(ListAPIView[Difference]):
    """List where the authority's totals and our rows differ; no person is named."""

    permission_classes = [HasAgencyScope]
    required_scopes = ["tax_totals:write"]
    serializer_class = TotalDifferenceReply
    pagination_class = ByKey
    filter_backends: list[Any] = []
    queryset = Difference.objects.none()

    def get_queryset(self) -> QuerySet[Difference]:
        """Return those of the agency's area and the month asked for."""
        query = MonthQuery(data=self.request.query_params.dict())
        query.is_valid(raise_exception=True)
        return total_differences_in(agency_of(self.request).area, month=query.validated_data["month"])

    @operation(
        summary="与税务汇总不符",
        text="某月税务汇总与医保局收到的流水不符的日期和渠道，以医保局最近一次核对为准，不含个人信息；用 next 翻页。"
        "权限范围：`tax_totals:write`。",
        parameters=[MonthQuery],
        reply=TotalDifferenceReply,
        examples={"差一笔": (None, examples.TOTAL_DIFFERENCES)},
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Answer one page; `next` leads on."""
        return super().get(request, *args, **kwargs)


def _outcome(result: RowResult) -> dict[str, Any]:
    return {
        "number": result.number,
        "outcome": OUTCOMES[RowOutcome(result.outcome)],
        "code": result.code,
        "message": result.message,
    }
