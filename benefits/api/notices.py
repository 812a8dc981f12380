"""Notices of settlements (结算告知书) for partners: the words, or the paper itself."""

from typing import Any

from django.utils.http import content_disposition_header
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from benefits.api import examples
from benefits.api.claims import CLAIM_CODES, NUMBER, claim_for
from benefits.rules.adjustment_words import for_partners
from benefits.selectors.claim_notices import claim_notices
from benefits.services.print_notices import notices_pdf
from exchange.api.openapi import operation
from exchange.api.permissions import HasAgencyScope
from exchange.api.renderers import PdfRenderer


class PlainAmount(serializers.CharField):
    """Yuan as calls write them: the notice's `1,234.50` as `1234.50`."""

    def to_representation(self, value: Any) -> str:
        """Return the amount without separators."""
        return str(value).replace(",", "")


class FactReply(serializers.Serializer[Any]):
    """What the notice says of the visit."""

    label = serializers.CharField(help_text="名称")  # type: ignore[assignment]
    value = serializers.CharField(help_text="内容")


class SumReply(serializers.Serializer[Any]):
    """An amount by its name."""

    label = serializers.CharField(help_text="名称")  # type: ignore[assignment]
    amount = PlainAmount(help_text="金额")


class SentenceReply(serializers.Serializer[Any]):
    """One step of the working."""

    text = serializers.CharField(help_text="说明")
    clause = serializers.CharField(allow_blank=True, help_text="依据（文件和条款）；只是算术的为空")


class LayerReply(serializers.Serializer[Any]):
    """How one layer came to what it paid."""

    title = serializers.CharField(help_text="制度")
    sentences = SentenceReply(many=True, help_text="逐步说明")


class NoticeReply(serializers.Serializer[Any]):
    """The notice of one settlement, part by part in the order of the paper."""

    number = serializers.CharField(help_text="结算单号")
    bureau = serializers.CharField(help_text="医保部门")
    dated = serializers.DateField(help_text="日期")
    mark = serializers.CharField(allow_blank=True, help_text="已冲正的写“已冲正”，有效的为空")
    summary = serializers.ListField(child=serializers.CharField(), help_text="谁付了多少")
    facts = FactReply(many=True, help_text="人员和就医情况，证件号码已脱敏")
    parts = SumReply(many=True, help_text="费用构成")
    payers = SumReply(many=True, help_text="由谁支付")
    layers = LayerReply(many=True, help_text="各层支付的计算和依据")
    year = SumReply(many=True, help_text="本次结算后的年度累计；已冲正的为空")
    remarks = serializers.ListField(child=serializers.CharField(), help_text="困难身份、封顶线余额")
    changes = serializers.ListField(child=serializers.CharField(), help_text="重新结算改了什么，先后有序")
    remedies = serializers.ListField(child=serializers.CharField(), help_text="不同意怎么办")
    policy = serializers.CharField(help_text="所依据的政策版本")


class ClaimNoticeView(APIView):
    """Give the notice of one claim."""

    permission_classes = [HasAgencyScope]
    required_scopes = ["claims:write"]
    renderer_classes = [JSONRenderer, PdfRenderer]

    @operation(
        summary="结算告知书",
        text="交给参保人的“医疗费用结算告知书”，按结算单的现状。默认给出逐项文字；`Accept: application/pdf` 或"
        " `?format=pdf` 给出可打印的 PDF（A4）。证件号码已脱敏，每次查看留痕。"
        "医疗机构只能查看本机构账号所属的定点医药机构的。权限范围：`claims:write`。",
        parameters=[NUMBER],
        reply=NoticeReply,
        papers=[PdfRenderer.media_type],
        codes=CLAIM_CODES | {"not_acceptable": "406，只提供 application/json 和 application/pdf"},
        examples={"一次住院": (None, examples.NOTICE)},
    )
    def get(self, request: Request, number: str) -> Response:
        """Answer with the notice as the claim stands."""
        claim = claim_for(request, number, purpose="接口查看结算告知书")
        (notice,) = claim_notices([claim.pk], reworded=for_partners)
        if not isinstance(request.accepted_renderer, PdfRenderer):
            return Response(NoticeReply(notice).data)
        named = content_disposition_header(as_attachment=False, filename=f"结算告知书-{notice.number}.pdf")
        return Response(notices_pdf([notice]), headers={"Content-Disposition": str(named)})
