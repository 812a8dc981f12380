"""Fields that calls have in common: money, days, years, identity numbers."""

import datetime
from decimal import Decimal
from typing import Any

from rest_framework import serializers

FIRST_DAY, LAST_DAY = datetime.date(1900, 1, 1), datetime.date(2199, 12, 31)
FIRST_YEAR, LAST_YEAR = 2000, 2199
MOST_DIGITS = 12


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
