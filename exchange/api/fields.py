"""Fields that calls have in common: money, days, years, identity numbers."""

import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

FIRST_DAY, LAST_DAY = datetime.date(1900, 1, 1), datetime.date(2199, 12, 31)
FIRST_YEAR, LAST_YEAR = 2000, 2199
MOST_DIGITS = 12
LONGEST_SHOWN = 40


class Money(serializers.DecimalField):
    """Yuan with two decimals as text, `"400.00"`; a JSON number with a fraction has lost its fen and is refused."""

    default_error_messages = {"float": "金额请以字符串报送，如“400.00”"}

    def __init__(self, **options: Any) -> None:
        defaults: dict[str, Any] = {"max_digits": MOST_DIGITS, "decimal_places": 2, "min_value": Decimal(0)}
        super().__init__(**(defaults | options))

    def to_internal_value(self, data: Any) -> Decimal:
        """Return the amount."""
        if isinstance(data, float | bool):
            self.fail("float")
        return super().to_internal_value(data)


class Day(serializers.DateField):
    """A day of Asia/Shanghai, `2025-03-31`, within what people's lives can hold."""

    default_error_messages = {"out_of_range": f"日期应在 {FIRST_DAY} 至 {LAST_DAY} 之间"}

    def to_internal_value(self, value: Any) -> datetime.date:
        """Return the day."""
        day: datetime.date = super().to_internal_value(value)
        if not FIRST_DAY <= day <= LAST_DAY:
            self.fail("out_of_range")
        return day


@extend_schema_field(
    {
        "type": "string",
        "anyOf": [{"format": "date"}, {"format": "date-time"}],
        "examples": ["2024-12-31", "2024-12-31T23:59:59+08:00", "2024-12-31T15:59:59Z"],
    }
)
class DayOfMoment(Day):
    """A day, or a moment of which the day in Asia/Shanghai counts; without an offset it is Beijing time."""

    default_error_messages = {
        "moment": "时刻“{text}”不存在，请写成 2024-12-31T23:59:59+08:00 或 2024-12-31 的样子"
    }

    def to_internal_value(self, value: Any) -> datetime.date:
        """Return the day."""
        if not (isinstance(value, str) and ":" in value):
            return super().to_internal_value(value)
        day = beijing_day(value.strip())
        if day is None:
            self.fail("moment", text=value[:LONGEST_SHOWN])
        return super().to_internal_value(day.isoformat())


def beijing_day(text: str) -> datetime.date | None:
    """Return the day a moment lies on in Asia/Shanghai, told in Beijing time unless it has an offset.

    :returns: null = there is no such moment
    """
    try:
        moment = parse_datetime(text)
        if moment is None or timezone.is_naive(moment):
            return moment and moment.date()
        return timezone.localdate(moment)
    except (ValueError, OverflowError):
        return None


class CoverageYear(serializers.IntegerField):
    """A coverage year."""

    def __init__(self, **options: Any) -> None:
        defaults: dict[str, Any] = {"min_value": FIRST_YEAR, "max_value": LAST_YEAR, "help_text": "参保年度"}
        super().__init__(**(defaults | options))


class IdNumber(serializers.CharField):
    """The number of an identity document; never stands in an address or an answer."""

    def __init__(self, **options: Any) -> None:
        defaults: dict[str, Any] = {"max_length": 40, "help_text": "证件号码"}
        super().__init__(**(defaults | options))


class TraceStep(serializers.Serializer[Any]):
    """One line of the working of a figure; empty parts are left out."""

    label = serializers.CharField(help_text="步骤")  # type: ignore[assignment]
    figure = serializers.CharField(required=False, help_text="数额、日期或文字")
    clause = serializers.CharField(required=False, help_text="依据（文号和条款）")
    status = serializers.CharField(
        required=False, help_text="把握程度：inferred 推定、carried 沿用、assumed 假定；无此项为文件明载"
    )
    reading = serializers.CharField(required=False, help_text="所取理解")
