"""Claims on the wire."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from benefits.models import ClaimKind, ClaimState, Referral
from exchange.api.fields import Day, IdNumber, Money, TraceStep
from policy.money import ZERO

MOST_CLAIMS = 200
MOST_LINES = 500


@extend_schema_field(
    {"type": "string", "format": "decimal", "pattern": r"^-?\d{1,10}(?:\.\d{1,10})?$", "examples": ["400.00"]}
)
class BillAmount(Money):
    """Yuan as a bill says them: what is no amount is refused with its bill, by the rules, and stops no other bill."""

    def __init__(self, **options: Any) -> None:
        super().__init__(decimal_places=None, min_value=None, **options)


class LineIn(serializers.Serializer[Any]):
    """One item of the bill."""

    name = serializers.CharField(max_length=100, help_text="项目名称")
    item_class = serializers.ChoiceField(
        choices=["a", "b", "c"], help_text="目录类别：a 甲类、b 乙类、c 丙类（目录外）"
    )
    amount = BillAmount(help_text="金额")
    eligible = BillAmount(help_text="政策范围内金额")
    class_b_copay = BillAmount(default=ZERO, help_text="乙类先行自付")


class ClaimIn(serializers.Serializer[Any]):
    """One bill."""

    number = serializers.CharField(max_length=40, help_text="结算单号，永久唯一")
    id_number = IdNumber()
    facility_code = serializers.CharField(max_length=20, help_text="定点医药机构编码")
    kind = serializers.ChoiceField(choices=ClaimKind.choices, help_text="就医类别")
    admitted_on = Day(help_text="入院（就诊）日期")
    discharged_on = Day(help_text="出院（就诊）日期")
    settled_on = Day(help_text="结算日期")
    total = BillAmount(help_text="医疗总费用")
    eligible = BillAmount(help_text="政策范围内费用")
    class_b_copay = BillAmount(default=ZERO, help_text="乙类先行自付")
    basic_paid = BillAmount(
        required=False,
        allow_null=True,
        default=None,
        help_text="一站式结算已付的基本医保金额；空为由本系统计算",
    )
    referral = serializers.ChoiceField(
        choices=Referral.choices, default=Referral.NONE, help_text="转诊；不填为未转诊"
    )
    track = serializers.CharField(
        max_length=40,
        required=False,
        allow_blank=True,
        default="",
        help_text="单独支付通道：当地政策规定的名称或代码，如特药；没有的不填",
    )
    replaces = serializers.CharField(
        max_length=40,
        required=False,
        allow_blank=True,
        default="",
        help_text="更正已结算的一单时填原结算单号：原单冲正，本单代替它",
    )
    reason = serializers.CharField(
        max_length=60, required=False, allow_blank=True, default="", help_text="更正原因；填 replaces 的必填"
    )
    lines = LineIn(many=True, required=False, max_length=MOST_LINES, help_text="费用明细，合计须与总数相符")  # type: ignore[call-arg]


class ClaimsIn(serializers.Serializer[Any]):
    """Up to two hundred bills."""

    claims = ClaimIn(many=True, allow_empty=False, max_length=MOST_CLAIMS, help_text="结算单")  # type: ignore[call-arg]


class TraceReply(serializers.Serializer[Any]):
    """The working, layer by layer; a layer that had nothing to pay may be empty."""

    basic = TraceStep(many=True, required=False, help_text="基本医保")
    cap = TraceStep(many=True, required=False, help_text="大病保险封顶线")
    critical_illness = TraceStep(many=True, required=False, help_text="大病保险")
    supplement = TraceStep(many=True, required=False, help_text="补充保险；当地没有的不出现")
    assistance = TraceStep(many=True, required=False, help_text="医疗救助")
    second_layer = TraceStep(
        many=True, required=False, help_text="医疗救助第二层（倾斜救助）；当地没有的不出现"
    )


class ClaimReply(serializers.Serializer[Any]):
    """A settled claim and what each layer pays, yuan."""

    number = serializers.CharField(help_text="结算单号")
    state = serializers.ChoiceField(choices=ClaimState.choices, help_text="状态")
    name = serializers.CharField(source="resident.name", help_text="姓名")
    masked_id_number = serializers.CharField(source="resident.masked_id_number", help_text="证件号码（脱敏）")
    replaces = serializers.CharField(
        source="replaces.number", default="", help_text="所更正的原结算单号；不是更正的为空"
    )
    facility_code = serializers.CharField(source="facility.code", help_text="定点医药机构编码")
    kind = serializers.ChoiceField(choices=ClaimKind.choices, help_text="就医类别")
    coverage_year = serializers.IntegerField(help_text="参保年度")
    admitted_on = serializers.DateField(help_text="入院（就诊）日期")
    discharged_on = serializers.DateField(help_text="出院（就诊）日期")
    settled_on = serializers.DateField(help_text="结算日期")
    referral = serializers.ChoiceField(choices=Referral.choices, help_text="转诊")
    track = serializers.CharField(allow_blank=True, help_text="单独支付通道的代码；没有的为空")
    total = Money(help_text="医疗总费用")
    eligible = Money(help_text="政策范围内费用")
    class_b_copay = Money(help_text="乙类先行自付")
    out_of_scope = Money(help_text="自费")
    basic_paid = Money(help_text="基本医保支付")
    critical_illness_paid = Money(help_text="大病保险支付")
    supplement_paid = Money(help_text="补充保险支付；当地没有的为零")
    assistance_paid = Money(help_text="医疗救助支付")
    own_burden = Money(help_text="政策范围内个人负担")
    out_of_pocket = Money(help_text="个人负担合计")
    categories = serializers.ListField(child=serializers.CharField(), help_text="结算时的困难身份")
    policy_key = serializers.CharField(help_text="所依据的政策版本")
    trace = TraceReply(help_text="三重制度的计算过程")


class ClaimOutcomeReply(serializers.Serializer[Any]):
    """What became of one bill."""

    number = serializers.CharField(help_text="结算单号")
    result = serializers.ChoiceField(
        choices=["settled", "unchanged", "refused"],
        help_text="settled 已结算、unchanged 与已报的相同、refused 未受理",
    )
    code = serializers.CharField(allow_blank=True, help_text="未受理的原因代码")
    message = serializers.CharField(allow_blank=True, help_text="原因")
    cure = serializers.CharField(allow_blank=True, help_text="怎么办")
    field = serializers.CharField(allow_blank=True, help_text="须核对的栏目")
    clause = serializers.CharField(allow_blank=True, help_text="依据（文件和条款）")
    claim = ClaimReply(allow_null=True, help_text="结算结果；未受理为空")


class ClaimsReply(serializers.Serializer[Any]):
    """Every bill's outcome, in the order sent."""

    outcomes = ClaimOutcomeReply(many=True, help_text="逐单结果，与报送顺序一致")


class VoidIn(serializers.Serializer[Any]):
    """Why a claim is taken back."""

    reason = serializers.CharField(max_length=60, help_text="冲正原因")


class VoidReply(serializers.Serializer[Any]):
    """The reversed claim, and which others changed with it."""

    claim = ClaimReply(help_text="已冲正的结算单")
    resettled = serializers.ListField(
        child=serializers.CharField(), help_text="因此重新结算、金额有变的结算单号"
    )
