"""Chinese names of stored codes; windows and groups are named by the policy the figures rest on."""

from functools import lru_cache

from enrollment.models import PaymentState
from enrollment.rules.standing import Contradiction, Standing
from policy.errors import DomainError
from policy.selectors import approved_policy

PAYMENT_TONES = {
    PaymentState.BOOKED: "green",
    PaymentState.HELD: "orange",
    PaymentState.SPLIT: "blue",
    PaymentState.RETURNED: "grey",
}
LEVELS = ("central", "province", "city", "county", "district", "local")
CHANNELS = {
    "tax": "税务",
    "online": "网上",
    "window": "窗口",
    "school": "学校",
    "import": "清单导入",
    "payment": "缴费即登记",
    "transfer": "迁入转登",
    "yearly_billing": "年度集中开单",
    "agency": "部门接口",
}
POPULATIONS = {
    "resident": "普通居民",
    "student": "学生",
    "newborn": "新生儿",
    "child": "少儿",
    "minor": "未成年人",
    "freshman": "大一新生",
}
PLACES = {"school": "学校", "hukou_committee": "户籍地村（居）委会"}

STANDINGS = {
    Standing.INSURED_HERE: "本地居民",
    Standing.EMPLOYEE: "本地职工",
    Standing.RESIDENT_ELSEWHERE: "异地居民",
    Standing.EMPLOYEE_ELSEWHERE: "异地职工",
    Standing.ARMY: "参军",
    Standing.PRISON: "服刑",
    Standing.DIED: "死亡",
    Standing.LOST: "失联",
    Standing.REFUSED: "自愿放弃",
    Standing.OTHER: "其他",
    Standing.WAITING: "待动员",
}
CONTRADICTIONS = {
    Contradiction.INSURED: "已参保缴费",
    Contradiction.DEAD: "登记簿已有死亡日期",
    Contradiction.ALIVE: "登记簿没有死亡日期",
    Contradiction.COVERED: "已查到他处参保",
    Contradiction.DISCHARGED: "已退出现役",
}

WINDOWS = {"concentrated": "集中参保缴费期", "extension": "延长缴费期"}


def label(labels: dict[str, str], code: str) -> str:
    """Return the name of a code, or the code itself."""
    return labels.get(code, code)


def policy_label(policy_key: str, part: str, name: str) -> str:
    """Return how a policy names one of its windows or groups; a known name or the bare one where it cannot be read.

    :param part: "window" or "group"
    """
    if not policy_key or not name:
        return label(WINDOWS, name)
    try:
        return _named(policy_key, part, name)
    except DomainError:
        return label(WINDOWS, name)


@lru_cache(maxsize=512)
def _named(policy_key: str, part: str, name: str) -> str:
    """Return the name in the policy; a refusal is not remembered, the policy may be approved later."""
    rules = approved_policy(policy_key).enrollment
    found = rules.window.get(name) if part == "window" else rules.group.get(name)
    return found.label if found is not None and found.label else label(WINDOWS, name)
