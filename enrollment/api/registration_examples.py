"""Examples in the OpenAPI document, their working cut short; people and numbers are invented."""

ENROLLMENT = {
    "id_number": "230199196503010444",
    "coverage_year": 2025,
    "registered_on": "2024-11-20",
    "place": "新阳路街道",
}
ENROLLED = {
    "masked_id_number": "230199********0444",
    "is_new_person": False,
    "coverage_year": 2025,
    "policy_key": "230100/2025",
    "due": "400.00",
    "assisted": "0.00",
    "supported": "0.00",
    "payable": "400.00",
    "benefit_start": "2025-01-01",
    "benefit_end": "2025-12-31",
    "doubles": [],
    "trace": [
        {
            "label": "缴费日属于“集中参保缴费期”，截止日",
            "figure": "2024-12-31",
            "clause": "黑医保发〔2024〕45号 二",
        }
    ],
}
NEWBORN = {
    "id_number": "S230000002",
    "coverage_year": 2025,
    "registered_on": "2025-04-01",
    "population": "newborn",
    "person": {
        "name": "王小样",
        "id_kind": "birth_certificate",
        "sex": "2",
        "born_on": "2025-03-08",
        "living_area": "230102",
    },
}
NEWBORN_NUMBER = {"certificate": "S230000001", "id_number": "230199202503080029", "document": "户口簿第4页"}
NEWBORN_NUMBERED = {"outcome": "joined", "masked_id_number": "230199********0029"}
MOVE = {
    "id_number": "230199196503010428",
    "kind": "hukou",
    "to": "230183",
    "since": "2025-03-15",
    "document": "户口簿",
    "reason": "落户",
}
MOVED = {"outcome": "moved", "kind": "hukou", "to": "230183", "since": "2025-03-15"}
REFUND = {
    "id_number": "230199196503010428",
    "coverage_year": 2025,
    "reason": "duplicate",
    "asked_on": "2024-12-20",
    "evidence": "退申〔2024〕17号",
    "words": "本人同时在学校缴费",
}
REFUND_OPENED = {
    "request": 512,
    "outcome": "open",
    "amount": "400.00",
    "clause": "医保发〔2020〕33号 关于退费的规定",
    "due_on": "2025-01-06",
}
