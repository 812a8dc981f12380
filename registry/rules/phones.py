"""Telephone numbers as they may be shown."""

HEAD, TAIL = 3, 4


def masked_phone(phone: str) -> str:
    """Return `138****1234`; nothing of a number too short to hide its middle, "" for none."""
    text = phone.strip()
    if len(text) <= HEAD + TAIL:
        return "*" * len(text)
    return f"{text[:HEAD]}{'*' * (len(text) - HEAD - TAIL)}{text[-TAIL:]}"
