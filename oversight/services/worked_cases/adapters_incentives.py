"""Cases about incentives: the yearly state, and the cap it gives."""

from benefits.rules.incentives import history_states, state_after
from oversight.services.worked_cases.adapter import Adapter, Answer, fields
from oversight.services.worked_cases.format import CaseInvalid
from oversight.services.worked_cases.inputs import IDENTITIES, MONEY, WHOLE, Given, Input
from oversight.services.worked_cases.year_inputs import YEARS, cap_in
from policy.policy import Policy

IDENTITIES_HELD = Input("identities", IDENTITIES, "当年持有的身份；属于除外身份的不奖不罚", default=())


def _incentive_state(policy: Policy, given: Given) -> Answer:
    facts = given["years"]
    if not facts:
        raise CaseInvalid("years 至少写一年")
    states = history_states(policy.incentives, facts)
    return fields(state_after(policy.incentives, states[-2] if len(states) > 1 else None, facts[-1]))


def _incentive_cap(policy: Policy, given: Given) -> Answer:
    return fields(cap_in(policy, given, year=given["year"]))


ADAPTERS = (
    Adapter(
        rule="incentive_state",
        label="激励年度状态（最后一年年末）",
        takes=(YEARS,),
        gives={
            "year": "年度",
            "ever_insured": "曾参保",
            "continuous_years": "连续参保年数",
            "continuous_steps": "连续参保激励档数",
            "zero_claim_steps": "零报销激励档数",
            "zero_claim_pending": "当年零报销待次年参保后计入",
            "lapsed_years": "断保年数",
        },
        call=_incentive_state,
        example="""
[[case]]
name = "断保两年后回来，连续年数重新计算"
rule = "incentive_state"
policy = "230100/2025"
input = { years = [{ year = 2025, insured = true, zero_claim = true }, { year = 2028, insured = true }] }
expect = { continuous_years = 1, zero_claim_steps = 0, lapsed_years = 2 }
""",
    ),
    Adapter(
        rule="incentive_cap",
        label="某年的大病封顶线（计入激励与断保）",
        takes=(
            YEARS,
            Input("year", WHOLE, "要算的年度；years 里没写这一年的视为参保", required=True),
            IDENTITIES_HELD,
            Input("base_cap", MONEY, "原封顶线；省略为文件规定的封顶线"),
        ),
        gives={
            "cap": "封顶线",
            "increase": "两项激励合计（已按上限）",
            "continuous_increase": "连续参保激励（未按上限）",
            "zero_claim_increase": "零报销激励（未按上限）",
            "decrease": "断保降低",
            "cap_without_increase": "不含激励的封顶线；大病支付超过它就用到奖励额度",
        },
        call=_incentive_cap,
        example="""
[[case]]
name = "2025 至 2028 年每年参保且零报销，2029 年为 5 个百分点"
rule = "incentive_cap"
policy = "230100/2025"
input = { years = [{ from = 2025, to = 2028, insured = true, zero_claim = true }], year = 2029 }
expect = { cap = 420000, continuous_increase = 4000, zero_claim_increase = 16000 }
""",
    ),
)
