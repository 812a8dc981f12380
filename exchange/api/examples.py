"""Examples in the OpenAPI document. People and numbers are invented: 230199 was never allocated."""

EVENTS = {
    "id": "0190f3f0-5f1e-7cc3-98c4-dc0c0c07398f",
    "type": "alert.raised",
    "timestamp": "2025-04-01T02:00:00+08:00",
    "area": "230102",
    "subject": "resident:42",
    "data": {"name": "王桂兰", "masked_id_number": "230199********0428", "amount": "21500.00"},
    "acknowledged_at": None,
}
ACKNOWLEDGEMENT = {
    "id": "0190f3f0-5f1e-7cc3-98c4-dc0c0c07398f",
    "acknowledged_at": "2025-04-01T09:12:30+08:00",
}
