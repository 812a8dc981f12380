"""Agencies send their lists and read what became of them; a clerk of the bureau puts them in force."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import NotFound, PermissionDenied, ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from exchange.api.idempotency import idempotent
from exchange.api.openapi import operation
from exchange.api.pagination import ByKey
from exchange.api.parsers import BoundedJSONParser, FileFormParser, as_in_json
from exchange.api.permissions import HasAgencyScope, agency_of, require_area
from exchange.api.problem_codes import AREA
from exchange.models import Agency, InboundBatch, InboundRow
from exchange.services.batches import BatchAlreadyReceived
from hardship.api.examples import BATCH, ROWS, SENT
from hardship.api.serializers import BatchReply, ListForm, ListSubmission, RowQuery, RowReply
from hardship.rules.listers import lister_of
from hardship.services.lists import PREFIX, READERS
from hardship.services.lists.lines import LEFT_OUT
from hardship.tasks import submit_list
from registry.models import Area

KIND = OpenApiParameter("kind", str, OpenApiParameter.PATH, description="名单种类", enum=sorted(READERS))
NUMBER = OpenApiParameter("batch_id", int, OpenApiParameter.PATH, description="批次号")
NOT_FOUND = {"batch_not_found": "404，没有该批次，或不是本部门报送的"}


class BatchNotFound(NotFound):
    """There is no such batch, or it is not the agency's."""

    default_code = "batch_not_found"
    default_detail = "没有该批次，或不是本部门报送的"


class ListKindNotYours(PermissionDenied):
    """Such a list is another kind of agency's."""

    default_code = "list_kind_not_yours"
    default_detail = "该种名单不由本部门报送"


def own_batch(agency: Agency, batch_id: int) -> InboundBatch:
    """Return a batch of identities the agency sent.

    :raises BatchNotFound: if there is none
    """
    batches = InboundBatch.objects.filter(agency=agency, kind__startswith=PREFIX).select_related("area")
    batch = batches.filter(pk=batch_id).first()
    if batch is None:
        raise BatchNotFound
    return batch


class ListSubmissionView(APIView):
    """Take a list in; small ones are planned at once, big ones by a worker."""

    permission_classes = [HasAgencyScope]
    required_scopes = ["identities:write"]
    parser_classes = [BoundedJSONParser, FileFormParser]

    @operation(
        summary="报送困难身份名单",
        text="报送一份名单文件：JSON 中以 base64 编码，或用表单（multipart/form-data）直接上传。"
        "受理后生成方案，由医保局核对、确认后才生效；用批次号查询结果。"
        "同一文件、同一数据日期再报，得到原批次。权限范围：`identities:write`。",
        request={"application/json": ListSubmission, "multipart/form-data": ListForm},
        reply=BatchReply,
        status=202,
        parameters=[KIND],
        codes=AREA
        | {
            "list_kind_not_yours": "403，该种名单不由本部门报送",
            "list_unreadable": "409，文件不是这种名单，说明见 detail",
            "list_out_of_date": "409，较晚日期的全量名单已生效",
            "list_area_too_small": "409，名单须由县级以上报送",
            "as_of_in_future": "409，数据日期晚于今天",
            "batch_already_received": "409，同一文件已由医保局导入",
        },
        examples={"民政补充名单": (SENT, BATCH)},
        writes=True,
    )
    @idempotent
    def post(self, request: Request, kind: str) -> Response:
        """Answer 202 with the batch."""
        agency = agency_of(request)
        if kind not in READERS:
            raise NotFound("没有这种名单")
        if lister_of(kind).issuer != agency.kind:
            raise ListKindNotYours
        body = ListSubmission(data=as_in_json(request.data))
        body.is_valid(raise_exception=True)
        said = dict(body.validated_data)
        area = Area.objects.filter(code=said.pop("area")).first()
        if area is None:
            raise ValidationError({"area": ["没有该区划代码"]}, code="unknown_area")
        require_area(agency, area)
        batch = submit_list(kind=kind, area=area, agency=agency, **said)
        if batch.agency_id != agency.pk:
            raise BatchAlreadyReceived(f"该文件已由医保局导入（批次{batch.pk}）", batch=batch.pk)
        return Response(BatchReply(batch).data, status=202)


class BatchView(APIView):
    """How far a list of the agency is, and its counts."""

    permission_classes = [HasAgencyScope]
    required_scopes = ["identities:write"]

    @operation(
        summary="查询名单批次",
        text="本部门报送的名单现在的状态和各种结果的行数。权限范围：`identities:write`。",
        reply=BatchReply,
        parameters=[NUMBER],
        codes=NOT_FOUND,
        examples={"待确认的名单": (None, BATCH)},
    )
    def get(self, request: Request, batch_id: int) -> Response:
        """Answer with the batch."""
        return Response(BatchReply(own_batch(agency_of(request), batch_id)).data)


class BatchRows(ListAPIView[InboundRow]):
    """The rows of a list as the agency sent them, each with its outcome; nothing of what the register holds."""

    permission_classes = [HasAgencyScope]
    required_scopes = ["identities:write"]
    serializer_class = RowReply
    pagination_class = ByKey
    filter_backends: list[Any] = []
    queryset = InboundRow.objects.none()

    def get_queryset(self) -> QuerySet[InboundRow]:
        """Return the list's own rows, filtered as asked."""
        query = RowQuery(data=self.request.query_params.dict())
        query.is_valid(raise_exception=True)
        batch = own_batch(agency_of(self.request), self.kwargs["batch_id"])
        rows = InboundRow.objects.filter(batch=batch).exclude(number=LEFT_OUT)
        outcome = query.validated_data.get("outcome")
        return rows.filter(outcome=outcome) if outcome else rows

    @operation(
        summary="名单逐行结果",
        text="名单每一行的结果，证件号码脱敏；退回的行附原因，其他行的说明只说本部门报送和认定的身份。"
        "用 next 翻页。权限范围：`identities:write`。",
        reply=RowReply,
        parameters=[NUMBER, RowQuery],
        codes=NOT_FOUND,
        examples={"一行新增": (None, ROWS)},
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Answer one page; `next` leads on."""
        return super().get(request, *args, **kwargs)
