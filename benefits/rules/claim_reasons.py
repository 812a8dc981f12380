"""Why a claim is refused, returned or not paid: stable codes, in words, what to do, and what it rests on.

The code is the contract with partners and never changes its meaning; words and cures may be put better. A reason
whose ground the policy of the place names is cited from there instead.
"""

from dataclasses import dataclass

INSURANCE_LAW = "中华人民共和国社会保险法"
FUND_RULES = "医疗保障基金使用监督管理条例（国务院令第735号）"


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason in words.

    :param words: with the facts of the case in braces
    :param cure: what to do
    :param clause: document and number; "" = the policy of the place, or a matter of the bill alone
    """

    words: str
    cure: str
    clause: str = ""


SENDS_DATA = f"{FUND_RULES}第十六条"
PAID_BY_SCHEME = f"{INSURANCE_LAW}第二十八条"
NOT_PAID = f"{INSURANCE_LAW}第三十条"
REFUSALS = {
    "number_missing": Reason("结算单号为空", "请补填医疗机构的结算单号", SENDS_DATA),
    "unknown_kind": Reason("就医类别“{kind}”不在范围内", "请填写：{known}", SENDS_DATA),
    "unknown_referral": Reason("转诊“{referral}”不在范围内", "请填写：{known}", SENDS_DATA),
    "unknown_track": Reason("单独支付通道“{track}”不是当地政策规定的", "请核对；没有的不填"),
    "dates_out_of_order": Reason(
        "入院、出院、结算日期的先后顺序不对", "请核对三个日期：入院≤出院≤结算", SENDS_DATA
    ),
    "day_not_come": Reason(
        "{label} {day} 晚于今天（{today}）", "请核对日期；尚未发生的费用发生后再报送", SENDS_DATA
    ),
    "claim_amounts_invalid": Reason("{why}", "请医疗机构核对金额后重新报送", SENDS_DATA),
    "lines_do_not_add_up": Reason(
        "明细的{label}合计 {lines} 元，与结算单的 {whole} 元不符", "请医疗机构核对明细后重新报送", SENDS_DATA
    ),
    "line_amounts_invalid": Reason("第{line}项“{name}”：{why}", "请医疗机构核对明细后重新报送", SENDS_DATA),
    "unknown_facility": Reason(
        "机构编码 {facility} 不在定点医药机构名录中",
        "请核对机构编码，或先导入最新的定点机构名录",
        f"{INSURANCE_LAW}第二十九条",
    ),
    "outside_area": Reason(
        "该参保人的费用不归本清单的地区办理", "请核对证件号码；确属外地参保的，由参保地医保经办机构办理"
    ),
    "unknown_person": Reason("参保人不存在", "请核对证件号码，或先办理人员登记"),
    "dead": Reason(
        "参保人已于{died_on}死亡，出院（就诊）日期在此之后",
        "请核对死亡日期和就诊日期；有误的先更正，无误的转稽核",
    ),
    "policy_not_found": Reason("{why}", "请先录入并复核该年度的政策文件，再办理结算"),
    "policy_invalid": Reason("{why}", "请先更正该年度的政策文件，再办理结算"),
    "rule_not_published": Reason("{why}", "请先录入并复核该年度的政策文件，再办理结算"),
    "not_covered": Reason(
        "{why}", "请核对参保、缴费和就医日期；待遇期外的费用由个人负担", f"{INSURANCE_LAW}第二十五条"
    ),
    "stay_crosses_cover": Reason(
        "住院跨越待遇享受期（{period}）的起止日，只有{inside}的费用可支付",
        "请医疗机构按待遇起止日分段开具结算单后重新报送",
    ),
    "claim_reversed": Reason("该结算单已冲正", "更正后的费用请医疗机构使用新的结算单号报送", SENDS_DATA),
    "duplicate_number_other_amounts": Reason(
        "结算单号已存在，但本次内容与已结算的不同",
        "内容有误的，用新的结算单号报送并填写原结算单号作更正，或先冲正原结算单",
        SENDS_DATA,
    ),
    "number_settled": Reason("该号码已结算", "一张票据只报一次；结算有误的在结算单上点“更正”", SENDS_DATA),
    "number_entered": Reason("该号码已录入，正在办理", "请先查看原来的一笔；重复的不再录入", SENDS_DATA),
    "original_not_found": Reason("原结算单 {original} 不存在", "请核对原结算单号", SENDS_DATA),
    "original_reversed": Reason(
        "原结算单 {original} 已冲正或已更正", "不再更正已冲正的结算单；新发生的费用不填原结算单号", SENDS_DATA
    ),
    "original_differs": Reason(
        "原结算单 {original} 是另一参保人或另一医疗机构的", "请核对原结算单号、证件号码和机构编码", SENDS_DATA
    ),
    "correction_unexplained": Reason("更正原结算单须说明原因", "请填写更正原因", SENDS_DATA),
}
DECISIONS = {
    "work_injury": Reason("应当从工伤保险基金中支付", "请向工伤保险申请", f"{NOT_PAID}第（一）项"),
    "third_party": Reason(
        "应当由第三人负担",
        "请向责任人主张；第三人不支付或无法确定的，可申请先行支付",
        f"{NOT_PAID}第（二）项",
    ),
    "public_health": Reason("应当由公共卫生负担", "请向疾控机构或接诊机构咨询", f"{NOT_PAID}第（三）项"),
    "abroad": Reason("在境外就医", "费用由个人负担", f"{NOT_PAID}第（四）项"),
    "outside_catalogue": Reason(
        "不符合药品目录、诊疗项目、医疗服务设施标准",
        "费用由个人负担；认为目录适用有误的，请补交病历和处方",
        PAID_BY_SCHEME,
    ),
    "already_settled": Reason("已在医疗机构一站式结算", "无须再报；结算有误的由医疗机构更正"),
    "amounts_differ": Reason("录入金额与票据不符", "请按票据更正"),
    "papers_missing": Reason("材料不齐或看不清", "请补齐票据、费用清单、诊断证明或出院小结"),
    "other": Reason("其他", "按说明办理"),
}
RETURNS = ("amounts_differ", "papers_missing", "other")
CUTS = ("outside_catalogue", "third_party", "work_injury", "public_health", "other")
REJECTIONS = (
    "work_injury",
    "third_party",
    "public_health",
    "abroad",
    "outside_catalogue",
    "already_settled",
    "other",
)
REASONS = REFUSALS | DECISIONS
