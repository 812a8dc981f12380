"""Registrations, later numbers, moves and refunds on the wire."""

import datetime
from collections.abc import Iterable
from typing import Any

from django.utils import timezone
from rest_framework import serializers

from enrollment.rules.refunds import REASONS
from exchange.api.fields import CoverageYear, Day, IdNumber, Money, TraceStep
from hardship.rules.person_names import has_lost_signs
from registry.models import IdKind, Sex
from registry.rules.identity_numbers import InvalidIdentityNumber, normalized, read_identity_number
from registry.services import PlaceKind

POPULATIONS = ("resident", "student", "newborn", "child", "minor", "freshman")
LONGEST_AREA = 12
SEXES = [(Sex.MALE.value, Sex.MALE.label), (Sex.FEMALE.value, Sex.FEMALE.label)]


class DayGone(Day):
    """A day that is not to come."""

    default_error_messages = {"to_come": "日期不能晚于今天"}

    def to_internal_value(self, value: Any) -> datetime.date:
        """Return the day."""
        day = super().to_internal_value(value)
        if day > timezone.localdate():
            self.fail("to_come")
        return day


class Name(serializers.CharField):
    """A name to be put on record: none of its characters may be lost."""

    default_error_messages = {"garbled": "姓名有缺字（问号或方框），请按证件补全"}

    def to_internal_value(self, data: Any) -> str:
        """Return the name."""
        name = super().to_internal_value(data)
        if has_lost_signs(name):
            self.fail("garbled")
        return str(name)


class PersonIn(serializers.Serializer[Any]):
    """Who somebody is that is not on record yet."""

    name = Name(max_length=100, help_text="姓名，与证件一致")
    id_kind = serializers.ChoiceField(
        choices=IdKind.choices, default=IdKind.RESIDENT_ID, help_text="证件类型，新生儿为 birth_certificate"
    )
    sex = serializers.ChoiceField(
        choices=SEXES, required=False, help_text="性别：1 男、2 女；非身份证登记的必填"
    )
    born_on = DayGone(required=False, help_text="出生日期；非身份证登记的必填")
    living_area = serializers.CharField(max_length=LONGEST_AREA, help_text="居住地区划代码，尽量写到村、社区")
    hukou_area = serializers.CharField(
        max_length=LONGEST_AREA, required=False, help_text="户籍地区划代码；不填与居住地相同"
    )
    living_since = DayGone(required=False, help_text="居住起始日")
    hukou_since = DayGone(required=False, help_text="户籍起始日")
    phone = serializers.CharField(max_length=20, required=False, default="", help_text="联系电话")


class EnrollmentIn(serializers.Serializer[Any]):
    """Whom to register, for which year; `person` says who it is if nobody knows yet."""

    id_number = IdNumber(max_length=30)
    coverage_year = CoverageYear()
    registered_on = DayGone(
        required=False, help_text="登记日期，不填为今天；按当日缴费试算，个人无须缴费的按今天"
    )
    population = serializers.ChoiceField(choices=POPULATIONS, default="resident", help_text="参保类别")
    place = serializers.CharField(
        max_length=30, required=False, default="", help_text="登记地点，如村（居）委会、学校"
    )
    confirmation = serializers.CharField(
        max_length=300, required=False, default="", help_text="当年已无待遇日仍要参保的，本人书面确认的内容"
    )
    person = PersonIn(required=False, help_text="首次登记的人（含新生儿）填；已登记的不填，填了姓名须一致")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check the number of somebody new against what is said of them."""
        attrs.setdefault("registered_on", timezone.localdate())
        if "person" in attrs:
            _refuse(_wrong_of_person(attrs["id_number"], attrs["person"], on=attrs["registered_on"]))
        return attrs


class EnrollmentReply(serializers.Serializer[Any]):
    """The registration with what it owes and gives, paying on the day of registration."""

    masked_id_number = serializers.CharField(help_text="证件号码（脱敏）")
    is_new_person = serializers.BooleanField(help_text="是否首次登记的人")
    coverage_year = serializers.IntegerField(help_text="参保年度")
    policy_key = serializers.CharField(help_text="所依据的政策版本")
    due = Money(help_text="应缴合计")
    assisted = Money(help_text="资助合计")
    supported = Money(help_text="第三方扶持合计")
    payable = Money(help_text="个人应缴合计")
    benefit_start = serializers.DateField(allow_null=True, help_text="待遇首日；缴费到账后生效")
    benefit_end = serializers.DateField(allow_null=True, help_text="待遇末日")
    doubles = serializers.ListField(
        child=serializers.CharField(), help_text="同时存在的其他参保，已由医保局立工单核实"
    )
    trace = TraceStep(many=True, help_text="计算过程")


class NewbornNumberIn(serializers.Serializer[Any]):
    """The birth certificate, and the identity number that came after it."""

    certificate = IdNumber(max_length=30, help_text="出生医学证明编号")
    id_number = IdNumber(max_length=30, help_text="落户后的居民身份证号")
    document = serializers.CharField(max_length=40, help_text="凭证，如户口簿页号")
    name = Name(max_length=100, required=False, default="", help_text="户口簿上的姓名；不填为原登记的姓名")


class NewbornNumberReply(serializers.Serializer[Any]):
    """What came of it."""

    outcome = serializers.ChoiceField(
        choices=["joined", "unchanged"], help_text="joined 已补登、unchanged 此前已登记"
    )
    masked_id_number = serializers.CharField(help_text="现证件号码（脱敏）")


class MoveIn(serializers.Serializer[Any]):
    """Who moved where, and since when."""

    id_number = IdNumber()
    kind = serializers.ChoiceField(
        choices=PlaceKind.choices, help_text="变更什么：living 居住地、hukou 户籍地、school 学校"
    )
    to = serializers.CharField(
        max_length=20, allow_blank=True, help_text="新区划代码或学校代码；已离校的填空字符串"
    )
    since = Day(help_text="在新地方的第一天")
    document = serializers.CharField(max_length=40, help_text="凭证，如居住证、户口簿、学籍证明的编号")
    reason = serializers.CharField(max_length=30, help_text="事由")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask where to, unless somebody left school."""
        if not attrs["to"] and attrs["kind"] != PlaceKind.SCHOOL:
            _refuse([("to", "请填写新区划代码")])
        return attrs


