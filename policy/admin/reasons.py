"""Reasons of changes: stored as "<verb> <what>" in English, read in Chinese."""

import re

from policy.words import WORDS

VERBS = {
    "save draft": "保存草稿",
    "draw up subsidy application": "编制财政补助申请",
    "submit subsidy application": "提交财政补助申请",
    "sign subsidy application": "财政审签",
    "return subsidy application": "财政退回申请",
    "take back subsidy application": "撤回财政补助申请",
    "draw up assistance settlement": "编制资助参保结算",
    "approve assistance settlement": "复核资助参保结算",
    "submit": "提交复核",
    "approve": "复核生效",
    "superseded by version": "被新版替代：第",
    "shipped": "随程序发布",
    "list health commission": "卫生健康部门名单",
    "list": "清单导入 批次",
    "bill": "集中开单",
    "enroll by payment": "缴费即登记",
    "enroll": "参保登记",
    "requote": "重新核定",
    "regrant": "调整资助",
    "give support": "第三方扶持登记",
    "take support back": "第三方扶持冲回",
    "square balance": "应退应补结清",
    "cancel balance": "应退应补取消",
    "quote": "核定",
    "withdraw": "撤销登记",
    "buy back": "缴费修复",
    "pay": "缴费入账",
    "nothing due": "个人无须缴费，参保办结",
    "receive payment": "收到缴费",
    "rebook payment": "待处理缴费重新入账",
    "reverse payment": "缴费冲正",
    "allocate payment": "待处理缴费分配",
    "return payment": "未入账的缴费退回",
    "refund payment": "待处理缴费决定退费",
    "reverse": "冲正",
    "refund": "退费",
    "settle": "结算",
    "resettle": "重新结算",
    "void": "作废结算",
    "recognize": "认定",
    "begin": "开始参保：",
    "end": "终止参保：",
    "record spell": "登记他处参保：",
    "end spell": "终止他处参保：",
    "correct spell": "更正他处参保：",
    "cut spell": "他处参保不再计入：",
    "strike out spell": "作废他处参保：",
    "correct payment": "税务更正缴费流水",
    "correct": "更正",
    "strike out": "作废",
    "grant": "确定资助",
    "freeze": "锁定",
    "import": "清单导入",
    "apply": "清单生效",
    "undo": "撤销清单",
    "map name": "对照身份名称",
    "unmap name": "撤销身份名称对照",
    "register": "登记",
    "merge resident": "并入档案",
    "move": "迁移",
    "assign": "分派",
    "decide": "决定",
    "confirm no benefit": "登记书面确认",
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
    "commented": "备注",
    "state reason": "登记未参保原因",
    "end reason": "终止未参保原因",
    "strike out reason": "作废未参保原因",
    "note contact": "登记动员联系",
    "assign outreach": "分派动员负责人",
    "count participation": "参保率月度留存",
    "reconcile": "人费核对",
    "assign differences": "分派差异",
    "explain differences": "说明差异",
    "close month": "月度结账",
    "answer": "反馈",
    "acknowledge": "签收",
    "worked case": "案例演算",
}
NOUNS = {**WORDS, "case": "工单"}
LONGEST_FIRST = sorted(VERBS, key=len, reverse=True)
CODE = re.compile(r"(?:identities\.)?\b([a-z_]+)\b")


def reason_text(reason: str | None) -> str:
    """Return the reason with its verb in Chinese; what staff wrote themselves stays as it is."""
    text = reason or ""
    for verb in LONGEST_FIRST:
        if text == verb or text.startswith((f"{verb} ", f"{verb}:", f"{verb}：")):
            rest = text[len(verb) :].replace(": ", "：", 1)
            codes_said = CODE.sub(lambda code: NOUNS.get(code[1], code[0]), rest)
            return _joined(VERBS[verb], codes_said)
    return text


def _joined(verb: str, rest: str) -> str:
    """Return both, without the blank where the Chinese has its own sign."""
    is_close = verb.endswith("：") or rest.startswith("：")
    return f"{verb}{rest.strip() if is_close else rest}".strip()
