"""Cases about refunds of premiums."""

from enrollment.rules.refunds import REASONS, refund_answer
from oversight.services.worked_cases.adapter import Adapter, Answer, figure
from oversight.services.worked_cases.inputs import DAY, TEXT, Given, Input
from policy.policy import Policy

CODES = "、".join(f"{code} {name}" for code, name in REASONS.items())


def _refund_answer(policy: Policy, given: Given) -> Answer:
    return figure("answer", refund_answer(policy, **given))


ADAPTERS = (
    Adapter(
        rule="refund_answer",
        label="已缴清的保费能不能退",
        takes=(
            Input("reason", TEXT, f"事由：{CODES}", required=True),
            Input("day", DAY, "申请日；死亡的为死亡日期", required=True),
            Input("start", DAY, "待遇开始日；不写为待遇没有开始（当年无待遇日，或没有缴清）"),
        ),
        gives={"answer": "allowed / forbidden / case"},
        call=_refund_answer,
        example="""
[[case]]
name = "待遇开始当日起不退"
rule = "refund_answer"
policy = "230100/2025"
input = { reason = "duplicate", day = 2025-01-01, start = 2025-01-01 }
expect = { answer = "forbidden" }
""",
    ),
)
