"""Alerts and answers on the wire."""

from typing import Any

from rest_framework import serializers

from benefits.models import AlertState, Outcome
from exchange.api.fields import Day, Money

LONGEST_CODE = 40


class AlertQuery(serializers.Serializer[Any]):
    """Which alerts to list."""

    month = serializers.RegexField(
        r"^[0-9]{4}-(0[1-9]|1[0-2])$", required=False, help_text="统计月份，如 2025-03"
    )
    state = serializers.ChoiceField(choices=AlertState.choices, required=False, help_text="状态")


class AnswerReply(serializers.Serializer[Any]):
    """An answer of the calling agency."""

    outcome = serializers.ChoiceField(choices=Outcome.choices, help_text="核查结果")
    category = serializers.CharField(allow_blank=True, help_text="纳入类别代码")
    reason = serializers.CharField(allow_blank=True, help_text="说明")
    checked_by = serializers.CharField(help_text="核查人")
    checked_on = serializers.DateField(help_text="核查日期")


class AlertReply(serializers.Serializer[Any]):
    """One alert, with the calling agency's own answers."""

    id = serializers.IntegerField(help_text="预警号")
    event_id = serializers.UUIDField(help_text="对应的事件号")
    state = serializers.ChoiceField(choices=AlertState.choices, help_text="状态")
    month = serializers.CharField(help_text="统计月份")
    rule = serializers.CharField(help_text="预警规则代码")
    rule_label = serializers.CharField(help_text="预警类型")
    area = serializers.CharField(source="area.code", help_text="区划代码")
    name = serializers.CharField(source="resident.name", help_text="姓名")
    masked_id_number = serializers.CharField(source="resident.masked_id_number", help_text="证件号码（脱敏）")
    amount = Money(max_digits=14, help_text="个人负担")
    threshold = Money(max_digits=14, help_text="预警线")
    answer_due_on = serializers.DateField(allow_null=True, help_text="反馈期限")
    created_at = serializers.DateTimeField(help_text="生成时间")
    answers = AnswerReply(many=True, source="own_answers", help_text="本部门的反馈")


class AlertAnswerIn(serializers.Serializer[Any]):
    """Either that the agency has the alert, or what it found."""

    acknowledged = serializers.BooleanField(
        required=False, help_text="只签收、尚未核查时填 true，其余栏目不填"
    )
    outcome = serializers.ChoiceField(choices=Outcome.choices, required=False, help_text="核查结果")
    category = serializers.CharField(
        max_length=LONGEST_CODE,
        required=False,
        help_text="纳入类别代码，如 subsistence_allowance；核查结果为 recognized 时必填",
    )
    reason = serializers.CharField(max_length=200, required=False, help_text="说明；不符合条件的必填")
    checked_by = serializers.CharField(max_length=60, required=False, help_text="核查人")
    checked_on = Day(required=False, help_text="核查日期")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for an acknowledgement, or for an outcome with who checked when."""
        if "outcome" not in attrs:
            if not attrs.get("acknowledged"):
                raise serializers.ValidationError(
                    "请填写 outcome，或 acknowledged 为 true", code="one_of_two"
                )
            return attrs
        if missing := [name for name in ("checked_by", "checked_on") if name not in attrs]:
            raise serializers.ValidationError(dict.fromkeys(missing, "反馈核查结果时必填"), code="required")
        return attrs
