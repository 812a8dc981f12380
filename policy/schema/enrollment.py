"""Enrollment (参保): windows, waiting periods, special groups, registration."""

import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from policy.cited import Cited, Section
from policy.condition_syntax import ConditionField
from policy.schema.duplicates import DuplicateRule, Pair
from policy.schema.figures import Count


class Charge(StrEnum):
    """What a person pays."""

    PERSONAL = "personal"
    PERSONAL_AND_FISCAL = "personal_and_fiscal"


class Subsidy(StrEnum):
    """What becomes of the fiscal subsidy."""

    GRANTED = "granted"
    NONE = "none"
    CLAIM_NEXT_YEAR = "claim_next_year"


class _Start(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FixedStart(_Start):
    """Benefits start on a day of the calendar."""

    kind: Literal["fixed"]
    date: datetime.date


class AfterPayment(_Start):
    """Benefits start `days` days after payment; 0 is the day itself."""

    kind: Literal["after_payment"]
    days: int = Field(ge=0)


class Wait(_Start):
    """Benefits start after a waiting period.

    :param unit: calendar months (same day of the month, clamped), days, or whole months (first of a month)
    :param count_pay_day: True = the pay day is the first day of waiting
    """

    kind: Literal["wait"]
    n: int = Field(ge=0)
    unit: Literal["month", "day", "whole_month"] = "month"
    count_pay_day: bool = True


class FromBirth(_Start):
    """Benefits start at birth, in the year of birth."""

    kind: Literal["birth"]


StartRule = Annotated[FixedStart | AfterPayment | Wait | FromBirth, Field(discriminator="kind")]


class Window(Section):
    """Days on which payment is taken on the same terms; payment arrived, not registration, counts.

    :param opens: first day; None = the day after the adopted window before it
    :param closes: last day, included
    :param adopted: False = the documents allow it, this area has not taken it up
    :param start: when benefits start; None = as `waiting` says (not in the first window)
    """

    label: str
    opens: Cited[datetime.date] | None = None
    closes: Cited[datetime.date]
    adopted: Cited[bool] | None = None
    charge: Cited[Charge]
    subsidy: Cited[Subsidy]
    start: Cited[StartRule] | None = None


class SpecialGroup(Section):
    """People who may enroll on terms of their own.

    :param when: who belongs
    :param ignores_windows: may pay on any day and has a charge and a subsidy of its own
    :param charge: None = as the window of the day says
    :param start: when benefits start; never before the coverage year, never later than the window would give
    :param claim_next_year_from: first pay day whose subsidy is claimed from finance in the year after
    :param cross_year: a newborn whose birth and payment lie in two years: which years' premiums are asked
    """

    label: str
    when: Cited[ConditionField]
    ignores_windows: Cited[bool]
    charge: Cited[Charge] | None = None
    start: Cited[StartRule]
    claim_next_year_from: Cited[datetime.date] | None = None
    cross_year: Cited[Literal["both_years", "current_year"]] | None = None


class BuyBack(Section):
    """Buying back months of the variable waiting period (缴费修复).

    :param months_per_payment: months removed by one more personal premium of the current year
    :param long_lapse_years: from so many missed years on, a floor holds
    :param long_lapse_months: the floor: total waiting months left after any buying back
    """

    months_per_payment: Cited[Annotated[int, Field(ge=1)]]
    long_lapse_years: Cited[Count] | None = None
    long_lapse_months: Cited[Count] | None = None


class WaitingPeriod(Section):
    """Waiting periods for people whose cover lapsed or who come outside the concentrated window.

    Counted from the pay day, or from the coverage year's first day when paid before it.

    :param fixed_months: months for enrolling outside the concentrated window or after a lapse
    :param variable_months: months added for each missed year beyond the free ones
    :param free_years: missed years that add nothing
    :param count_from_year: missed years before it do not count
    :param unit: month = same day of the month, clamped; whole_month = always the first of a month
    :param counts_pay_day: the pay day (for whole months: its month) is the first one waited; None = it is
    """

    fixed_months: Cited[Count]
    variable_months: Cited[Count]
    free_years: Cited[Count]
    count_from_year: Cited[int] | None = None
    unit: Cited[Literal["month", "whole_month"]]
    counts_pay_day: Cited[bool] | None = None
    buy_back: BuyBack | None = None


class Registration(Section):
    """Who has to register before paying, and where.

    :param renewal_exempt: insured here the year before and nothing changed: may pay at once
    :param assisted_students_at: place where students holding a hardship identity register by default
    :param family_account_province: an employee account pays for relatives insured inside this province only
    :param family_account_payer_province: the account itself is of this province; None = of any
    :param family_account_relations: what the insured may be to the holder
    :param family_account_most_members: people one account may pay a year's premium for; None = any number
    :param channels: code → name of the ways to pay
    """

    renewal_exempt: Cited[bool] | None = None
    students_at: Cited[str] | None = None
    assisted_students_at: Cited[str] | None = None
    family_account_province: Cited[str] | None = None
    family_account_payer_province: Cited[str] | None = None
    family_account_relations: Cited[tuple[str, ...]] | None = None
    family_account_most_members: Cited[Annotated[int, Field(ge=1)]] | None = None
    channels: dict[str, Cited[str]] = {}


class EnrollmentRules(Section):
    """When people may pay, what it gives them and from when.

    :param freshman_start: first benefit day of the population "freshman" paying in the concentrated window
    """

    coverage_start: Cited[datetime.date] | None = None
    coverage_end: Cited[datetime.date] | None = None
    window: dict[str, Window] = {}
    waiting: WaitingPeriod | None = None
    group: dict[str, SpecialGroup] = {}
    no_benefit_day: Cited[Literal["warn", "confirm", "refuse"]] | None = None
    admission_in_wait: Cited[Literal["whole_stay_by_admission", "split_by_day"]] | None = None
    freshman_start: Cited[datetime.date] | None = None
    registration: Registration | None = None
    duplicates: dict[Pair, DuplicateRule] = {}
