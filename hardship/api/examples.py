"""Examples in the OpenAPI document. People and numbers are invented: 230199 was never allocated."""

import base64

LIST = "姓名,身份证号,身份类别\n王桂兰,230199196503010428,农村低保\n"
SENT = {
    "area": "230102",
    "as_of": "2025-03-31",
    "mode": "supplementary",
    "file_name": "道里区民政局2025年3月补充名单.csv",
    "content": base64.b64encode(LIST.encode()).decode(),
}
BATCH = {
    "batch": 118,
    "kind": "civil_affairs",
    "area": "230102",
    "as_of": "2025-03-31",
    "mode": "supplementary",
    "status": "planned",
    "counts": {"unchanged": 1},
    "error": "",
    "received_at": "2025-03-31T09:12:30+08:00",
    "applied_at": None,
}
ROWS = {
    "number": 2,
    "sheet": "",
    "name": "王桂兰",
    "masked_id_number": "230199********0428",
    "outcome": "unchanged",
    "code": "",
    "field": "",
    "message": "",
    "remarks": [],
    "amended": [],
}
