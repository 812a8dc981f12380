"""Examples in the OpenAPI document, their working cut short.

People and numbers are invented: 230199 was never allocated.
"""

QUOTE_PERSON = {"id_number": "230199196503010428", "coverage_year": 2025, "paid_on": "2024-11-20"}
QUOTE_FACTS = {
    "facts": {
        "area": "230102",
        "born_on": "1965-03-01",
        "identities": [{"category": "subsistence_allowance", "since": "2023-07-01"}],
    },
    "coverage_year": 2025,
    "paid_on": "2024-11-20",
}
QUOTED = {
    "coverage_year": 2025,
    "paid_on": "2024-11-20",
    "policy_key": "230100/2025",
    "window": "concentrated",
    "group": None,
    "due": "400.00",
    "assisted": "240.00",
    "supported": "0.00",
    "payable": "160.00",
    "components": [
        {
            "component": "basic",
            "due": "400.00",
            "assisted": "240.00",
            "supported": "0.00",
            "payable": "160.00",
        }
    ],
    "assistance": {
        "tier": "partial",
        "label": "定额资助",
        "total": "240.00",
        "payers": [{"component": "basic", "payers": ["medical_assistance_fund"], "amount": "240.00"}],
        "losing": [],
    },
    "subsidy": "granted",
    "claim_year": None,
    "subsidies": [
        {
            "component": "basic",
            "fiscal_year": 2024,
            "amount": "670.00",
            "levels": {"central": "402.00", "province": "187.60", "local": "80.40"},
            "code": "",
            "message": "",
        }
    ],
    "benefit_start": "2025-01-01",
    "benefit_end": "2025-12-31",
    "would_start": "2025-01-01",
    "warnings": [],
    "trace": [
        {
            "label": "缴费日属于“集中参保缴费期”，截止日",
            "figure": "2024-12-31",
            "clause": "黑医保发〔2024〕45号 二",
        },
        {"label": "缴费内容", "figure": "个人缴费部分", "clause": "黑医保发〔2024〕45号 三(一)"},
    ],
}
ENTITLEMENT_CHECK = {"id_number": "230199196503010428", "on": "2025-03-10"}
ENTITLEMENT = {
    "covered": True,
    "since": "2025-01-01",
    "until": "2025-12-31",
    "coverage_year": 2025,
    "code": "covered",
    "why": "待遇享受期内。",
    "what_to_do": "",
}
ENTITLEMENT_CHECKS = {
    "checks": [
        {"id_number": "230199196503010428", "on": "2025-03-10"},
        {"id_number": "230199196503010460", "on": "2025-03-10"},
    ]
}
ENTITLEMENTS = {
    "answers": [
        ENTITLEMENT,
        {
            "covered": False,
            "since": None,
            "until": None,
            "coverage_year": None,
            "code": "resident_not_found",
            "why": "本部门地区范围内没有该证件号码的参保人。",
            "what_to_do": "请核对证件号码和参保地。",
        },
    ]
}
PAYMENTS = {
    "rows": [
        {
            "serial": "323011241120000017",
            "id_number": "230199196503010428",
            "name": "王桂兰",
            "coverage_year": 2025,
            "amount": "160.00",
            "paid_on": "2024-11-20",
            "channel": "微信",
        }
    ]
}
PAYMENT_OUTCOMES = {
    "outcomes": [
        {"serial": "323011241120000017", "outcome": "booked", "code": "", "field": "", "message": ""}
    ]
}
COVERS = {
    "rows": [
        {
            "id_number": "230199196503010428",
            "name": "王桂兰",
            "scheme": "employee_scheme",
            "area": "230100",
            "starts_on": "2023-05-01",
            "last_day": "2024-08-31",
            "document": "职参〔2024〕12号",
        },
        {
            "id_number": "230199196503010444",
            "scheme": "resident_scheme_elsewhere",
            "area": "230200",
            "starts_on": "2022-01-01",
            "last_day": "2022-12-31",
        },
    ]
}
COVER_OUTCOMES = {
    "outcomes": [
        {"number": 1, "outcome": "recorded", "code": "", "field": "", "message": ""},
        {"number": 2, "outcome": "recorded", "code": "", "field": "", "message": ""},
    ]
}
