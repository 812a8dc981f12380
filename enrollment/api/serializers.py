"""Entitlement and payments on the wire."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from enrollment.models import PaymentKind, Relation
from enrollment.services.booking.family import account_payer
from exchange.api.fields import CoverageYear, Day, DayOfMoment, IdNumber, Money

MOST_ROWS = 1000
MOST_CHECKS = 500


class EntitlementCheck(serializers.Serializer[Any]):
    """Who, on which day."""

    id_number = IdNumber()
    on = Day(help_text="查询日期")


class EntitlementCheckThen(EntitlementCheck):
    """Who, on which day, by the records of which moment."""

    known_at = serializers.DateTimeField(
        required=False,
        allow_null=True,
        default=None,
        help_text="按何时的记录，如 2025-03-10T09:00:00+08:00；空为现在",
    )


class EntitlementsCheck(serializers.Serializer[Any]):
    """Up to five hundred people, each on a day."""

    checks = EntitlementCheck(many=True, allow_empty=False, max_length=MOST_CHECKS, help_text="逐人逐日")  # type: ignore[call-arg]
    known_at = serializers.DateTimeField(
        required=False, allow_null=True, default=None, help_text="按何时的记录；空为现在"
    )


class EntitlementReply(serializers.Serializer[Any]):
    """Whether the person is covered on the day, and if not why and what to do."""

    covered = serializers.BooleanField(help_text="当日是否享受待遇")
    since = serializers.DateField(allow_null=True, help_text="待遇首日")
    until = serializers.DateField(allow_null=True, help_text="待遇末日")
    coverage_year = serializers.IntegerField(allow_null=True, help_text="依据的参保年度")
    code = serializers.CharField(help_text="covered 或不享受的原因代码")
    why = serializers.CharField(help_text="原因")
    what_to_do = serializers.CharField(allow_blank=True, help_text="怎么办")


class EntitlementsReply(serializers.Serializer[Any]):
    """Every answer, in the order asked."""

    answers = EntitlementReply(many=True, help_text="逐人逐日的回答，与查询顺序一致")


class FamilyAccountIn(serializers.Serializer[Any]):
    """The holder of the employee account that pays for a member of the family."""

    id_number = IdNumber(help_text="账户持有人证件号码")
    name = serializers.CharField(max_length=100, required=False, default="", help_text="账户持有人姓名")
    relation = serializers.ChoiceField(choices=Relation.choices, help_text="参保人是持有人的什么人")
    area = serializers.CharField(max_length=12, help_text="持有人职工医保参保地区划代码")

    def to_internal_value(self, data: Any) -> Any:
        """Return the holder as it is kept, without the full number."""
        said = super().to_internal_value(data)
        return account_payer(
            name=said["name"],
            number=said["id_number"],
            relation=said["relation"],
            area_code=said["area"],
        )


class PaymentIn(serializers.Serializer[Any]):
    """One payment, reversal or refund."""

    serial = serializers.CharField(max_length=64, help_text="税务流水号，同号不重复入账")
    id_number = IdNumber()
    name = serializers.CharField(max_length=100, required=False, default="", help_text="姓名")
    coverage_year = CoverageYear()
    amount = Money(max_digits=10, min_value=Decimal("0.01"), help_text="金额（元），缴费、冲正、退费都报正数")
    paid_on = DayOfMoment(help_text="到账日期，或到账时刻（以北京时间的日期为准；不带时区的按北京时间）")
    channel = serializers.CharField(max_length=30, required=False, default="", help_text="征收渠道")
    kind = serializers.ChoiceField(choices=PaymentKind.choices, default=PaymentKind.PAYMENT, help_text="类型")
    reverses_serial = serializers.CharField(
        max_length=64, required=False, default="", help_text="冲正、退费所对的原流水号"
    )
    payer = FamilyAccountIn(
        required=False, allow_null=True, default=None, help_text="个人账户家庭共济缴费的，填账户持有人"
    )


class PaymentsIn(serializers.Serializer[Any]):
    """Up to a thousand payments."""

    rows = PaymentIn(many=True, allow_empty=False, max_length=MOST_ROWS, help_text="缴费明细")  # type: ignore[call-arg]


class PaymentOutcomeReply(serializers.Serializer[Any]):
    """What became of one row."""

    serial = serializers.CharField(help_text="税务流水号")
    outcome = serializers.ChoiceField(
        choices=["booked", "held", "returned", "unchanged", "refused"],
        help_text="booked 已入账、held 待人工处理、returned 退回未入账的缴费、unchanged 与已报的相同、refused 未接收",
    )
    code = serializers.CharField(allow_blank=True, help_text="原因或结果代码")
    field = serializers.CharField(
        allow_blank=True, help_text="须核对的栏目，如 amount、payer.relation；没有问题的为空"
    )
    message = serializers.CharField(allow_blank=True, help_text="说明")


class PaymentsReply(serializers.Serializer[Any]):
    """Every row's outcome, in the order sent."""

    outcomes = PaymentOutcomeReply(many=True, help_text="逐行结果，与报送顺序一致")
