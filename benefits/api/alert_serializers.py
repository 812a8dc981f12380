"""Alerts and answers on the wire."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from benefits.models import AlertState, Outcome, WhyNotEligible
from benefits.rules.alert_answers import Words
from exchange.api.fields import Day, Money

LONGEST_CODE = 40
MOST_AT_ONCE = 500
SPOKEN = [(step.value, step.label) for step in (AlertState.VISITED, AlertState.ANSWERED)]
SPOKEN_FIELDS = (
    "outcome", "category", "since", "document", "reason_code", "reason", "checked_by", "checked_on",
)  # fmt: skip


class AlertQuery(serializers.Serializer[Any]):
    """Which alerts to list."""

    month = serializers.RegexField(
        r"^[0-9]{4}-(0[1-9]|1[0-2])$", required=False, help_text="统计月份，如 2025-03"
    )
    state = serializers.ChoiceField(choices=AlertState.choices, required=False, help_text="状态")


class AnswerReply(serializers.Serializer[Any]):
    """An answer of the calling agency."""

    step = serializers.ChoiceField(choices=SPOKEN, help_text="进度")
    outcome = serializers.ChoiceField(choices=Outcome.choices, allow_blank=True, help_text="核查结果")
    category = serializers.CharField(allow_blank=True, help_text="纳入类别代码")
    since = serializers.DateField(allow_null=True, help_text="认定起始日期")
    document = serializers.CharField(allow_blank=True, help_text="认定文书")
    reason_code = serializers.ChoiceField(
        choices=WhyNotEligible.choices, allow_blank=True, help_text="不符合原因"
    )
    reason = serializers.CharField(allow_blank=True, help_text="说明")
    checked_by = serializers.CharField(help_text="核查人")
    checked_on = serializers.DateField(help_text="核查日期")


class AlertReply(serializers.Serializer[Any]):
    """One alert, with the calling agency's own answers."""

    id = serializers.IntegerField(help_text="预警号")
    event_id = serializers.UUIDField(help_text="对应的事件号")
    state = serializers.ChoiceField(choices=AlertState.choices, help_text="状态")
    outcome = serializers.ChoiceField(
        choices=Outcome.choices, allow_blank=True, help_text="核查结果，以各部门最近的反馈为准"
    )
    month = serializers.CharField(help_text="统计月份")
    measured_on = serializers.DateField(help_text="统计截至")
    rule = serializers.CharField(help_text="预警规则代码")
    rule_label = serializers.CharField(help_text="预警类型")
    area = serializers.CharField(source="area.code", help_text="区划代码")
    name = serializers.CharField(source="resident.name", help_text="姓名")
    masked_id_number = serializers.CharField(source="resident.masked_id_number", help_text="证件号码（脱敏）")
    amount = Money(max_digits=14, help_text="个人负担")
    threshold = Money(max_digits=14, help_text="预警线")
    pushed_on = serializers.DateField(help_text="推送日期")
    acknowledge_due_on = serializers.DateField(allow_null=True, help_text="签收期限")
    visit_due_on = serializers.DateField(allow_null=True, help_text="入户期限")
    answer_due_on = serializers.DateField(allow_null=True, help_text="反馈期限")
    created_at = serializers.DateTimeField(help_text="生成时间")
    answers = AnswerReply(many=True, source="own_answers", help_text="本部门的反馈")


class AlertAnswerIn(serializers.Serializer[Any]):
    """That the agency has the alert, that it visited, or what it found."""

    acknowledged = serializers.BooleanField(
        required=False, help_text="只签收、尚未核查时填 true，其余栏目不填"
    )
    visited = serializers.BooleanField(
        required=False, help_text="已入户、尚无结果时填 true，另填 checked_by、checked_on"
    )
    outcome = serializers.ChoiceField(choices=Outcome.choices, required=False, help_text="核查结果")
    category = serializers.CharField(
        max_length=LONGEST_CODE,
        required=False,
        help_text="纳入类别代码，如 subsistence_allowance；核查结果为 recognized 时必填，须是本部门认定的类别",
    )
    since = Day(required=False, help_text="认定起始日期；不填即核查日期")
    document = serializers.CharField(max_length=100, required=False, help_text="认定文书")
    reason_code = serializers.ChoiceField(
        choices=WhyNotEligible.choices, required=False, help_text="不符合原因；不填即 other"
    )
    reason = serializers.CharField(
        max_length=200, required=False, help_text="说明；不符合条件而原因为 other 的必填"
    )
    checked_by = serializers.CharField(max_length=60, required=False, help_text="核查人")
    checked_on = Day(required=False, help_text="核查日期")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for a receipt, a visit or an outcome, the latter two with who checked when."""
        if "outcome" not in attrs and not attrs.get("visited"):
            if not attrs.get("acknowledged"):
                raise serializers.ValidationError(
                    "请填写 outcome，或 acknowledged、visited 为 true", code="one_of_three"
                )
            return attrs
        if missing := [name for name in ("checked_by", "checked_on") if name not in attrs]:
            raise serializers.ValidationError(
                dict.fromkeys(missing, "反馈入户、核查结果时必填"), code="required"
            )
        return attrs

    def words(self) -> Words:
        """Return what was said, once it is valid."""
        return words_of(self.validated_data)


class NumberedAnswerIn(AlertAnswerIn):
    """An answer of a bulk call."""

    id = serializers.IntegerField(min_value=1, help_text="预警号")


class AlertAnswersIn(serializers.Serializer[Any]):
    """Answers to several alerts."""

    answers = serializers.ListField(child=NumberedAnswerIn(), min_length=1, max_length=MOST_AT_ONCE)


class AnswerOutcome(serializers.Serializer[Any]):
    """What became of one answer."""

    id = serializers.IntegerField(help_text="预警号")
    outcome = serializers.ChoiceField(choices=["recorded", "unchanged", "refused"], help_text="办理结果")
    state = serializers.ChoiceField(choices=AlertState.choices, allow_blank=True, help_text="预警的状态")
    code = serializers.CharField(allow_blank=True, help_text="拒绝的代码")
    message = serializers.CharField(allow_blank=True, help_text="拒绝的原因")


class AlertAnswersReply(serializers.Serializer[Any]):
    """What became of each answer, in order."""

    outcomes = AnswerOutcome(many=True)


def words_of(said: Mapping[str, Any]) -> Words:
    """Return validated fields of an answer as the words of the agency."""
    step = AlertState.ACKNOWLEDGED
    if "outcome" in said:
        step = AlertState.ANSWERED
    elif said.get("visited"):
        step = AlertState.VISITED
    return Words(step=step.value, **{name: said[name] for name in SPOKEN_FIELDS if name in said})