class MoveReply(serializers.Serializer[Any]):
    """What came of it."""

    outcome = serializers.ChoiceField(
        choices=["moved", "unchanged"], help_text="moved 已变更、unchanged 此前已如此登记"
    )
    kind = serializers.ChoiceField(choices=PlaceKind.choices, help_text="变更什么")
    to = serializers.CharField(allow_blank=True, help_text="现区划代码或学校代码；空为不在校")
    since = serializers.DateField(help_text="起始日")


class RefundIn(serializers.Serializer[Any]):
    """Whose premium of which year shall go back, and why."""

    id_number = IdNumber()
    coverage_year = CoverageYear()
    reason = serializers.ChoiceField(choices=list(REASONS.items()), help_text="退费事由")
    asked_on = DayGone(help_text="申请日期")
    evidence = serializers.CharField(max_length=100, help_text="佐证材料文号或档案号")
    words = serializers.CharField(max_length=200, help_text="情况说明")


class RefundReply(serializers.Serializer[Any]):
    """The case that was opened; no money has moved."""

    request = serializers.IntegerField(help_text="受理号（医保局工单号）")
    outcome = serializers.ChoiceField(choices=["open"], help_text="open 已受理，待医保局两人决定")
    amount = Money(help_text="按现有记录应退本人的金额，以决定为准")
    clause = serializers.CharField(allow_blank=True, help_text="依据；空为文件没有规定，由人决定")
    due_on = serializers.DateField(help_text="办理期限")


def _wrong_of_person(number: str, person: dict[str, Any], *, on: datetime.date) -> Iterable[tuple[str, str]]:
    """Yield field and sentence of what number and person contradict."""
    if not normalized(number):
        yield "id_number", "缺少证件号码"
    elif person["id_kind"] == IdKind.RESIDENT_ID:
        yield from _wrong_of_number(number, person)
    else:
        for field in ("sex", "born_on"):
            if field not in person:
                yield f"person.{field}", "非身份证登记的，须填写性别和出生日期"
    born_on = person.get("born_on")
    if born_on is not None and on < born_on:
        yield "registered_on", "登记日期早于出生日期"


def _wrong_of_number(number: str, person: dict[str, Any]) -> Iterable[tuple[str, str]]:
    try:
        read = read_identity_number(number, on=timezone.localdate())
    except InvalidIdentityNumber as wrong:
        yield "id_number", wrong.message
        return
    for field, value in (("sex", read.sex), ("born_on", read.born_on)):
        if person.get(field, value) != value:
            yield f"person.{field}", "与身份证号不符"
    person["born_on"] = read.born_on


def _refuse(wrong: Iterable[tuple[str, str]]) -> None:
    """Refuse with every field that is wrong; a dot leads into a part of the request."""
    errors: dict[str, Any] = {}
    for field, said in wrong:
        *outer, name = field.split(".")
        at = errors
        for part in outer:
            at = at.setdefault(part, {})
        at.setdefault(name, []).append(said)
    if errors:
        raise serializers.ValidationError(errors)
