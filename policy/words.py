"""What staff call the codes and the places of a policy file."""

WORDS = {
    "full": "全额", "fixed": "固定", "share": "按比例", "shares": "比例", "amount": "金额", "amounts": "按人定额",
    "ratio": "按比例分担", "birth": "自出生之日", "after_payment": "缴费后", "wait": "等待", "days": "天数",
    "day": "日",
    "month": "个月", "whole_month": "整月", "unit": "单位", "n": "期数", "count_pay_day": "缴费日计入", "date": "日期",
    "kind": "方式", "personal": "个人缴费", "personal_and_fiscal": "个人缴费和财政补助", "granted": "当年补助",
    "claim_next_year": "次年申请", "none": "无", "highest": "就高", "case": "转人工办理", "confirm": "须书面确认",
    "keep": "保留", "reset": "清零", "hold": "不增不减", "warn": "提示", "refuse": "拒绝", "residual": "余额部分",
    "basic": "基本医保", "ltc": "长期护理保险", "critical_illness": "大病保险", "medical_assistance": "医疗救助",
    "central": "中央", "province": "省级", "city": "市级", "county": "县级", "district": "区级", "local": "地方",
    "medical_assistance_fund": "医疗救助基金", "civil_affairs": "民政部门", "rural_affairs": "农业农村部门",
    "disabled_federation": "残联", "health_commission": "卫生健康部门",
    "poverty_exit": "脱贫人口名册", "deaths": "死亡人员名单", "school": "学校", "bands": "分段",
    "up_to": "至", "rate": "比例", "percent": "百分比", "deductible": "起付标准", "cap": "封顶线",
    "inpatient": "住院", "outpatient": "普通门诊", "outpatient_chronic": "门诊慢特病", "prenatal": "产前检查",
    "delivery": "住院分娩", "own_burden": "政策范围内个人负担", "out_of_pocket": "个人负担",
    "year_to_date": "当年累计", "rolling_12_months": "滚动十二个月", "stay": "单次住院", "once_per_year": "每年一次",
    "monthly": "每月", "every_month": "每月", "died": "死亡", "army": "参军", "prison": "服刑",
    "discharge": "退出现役",
    "employee_scheme": "职工医保", "resident_scheme_elsewhere": "异地居民医保", "at_most": "不高于",
    "at_least": "不低于", "equals": "等于", "not_after": "不晚于", "figure": "数值", "path": "项目",
    "share_of": "基数", "share_of_base_cap": "按原封顶线比例", "yuan": "元", "both_years": "两年都缴",
    "current_year": "当年", "above_deductible": "起付线以上", "absolute": "绝对金额",
    "employee_cover_end": "职工医保中断",
    "first_band_at_least": "首段比例不低于", "bands_not_falling": "比例不递减", "assistance_at_least": "资助不低于",
    "assistance_exactly": "资助等于", "component": "险种", "holds": "对象", "resident": "普通居民", "student": "学生",
    "minor": "未成年人", "risk_eliminated": "风险已消除", "residence": "城乡", "rural": "农村", "urban": "城市",
    "level": "等级", "settlement_day": "结算日", "discharge_day": "出院日", "admission_day": "入院日",
    "discharged_on": "出院日期", "settled_on": "结算日期", "admitted_on": "入院日期",
    "family_planning_fund": "计划生育救助公益金", "village": "村集体", "township": "乡镇", "fiscal": "财政",
    "hukou_committee": "户籍所在地村（居）委会", "split_by_day": "按日分开",
    "whole_stay_by_admission": "整次以入院日为准",
    "this_year": "当年", "next_year": "次年", "identity_start": "自身份起始日", "payment_date": "缴费日",
    "coverage_start": "待遇年度首日", "previous_year_end": "上年末", "settlement": "结算日", "admission": "入院日",
    "increase_used": "用到奖励额度", "any_critical_illness_payout": "有大病支付", "never": "不清零", "lose": "取消",
    "lapse": "按断保", "resettle": "重新结算", "frozen": "不调整",
    "spouse": "配偶", "parent": "父母", "child": "子女", "sibling": "兄弟姐妹",
    "grandparent": "祖父母、外祖父母", "grandchild": "孙子女、外孙子女", "freshman": "大一新生", "pays": "个人只缴",
    "usual_residence": "保留常住地参保", "school_place": "保留学校所在地参保", "resident_scheme": "保留居民医保",
    "identity_number": "保留身份证号登记",
    "living_area": "居住地",
}  # fmt: skip
PLACES = {
    "financing": "筹资", "personal": "个人缴费", "population": "人员类别", "fiscal": "财政", "subsidy": "财政补助",
    "split": "分担办法", "transfer_deadline": "拨付期限", "critical_illness_transfer": "大病保险划拨标准",
    "ltc_payer": "长护险补助负担级次", "fiscal_year_for_coverage": "对应的财政年度", "open_ratio": "分担比例",
    "open_between": "分担级次", "enrollment": "参保", "coverage_end": "待遇截止日", "window": "缴费期",
    "opens": "首日",
    "closes": "末日", "charge": "缴费内容", "start": "待遇起始日", "group": "人群", "waiting": "等待期",
    "fixed_months": "固定等待期", "variable_months": "变动等待期", "buy_back": "缴费修复",
    "admission_in_wait": "等待期内入院", "no_benefit_day": "当年无待遇日", "registration": "参保登记",
    "duplicates": "重复参保", "two_areas": "两地重复参加居民医保",
    "school_and_home": "学校与家庭所在地重复参保", "two_schemes": "居民医保与职工医保重复参保",
    "two_documents": "出生医学证明与身份证号重复登记", "months": "须连续参保月数",
    "assistance": "资助参保", "tier": "档次", "choose": "多重身份的取法", "hukou_required": "户籍要求",
    "age_on": "年龄计算日", "payers": "出资方", "targets": "资助对象", "frozen_at_payment": "缴费后变动的处理",
    "new_outside_window_paid": "集中期外新认定、已缴费的资助",
    "new_outside_window_unpaid": "集中期外新认定、未缴费的资助",
    "new_in_window_paid": "集中期内先缴费后认定的资助", "top_up_limit": "第三方扶持上限", "terms": "待遇标准",
    "prenatal_as": "产前检查的支付类别", "delivery_counts_to_cap": "生育费用计入年度累计", "band_basis": "分段依据",
    "class_b_copay_in_base": "乙类先行自付的处理", "tilt": "倾斜支付", "tilt_from": "倾斜支付起算日",
    "late_identity": "结算后才得知的身份变动", "wrong_identity": "结算后查明的误认身份",
    "year_of_claim": "费用归入年度的日期", "cap_income_multiple": "限额与收入的倍数",
    "cap_income_tolerance": "限额与收入倍数的容许幅度", "settlement_days": "结算时限",
    "incentives": "连续参保和零报销激励",
    "alerts": "预警", "rule": "规则", "answer_days": "反馈时限", "oversight": "监督",
    "in_policy_ratio": "政策范围内支付比例", "participation": "参保率", "target": "目标", "reach_by": "期限",
    "not_counted": "核减的原因", "counted_as_insured": "视为已参保的原因", "categories": "困难群众范围",
    "counted_by": "按哪里的人计",
    "recognition": "身份认定", "validity_months": "有效月数", "list_days": "清单时限", "series": "统计数据",
}  # fmt: skip


def said(code: str) -> str:
    """Return the Chinese of a code, or the code where it is a name of the document's own."""
    return WORDS.get(code, code)


def place_name(path: str) -> str:
    """Return what the place of a leaf is called, e.g. “大病保险·起付标准” of critical_illness.deductible."""
    return "·".join(PLACES.get(part) or said(part) for part in path.split("."))
