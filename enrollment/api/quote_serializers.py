"""What partners ask about a person's dues, and what they are told."""

from typing import Any

from rest_framework import serializers

from exchange.api.fields import CoverageYear, Day, IdNumber, Money, TraceStep

LONGEST_CODE = 40
MOST_MONTHS = 1200


class IdentityFact(serializers.Serializer[Any]):
    """An identity held on the pay day."""

    category = serializers.CharField(max_length=LONGEST_CODE, help_text="类别代码，如 subsistence_allowance")
    since = Day(required=False, allow_null=True, default=None, help_text="连续持有的首日；空为不详")
    level = serializers.IntegerField(required=False, min_value=1, max_value=9, help_text="残疾等级")
    residence = serializers.ChoiceField(required=False, choices=["rural", "urban"], help_text="城乡属性")
    risk_eliminated = serializers.BooleanField(required=False, help_text="风险是否已消除")


class QuoteFactsIn(serializers.Serializer[Any]):
    """Somebody who need not be registered."""

    area = serializers.CharField(max_length=12, help_text="居住地区划代码")
    born_on = Day(help_text="出生日期")
    has_local_hukou = serializers.BooleanField(default=True, help_text="户籍在统筹地区内")
    identities = IdentityFact(many=True, required=False, max_length=20, help_text="缴费日持有的困难身份")  # type: ignore[call-arg]
    discharged_on = Day(required=False, help_text="退出现役日期")
    spouse_discharged_on = Day(required=False, help_text="随军配偶：军人退出现役日期")
    employee_cover_end = Day(required=False, help_text="职工医保待遇末日")
    employee_months = serializers.IntegerField(
        default=0, min_value=0, max_value=MOST_MONTHS, help_text="此前连续参加基本医保月数"
    )
    missed_years = serializers.IntegerField(
        default=0, min_value=0, max_value=100, help_text="此前连续断保年数"
    )


class QuoteRequest(serializers.Serializer[Any]):
    """A registered person by number, or facts; exactly one of the two."""

    id_number = IdNumber(required=False, help_text="已登记人员的证件号码；与 facts 二选一")
    facts = QuoteFactsIn(required=False, help_text="按情形试算；与 id_number 二选一")
    coverage_year = CoverageYear()
    paid_on = Day(help_text="缴费到账日期")
    population = serializers.CharField(
        required=False, max_length=30, default="resident", help_text="参保类别：resident、student、minor"
    )
    offered = Money(required=False, help_text="第三方扶持金额；不填按已登记的计")
    bought_back_months = serializers.IntegerField(
        default=0, min_value=0, max_value=MOST_MONTHS, help_text="缴费修复月数"
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for exactly one of number and facts."""
        if ("id_number" in attrs) == ("facts" in attrs):
            raise serializers.ValidationError("id_number 与 facts 须填且只填一项", code="one_of_two")
        if "facts" in attrs and attrs["facts"]["born_on"] > attrs["paid_on"]:
            raise serializers.ValidationError({"facts": {"born_on": ["出生日期晚于缴费日期"]}})
        return attrs


class PartReply(serializers.Serializer[Any]):
    """One component of the premium, yuan."""

    component = serializers.CharField(help_text="basic 基本医保、ltc 长期护理、buy_back 缴费修复")
    due = Money(help_text="应缴")
    assisted = Money(help_text="资助")
    supported = Money(help_text="第三方扶持")
    payable = Money(help_text="个人应缴")


class PayerReply(serializers.Serializer[Any]):
    """Who pays a part of the aid."""

    component = serializers.CharField(help_text="分项")
    payers = serializers.ListField(
        child=serializers.CharField(), help_text="负担方；多个为文件并列而未写明分担比例"
    )
    amount = Money(help_text="金额")


class LosingTierReply(serializers.Serializer[Any]):
    """A tier the person also qualifies for."""

    tier = serializers.CharField(help_text="档次代码")
    label = serializers.CharField(help_text="档次名称")  # type: ignore[assignment]
    total = Money(help_text="若按该档资助的金额")


class AssistanceReply(serializers.Serializer[Any]):
    """The premium assistance of the winning tier."""

    tier = serializers.CharField(help_text="档次代码")
    label = serializers.CharField(help_text="档次名称")  # type: ignore[assignment]
    total = Money(help_text="资助合计")
    payers = PayerReply(many=True, help_text="由谁负担")
    losing = LosingTierReply(many=True, help_text="就高不重复，未采用的档次")


class SubsidyReply(serializers.Serializer[Any]):
    """The fiscal subsidy of one component and who pays it."""

    component = serializers.CharField(help_text="分项")
    fiscal_year = serializers.IntegerField(help_text="财政年度")
    amount = Money(help_text="人均财政补助")
    levels = serializers.DictField(
        child=Money(),
        help_text="级次 → 金额：central、province、city、county、district、local；未能分担时为空",
    )
    code = serializers.CharField(allow_blank=True, help_text="未能分担的原因代码")
    message = serializers.CharField(allow_blank=True, help_text="未能分担的原因")


class WarningReply(serializers.Serializer[Any]):
    """Something the person must be told before paying."""

    code = serializers.CharField(help_text="代码")
    kind = serializers.ChoiceField(
        choices=["warn", "confirm", "refuse"], help_text="warn 告知、confirm 须书面确认、refuse 不得收费"
    )
    message = serializers.CharField(help_text="说明")
    clause = serializers.CharField(allow_blank=True, help_text="依据")


class QuoteReply(serializers.Serializer[Any]):
    """What a payment on the day costs and gives."""

    coverage_year = serializers.IntegerField(help_text="参保年度")
    paid_on = serializers.DateField(help_text="缴费到账日期")
    policy_key = serializers.CharField(help_text="所依据的政策版本")
    window = serializers.CharField(allow_blank=True, help_text="所处缴费期")
    group = serializers.CharField(allow_null=True, help_text="适用的特殊人群；空为普通")
    due = Money(help_text="应缴合计")
    assisted = Money(help_text="资助合计")
    supported = Money(help_text="第三方扶持合计")
    payable = Money(help_text="个人应缴合计")
    components = PartReply(many=True, help_text="分项")
    assistance = AssistanceReply(allow_null=True, help_text="资助参保；空为不资助")
    subsidy = serializers.CharField(help_text="财政补助：granted 享受、none 不享受、claim_next_year 次年申请")
    claim_year = serializers.IntegerField(allow_null=True, help_text="次年申请补助的年度")
    subsidies = SubsidyReply(many=True, help_text="财政补助由各级负担的金额")
    benefit_start = serializers.DateField(allow_null=True, help_text="待遇首日；空为本年度无待遇日")
    benefit_end = serializers.DateField(allow_null=True, help_text="待遇末日")
    would_start = serializers.DateField(help_text="按规定推算的起始日，可能在年度之后")
    warnings = WarningReply(many=True, help_text="缴费前须告知的事项")
    trace = TraceStep(many=True, help_text="计算过程")
