"""Basic insurance (基本医保): terms by kind of visit and facility grade, what adjusts them, and the yearly cap."""

import itertools
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from policy.cited import Cited, Section
from policy.condition_syntax import ConditionField
from policy.schema.figures import Amount, Count, Share

Referral = Literal["none", "in_province", "out_of_province"]
ShareChange = Annotated[Decimal, Field(ge=-1, le=1)]


class LaterStay(BaseModel):
    """The deductible from the year's `stay`-th visit of the kind on: a share of the first one's, or yuan."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stay: Annotated[int, Field(ge=2)]
    factor: Share | None = None
    deductible: Amount | None = None

    @model_validator(mode="after")
    def _one_way(self) -> "LaterStay":
        if (self.factor is None) == (self.deductible is None):
            raise ValueError("factor、deductible 写且只写一个")
        return self


class LaterStays(BaseModel):
    """Deductibles of later stays in a year, in rising order; each holds until the next."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stays: tuple[LaterStay, ...]

    @field_validator("stays")
    @classmethod
    def _rising(cls, stays: tuple[LaterStay, ...]) -> tuple[LaterStay, ...]:
        if not stays or any(low.stay >= high.stay for low, high in itertools.pairwise(stays)):
            raise ValueError("各次的 stay 须逐次升高，至少写一次")
        return stays


class YearLimit(BaseModel):
    """The yearly limit from so many continuous years on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    years: Count
    amount: Amount


class YearLimits(BaseModel):
    """Yearly limits by continuous years of cover (连续参保年限), in rising order from none.

    :param counts_this_year: the year of the visit is one of them
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    counts_this_year: bool
    rows: tuple[YearLimit, ...]

    @field_validator("rows")
    @classmethod
    def _rising(cls, rows: tuple[YearLimit, ...]) -> tuple[YearLimit, ...]:
        rising = all(low.years < high.years for low, high in itertools.pairwise(rows))
        if not rows or rows[0].years != 0 or not rising:
            raise ValueError("首行 years 写 0，以后各行逐行升高")
        return rows


class InpatientTerms(Section):
    """Basic insurance terms of one facility grade or kind of visit.

    :param later_stays: deductibles of the year's second and later visits of the kind
    :param limit_by_years: in the place of a yearly limit that is the same for everybody
    """

    deductible: Cited[Amount]
    rate: Cited[Share]
    later_stays: Cited[LaterStays] | None = None
    yearly_limit: Cited[Amount] | None = None
    limit_by_years: Cited[YearLimits] | None = None

    @model_validator(mode="after")
    def _one_limit(self) -> "InpatientTerms":
        if self.yearly_limit is not None and self.limit_by_years is not None:
            raise ValueError("yearly_limit、limit_by_years 只写一个")
        return self


class Adjustment(Section):
    """Other terms for some people, facilities or ways of referral; all that is written must fit the visit.

    :param facilities: codes of named hospitals; :param referrals: how the patient was referred
    :param deductible: replaces the deductible; :param deductible_factor: multiplies it
    :param rate: replaces the rate; :param rate_change: added to it, less than zero takes off
    """

    label: str
    when: Cited[ConditionField] | None = None
    kinds: Cited[tuple[str, ...]] | None = None
    grades: Cited[tuple[str, ...]] | None = None
    facilities: Cited[tuple[str, ...]] | None = None
    referrals: Cited[tuple[Referral, ...]] | None = None
    deductible: Cited[Amount] | None = None
    deductible_factor: Cited[Share] | None = None
    rate: Cited[Share] | None = None
    rate_change: Cited[ShareChange] | None = None


class Basic(Section):
    """Basic insurance.

    :param terms: claim kind → facility grade ("any" for all) → terms
    :param adjustment: each that fits a visit is applied, in the order written
    :param prenatal_as: claim kind whose terms prenatal visits share, and whose limit unless they have their own
    :param prenatal_limit: a yearly limit of prenatal visits alone
    :param delivery_counts_to_cap: delivery costs enter the yearly cap's running total
    """

    cap: Cited[Amount] | None = None
    terms: dict[str, dict[str, InpatientTerms]] = {}
    adjustment: dict[str, Adjustment] = {}
    prenatal_as: Cited[str] | None = None
    prenatal_limit: Cited[Amount] | None = None
    delivery_counts_to_cap: Cited[bool] | None = None

    def place(self, *, area: str, year: int, path: str) -> None:
        """Place the section and the terms two levels below it."""
        super().place(area=area, year=year, path=path)
        for kind, grades in self.terms.items():
            for grade, terms in grades.items():
                terms.place(area=area, year=year, path=f"{path}.terms.{kind}.{grade}")
