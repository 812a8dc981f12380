"""The yearly step of `benefits.rules.incentive_years`, and the cap after it, as SQL over a relation of people.

Every function returns the text of a query; figures come from the same policy section as the scalar rule. A relation
has a row per person: `resident_id`, the state before the year, and what happened in it (`FACTS`).
"""
# ruff: noqa: S608 - every part is written here or is a number of the policy; nothing comes from people

from decimal import Decimal

from benefits.rules.incentives import limit_in_yuan
from policy.money import yuan
from policy.schema.incentives import Incentives, IncrementUnit

STATE = (
    "ever_insured", "continuous_years", "continuous_steps", "zero_claim_steps", "zero_claim_pending", "lapsed_years",
)  # fmt: skip
FACTS = (
    "insured", "excluded", "employee_covered", "zero_claim", "increase_used", "critical_illness_paid",
)  # fmt: skip
EARNED = ("continuous_earned", "zero_claim_credited", "lapsed", "reset")
USED = {
    "increase_used": "increase_used",
    "any_critical_illness_payout": "(increase_used OR critical_illness_paid)",
    "never": "false",
}


def step(section: Incentives, *, year: int, people: str) -> str:
    """Return the state after `year` with the facts of the year and what it changed (`EARNED`)."""
    facts = ", ".join(FACTS)
    return f"""
        SELECT resident_id, {facts}, {_closing(section, year)}
        FROM (SELECT resident_id, {facts}, counted, missed, {_opening(section, year)}
              FROM (SELECT people.*, NOT excluded AND insured AS counted,
                           NOT excluded AND {_uncovered(section)} AND ever_insured AS missed
                    FROM ({people}) AS people) AS told) AS opened"""


def _uncovered(section: Incentives) -> str:
    hold = section.employee_cover.value == "hold"
    return "NOT insured AND NOT employee_covered" if hold else "NOT insured"


def _opening(section: Incentives, year: int) -> str:
    """Return the opened state's columns, see `benefits.rules.incentive_years`."""
    counts = int(year >= section.count_years_from.value)
    is_begun = year >= section.start_year.value
    begun = _sql(is_begun)
    earns = _sql(is_begun) + f" AND continuous_years + {counts} > {section.qualifying_years.value}"
    keeps_steps = not is_begun or section.continuity_after_lapse.value == "keep"
    keeps_credit = not is_begun or section.zero_claim_after_lapse.value == "keep"
    return f"""
        ever_insured OR insured AS ever_insured,
        CASE WHEN counted THEN continuous_years + {counts} WHEN missed THEN 0 ELSE continuous_years END
            AS continuous_years,
        CASE WHEN counted THEN continuous_steps + ({earns})::int
             WHEN missed AND NOT {_sql(keeps_steps)} THEN 0 ELSE continuous_steps END AS continuous_steps,
        CASE WHEN counted AND {begun} THEN zero_claim_steps + zero_claim_pending::int
             WHEN missed AND NOT {_sql(keeps_credit)} THEN 0 ELSE zero_claim_steps END AS zero_claim_steps,
        zero_claim_pending AND NOT ({begun} AND (counted OR missed)) AS zero_claim_pending,
        lapsed_years + ({begun} AND missed)::int AS lapsed_years,
        counted AND {earns} AS continuous_earned,
        counted AND {begun} AND zero_claim_pending AS zero_claim_credited"""


def _closing(section: Incentives, year: int) -> str:
    """Return the closed state's columns, see `benefits.rules.incentive_year_end`."""
    begun = _sql(year >= section.start_year.value)
    reset = f"(counted AND {begun} AND {USED[section.reset.value]})"
    healthy = f"(counted AND {begun} AND zero_claim)"
    waits = _sql(section.zero_claim_needs_next_year.value)
    return f"""
        ever_insured, continuous_years, continuous_steps,
        CASE WHEN {reset} THEN 0 ELSE zero_claim_steps + (NOT {waits} AND {healthy})::int END AS zero_claim_steps,
        CASE WHEN {reset} THEN false ELSE zero_claim_pending OR ({waits} AND {healthy}) END AS zero_claim_pending,
        lapsed_years, continuous_earned, zero_claim_credited,
        {begun} AND missed AS lapsed, {reset} AS reset"""


def next_cap(section: Incentives, *, year: int, base_cap: Decimal | None) -> str:
    """Return the cap of the year after `year` for those insured again, as an expression over the state after it.

    Reckoned in whole fen, which PostgreSQL adds several times as fast as numerics.

    :param base_cap: null = the documents give no cap, and nobody has one
    """
    if base_cap is None:
        return "NULL::numeric"
    base, following = _fen(base_cap), year + 1
    if following < section.start_year.value:
        return f"{base} * 0.01"
    counts = int(following >= section.count_years_from.value)
    steps = (
        f"(continuous_steps + (continuous_years + {counts} > {section.qualifying_years.value})::int)",
        "(zero_claim_steps + zero_claim_pending::int)",
    )
    whole = base_cap if section.increment_unit.value is IncrementUnit.SHARE_OF_BASE_CAP else Decimal(1)
    continuous = _times(whole * section.continuous_increment.value, steps[0])
    zero_claim = _times(whole * section.zero_claim_increment.value, steps[1])
    limit = _fen(limit_in_yuan(section, section.increase_limit, base_cap))
    decrease = _decrease(section, whole, base_cap)
    return f"""
        (CASE WHEN excluded THEN {base}
              ELSE {base} + least({continuous} + {zero_claim}, {limit}) - {decrease} END) * 0.01"""


def _decrease(section: Incentives, whole: Decimal, base_cap: Decimal) -> str:
    if section.lapse_decrement is None:
        return "0"
    limit = section.published(section.lapse_limit, "lapse_limit")
    most = min(limit_in_yuan(section, limit, base_cap), base_cap)
    return f"least({_times(whole * section.lapse_decrement.value, 'lapsed_years')}, {_fen(most)})"


def _fen(amount: Decimal) -> str:
    """Return an amount of yuan in whole fen, as a bigint."""
    return f"{int(yuan(amount) * 100)}::bigint"


def _times(amount: Decimal, count: str) -> str:
    """Return so many times an amount of yuan in whole fen, halves up; exact however many decimals the amount has."""
    top, bottom = (amount * 100).as_integer_ratio()
    return f"({2 * top}::bigint * {count} + {bottom}) / {2 * bottom}"


def _sql(truth: bool) -> str:  # noqa: FBT001
    return "true" if truth else "false"
