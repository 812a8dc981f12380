"""Examples in the OpenAPI document, their working cut short.

People and numbers are invented: 230199 was never allocated.
"""

CLAIMS = {
    "claims": [
        {
            "number": "H230102202503100001",
            "id_number": "230199196503010428",
            "facility_code": "H23010200001",
            "kind": "inpatient",
            "admitted_on": "2025-02-28",
            "discharged_on": "2025-03-10",
            "settled_on": "2025-03-10",
            "total": "60000.00",
            "eligible": "50800.00",
            "class_b_copay": "1000.00",
        }
    ]
}
CLAIM = {
    "number": "H230102202503100001",
    "state": "settled",
    "name": "王桂兰",
    "masked_id_number": "230199********0428",
    "replaces": "",
    "facility_code": "H23010200001",
    "kind": "inpatient",
    "coverage_year": 2025,
    "admitted_on": "2025-02-28",
    "discharged_on": "2025-03-10",
    "settled_on": "2025-03-10",
    "referral": "none",
    "track": "",
    "total": "60000.00",
    "eligible": "50800.00",
    "class_b_copay": "1000.00",
    "out_of_scope": "8200.00",
    "basic_paid": "30000.00",
    "critical_illness_paid": "10360.00",
    "supplement_paid": "0.00",
    "assistance_paid": "7308.00",
    "own_burden": "3132.00",
    "out_of_pocket": "12332.00",
    "categories": ["subsistence_allowance"],
    "policy_key": "230100/2025",
    "trace": {
        "basic": [
            {"label": "政策范围内费用", "figure": "50800.00"},
            {
                "label": "起付标准",
                "figure": "800",
                "clause": "本市基本医保文件（未取得）",
                "status": "assumed",
                "reading": "仅供试算",
            },
        ],
        "cap": [
            {
                "words": "原封顶线",
                "figure": "400000",
                "clause": "黑医保发〔2024〕45号 六(一)（各地自行制定）",
                "status": "assumed",
                "reading": "取省级上限",
            },
            {
                "label": "持有不适用激励机制的身份，不奖不罚",
                "figure": "400000",
                "clause": "黑医保发〔2024〕45号 六(二)",
                "status": "inferred",
                "reading": "“符合条件的医疗救助对象除外”：持有身份期间不奖不罚",
            },
        ],
        "critical_illness": [
            {"label": "政策范围内费用", "figure": "50800.00"},
            {"label": "基本医保已支付", "figure": "30000.00"},
        ],
        "assistance": [
            {"label": "政策范围内费用", "figure": "50800.00"},
            {"label": "基本医保和大病保险已支付", "figure": "40360.00"},
        ],
    },
}
CLAIM_OUTCOMES = {
    "outcomes": [
        {
            "number": CLAIM["number"],
            "result": "settled",
            "code": "",
            "message": "",
            "cure": "",
            "field": "",
            "clause": "",
            "claim": CLAIM,
        }
    ]
}
NOTICE = {
    "number": CLAIM["number"],
    "bureau": "哈尔滨市医疗保障局",
    "dated": "2025-03-10",
    "mark": "",
    "summary": [
        "本次医疗总费用 60,000.00 元，医保基金和医疗救助等共支付 47,668.00 元，您个人负担 12,332.00 元。"
    ],
    "facts": [
        {"label": "姓名", "value": "王桂兰"},
        {"label": "证件号码", "value": "230199********0428"},
        {"label": "医疗机构", "value": "道里区人民医院"},
    ],
    "parts": [
        {"label": "医疗总费用", "amount": "60000.00"},
        {"label": "政策范围内费用", "amount": "50800.00"},
    ],
    "payers": [
        {"label": "基本医保支付", "amount": "30000.00"},
        {"label": "大病保险支付", "amount": "10360.00"},
        {"label": "医疗救助支付", "amount": "7308.00"},
        {"label": "个人负担", "amount": "12332.00"},
    ],
    "layers": [
        {
            "title": "基本医保",
            "sentences": [
                {"text": "政策范围内费用：50,800.00 元", "clause": ""},
                {"text": "起付标准：800.00 元", "clause": "本市基本医保文件（未取得）（假定）"},
            ],
        }
    ],
    "year": [{"label": "医疗总费用", "amount": "60000.00"}],
    "remarks": ["结算日计入的困难身份：低保对象。"],
    "changes": [],
    "remedies": ["对结算有疑问或者不同意的，可以向哈尔滨市医疗保障局查询、申请复核。"],
    "policy": "230100/2025",
}
VOID = {"reason": "项目录入有误"}
ALERT = {
    "id": 7,
    "event_id": "0190f3f0-5f1e-7cc3-98c4-dc0c0c07398f",
    "state": "sent",
    "outcome": "",
    "month": "2025-03",
    "measured_on": "2025-03-31",
    "rule": "fall_into_poverty",
    "rule_label": "因病致贫预警",
    "area": "230102",
    "name": "王桂兰",
    "masked_id_number": "230199********0428",
    "amount": "21500.00",
    "threshold": "20688.00",
    "pushed_on": "2025-04-01",
    "acknowledge_due_on": None,
    "visit_due_on": None,
    "answer_due_on": "2025-04-11",
    "created_at": "2025-04-01T02:00:00+08:00",
    "answers": [],
}
ACKNOWLEDGED = {"acknowledged": True}
VISITED = {"visited": True, "checked_by": "赵建国", "checked_on": "2025-04-08"}
FINDING = {
    "outcome": "recognized",
    "category": "subsistence_allowance",
    "since": "2025-04-01",
    "document": "道里民低保〔2025〕118号",
    "reason": "家庭人均收入低于低保标准",
    "checked_by": "赵建国",
    "checked_on": "2025-04-08",
}
ANSWERED = ALERT | {
    "state": "answered",
    "outcome": "recognized",
    "answers": [{"step": "answered", "reason_code": "", **FINDING}],
}
SEVERAL = {"answers": [{"id": 7, **FINDING}, {"id": 8, "acknowledged": True}]}
SEVERAL_OUTCOMES = {
    "outcomes": [
        {"id": 7, "outcome": "recorded", "state": "answered", "code": "", "message": ""},
        {
            "id": 8,
            "outcome": "refused",
            "state": "",
            "code": "alert_not_found",
            "message": "没有该预警，或不属于该部门、该地区",
        },
    ]
}
CAP_CHECK = {"id_number": "230199196503010428", "on": "2026-06-10"}
CAP = {
    "year": 2026,
    "policy_key": "230100/2026",
    "cap": "404000.00",
    "entries": [
        {
            "year": 2026,
            "kind": "base",
            "count": 0,
            "amount": "400000.00",
            "used": None,
            "words": "原封顶线",
            "clause": "黑医保发〔2024〕45号 六(一)（各地自行制定）",
        },
        {
            "year": 2026,
            "kind": "zero_claim",
            "count": 1,
            "amount": "4000.00",
            "used": None,
            "words": "零报销，提高",
            "clause": "黑医保发〔2024〕45号 六(二)",
        },
    ],
    "prospects": {
        "year": 2027,
        "enrolled": "408000.00",
        "stayed": "412000.00",
        "returned": "404000.00",
        "is_carried": False,
    },
}
ADJUSTMENT = {
    "id": 3,
    "number": "H230102202503100001",
    "facility_code": "H23010200001",
    "layer": "critical_illness",
    "before": "11700.00",
    "after": "20400.00",
    "amount": "8700.00",
    "reason": "补录结算后重新结算",
    "recorded_at": "2025-06-01T10:00:00+08:00",
}
