"""Examples in the OpenAPI document; the figures are invented."""

TAX_TOTALS = {
    "rows": [
        {"area": "230102", "day": "2024-11-20", "channel": "手机", "count": 125, "amount": "50000.00"},
        {"area": "230102", "day": "2024-11-20", "channel": "银行", "count": 31, "amount": "12400.00"},
    ]
}
TAX_TOTAL_OUTCOMES = {
    "outcomes": [
        {"number": 1, "outcome": "recorded", "code": "", "message": ""},
        {
            "number": 2,
            "outcome": "corrected",
            "code": "",
            "message": "原报 30 笔 12000.00 元，改为 31 笔 12400.00 元",
        },
    ]
}
TOTAL_DIFFERENCES = {
    "next": None,
    "previous": None,
    "results": [
        {
            "area": "230102",
            "day": "2024-11-20",
            "channel": "手机",
            "expected": "50000.00",
            "found": "49600.00",
            "detail": "税务 125 笔，系统 124 笔",
            "state": "open",
        }
    ],
}
