"""The tax authority's totals on the wire, and where ours differ."""

import datetime
from typing import Any

from rest_framework import serializers

from exchange.api.fields import Day, Money
from oversight.models import Difference, DifferenceState
from oversight.parsers.tax_totals import LONGEST_CHANNEL, LONGEST_COUNT

MOST_ROWS = 1000
LONGEST_AREA = 12
MONTH = r"^20[0-9]{2}-(0[1-9]|1[0-2])$"


class TaxTotalIn(serializers.Serializer[Any]):
    """What was collected on a day in an area through a channel."""

    area = serializers.CharField(max_length=LONGEST_AREA, help_text="征收地的区划代码")
    day = Day(help_text="到账日期")
    channel = serializers.CharField(
        max_length=LONGEST_CHANNEL,
        required=False,
        allow_blank=True,
        default="",
        help_text="征收渠道，与缴费明细的写法一致",
    )
    count = serializers.IntegerField(
        min_value=0, max_value=10**LONGEST_COUNT - 1, help_text="笔数，退费、冲正各算一笔"
    )
    amount = Money(min_value=None, help_text="净额（元），退费、冲正按负数计入")


class TaxTotalsIn(serializers.Serializer[Any]):
    """Up to a thousand totals."""

    rows = TaxTotalIn(many=True, allow_empty=False, max_length=MOST_ROWS, help_text="每日汇总")  # type: ignore[call-arg]


class TaxTotalOutcome(serializers.Serializer[Any]):
    """What became of one row."""

    number = serializers.IntegerField(help_text="行次，与报送顺序一致，从 1 起")
    outcome = serializers.ChoiceField(
        choices=["recorded", "corrected", "unchanged", "refused"],
        help_text="recorded 已登记、corrected 已更正原报的数字、unchanged 与已报的相同、refused 未接收",
    )
    code = serializers.CharField(allow_blank=True, help_text="原因或结果代码")
    message = serializers.CharField(allow_blank=True, help_text="说明")


class TaxTotalsReply(serializers.Serializer[Any]):
    """Every row's outcome, in the order sent."""

    outcomes = TaxTotalOutcome(many=True, help_text="逐行结果，与报送顺序一致")


class MonthQuery(serializers.Serializer[Any]):
    """Which month."""

    month = serializers.RegexField(MONTH, help_text="月份，如 2024-11")

    def validate_month(self, value: str) -> datetime.date:
        """Return its first day."""
        return datetime.date.fromisoformat(f"{value}-01")


class TotalDifferenceReply(serializers.Serializer[Difference]):
    """A day and channel of which the authority's total and our rows differ."""

    area = serializers.CharField(source="area.code", help_text="征收地的区划代码")
    day = serializers.DateField(help_text="到账日期")
    channel = serializers.CharField(allow_blank=True, help_text="征收渠道")
    expected = Money(min_value=None, help_text="税务汇总的净额")
    found = Money(min_value=None, help_text="医保局收到的流水的净额，含待处理的")
    detail = serializers.CharField(help_text="两边的笔数")
    state = serializers.ChoiceField(
        choices=[DifferenceState.OPEN, DifferenceState.EXPLAINED],
        help_text="open 待说明、explained 医保局已说明",
    )
