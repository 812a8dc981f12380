"""Cover elsewhere (他处参保) on the wire."""

from typing import Any

from rest_framework import serializers

from exchange.api.fields import Day, IdNumber
from registry.models import Scheme

MOST_ROWS = 1000


class CoverIn(serializers.Serializer[Any]):
    """A spell under another insurance: begun, ended, or struck out."""

    id_number = IdNumber()
    name = serializers.CharField(
        max_length=100, required=False, allow_blank=True, default="", help_text="姓名；填了须与登记的一致"
    )
    scheme = serializers.ChoiceField(
        choices=Scheme.choices,
        help_text="险种：employee_scheme 职工医保、resident_scheme_elsewhere 异地居民医保",
    )
    area = serializers.RegexField(
        r"^([0-9]{6}|[0-9]{9}|[0-9]{12})?$",
        required=False,
        allow_blank=True,
        default="",
        help_text="参保地区划代码；异地居民医保必填",
    )
    starts_on = Day(help_text="起始日；同一人同一险种以起始日认定是哪一段")
    last_day = Day(required=False, allow_null=True, default=None, help_text="在保的最后一天，仍在保的不填")
    as_student = serializers.BooleanField(default=False, help_text="是否以学生身份参保（异地居民医保）")
    struck_out = serializers.BooleanField(default=False, help_text="作废：从未在该处参保")
    document = serializers.CharField(
        max_length=60, required=False, allow_blank=True, default="", help_text="凭证文号"
    )


class CoversIn(serializers.Serializer[Any]):
    """Up to a thousand spells."""

    rows = CoverIn(many=True, allow_empty=False, max_length=MOST_ROWS, help_text="他处参保明细")  # type: ignore[call-arg]


class CoverOutcomeReply(serializers.Serializer[Any]):
    """What became of one row."""

    number = serializers.IntegerField(help_text="行次，与报送顺序一致，从 1 起")
    outcome = serializers.ChoiceField(
        choices=["recorded", "changed", "struck_out", "unchanged", "refused"],
        help_text="recorded 已登记、changed 已更正或终止、struck_out 已作废、unchanged 与已报的相同、refused 未接收",
    )
    code = serializers.CharField(allow_blank=True, help_text="原因代码")
    field = serializers.CharField(allow_blank=True, help_text="须核对的栏目；没有问题的为空")
    message = serializers.CharField(allow_blank=True, help_text="说明")


class CoversReply(serializers.Serializer[Any]):
    """Every row's outcome, in the order sent."""

    outcomes = CoverOutcomeReply(many=True, help_text="逐行结果，与报送顺序一致")
