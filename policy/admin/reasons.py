"""Reasons of changes: stored as "<verb> <what>" in English, read in Chinese."""

VERBS = {
    "save draft": "保存草稿",
    "submit": "提交复核",
    "approve": "复核生效",
    "superseded by version": "被新版替代：第",
    "shipped": "随程序发布",
    "enroll": "参保登记",
    "requote": "重新核定",
    "quote": "核定",
    "withdraw": "撤销登记",
    "pay": "缴费入账",
    "reverse": "冲正",
    "refund": "退费",
    "settle": "结算",
    "resettle": "重新结算",
    "void": "作废结算",
    "recognize": "认定",
    "end": "终止认定",
    "correct": "更正",
    "grant": "确定资助",
    "freeze": "锁定",
    "import": "清单导入",
    "list": "清单导入",
    "apply": "清单生效",
    "enroll by": "登记方式：",
    "begin": "开始",
    "register": "登记",
    "move": "迁移",
    "assign": "分派",
    "decide": "决定",
    "confirm": "复核",
    "return": "退回",
    "close": "办结",
    "open": "提出",
    "alert": "预警",
    "opened": "提出",
    "assigned": "分派",
    "decided": "决定",
    "confirmed": "复核",
    "returned": "退回",
    "closed": "办结",
    "answer": "反馈",
    "acknowledge": "签收",
}
NOUNS = {
    "case": "工单",
    "payment": "缴费即登记",
    "employee_scheme": "职工医保",
    "resident_scheme_elsewhere": "异地居民医保",
    "identities.civil_affairs": "民政名单",
    "identities.rural_affairs": "农业农村名单",
    "identities.disabled_federation": "残联名单",
}
LONGEST_FIRST = sorted(VERBS, key=len, reverse=True)


def reason_text(reason: str | None) -> str:
    """Return the reason with its verb in Chinese; what staff wrote themselves stays as it is."""
    text = reason or ""
    for verb in LONGEST_FIRST:
        if text == verb or text.startswith(f"{verb} "):
            rest = (NOUNS.get(part, part) for part in text[len(verb) :].split())
            return " ".join((VERBS[verb], *rest))
    return text
