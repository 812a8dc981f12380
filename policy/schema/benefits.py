"""Benefits (待遇): the basic layer, critical illness, medical assistance and monthly alerts."""

import itertools
from typing import Literal

from pydantic import BaseModel, ConfigDict, field_validator

from policy.cited import Cited, Section
from policy.condition_syntax import ConditionField
from policy.schema.figures import Amount, Count, Share

AfterSettlement = Literal["frozen", "resettle", "case"]


class Band(BaseModel):
    """Reimbursement of one stretch of expense.

    :param up_to: its upper end in yuan, included; None = no end
    :param rate: share of one paid inside it
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    up_to: Amount | None = None
    rate: Share


class Bands(BaseModel):
    """Stretches of expense in rising order; the last has no end."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bands: tuple[Band, ...]

    @field_validator("bands")
    @classmethod
    def _rising(cls, bands: tuple[Band, ...]) -> tuple[Band, ...]:
        ends = [band.up_to for band in bands[:-1]]
        if not bands or bands[-1].up_to is not None or None in ends:
            raise ValueError("最后一段不写 up_to，其余各段都要写")
        if any(
            low is not None and high is not None and low >= high for low, high in itertools.pairwise(ends)
        ):
            raise ValueError("各段的 up_to 须逐段升高")
        return bands


class InpatientTerms(Section):
    """Basic insurance terms of one facility grade or kind of visit."""

    deductible: Cited[Amount]
    rate: Cited[Share]
    yearly_limit: Cited[Amount] | None = None


class Basic(Section):
    """Basic insurance (基本医保): terms by kind of visit and facility grade, and the yearly cap.

    :param terms: claim kind → facility grade ("any" for all) → terms
    :param prenatal_as: claim kind whose terms and limit prenatal visits share
    :param delivery_counts_to_cap: delivery costs enter the yearly cap's running total
    """

    cap: Cited[Amount] | None = None
    terms: dict[str, dict[str, InpatientTerms]] = {}
    prenatal_as: Cited[str] | None = None
    delivery_counts_to_cap: Cited[bool] | None = None

    def place(self, *, area: str, year: int, path: str) -> None:
        """Place the section and the terms two levels below it."""
        super().place(area=area, year=year, path=path)
        for kind, grades in self.terms.items():
            for grade, terms in grades.items():
                terms.place(area=area, year=year, path=f"{path}.terms.{kind}.{grade}")


class Tilt(Section):
    """Better critical illness terms for holders of an identity (倾斜支付).

    :param deductible_factor: multiplies the deductible
    :param deductible: replaces it (one of the two)
    :param rate_increase: added to every band's rate
    :param uncapped: no yearly cap
    """

    label: str
    when: Cited[ConditionField]
    deductible_factor: Cited[Amount] | None = None
    deductible: Cited[Amount] | None = None
    rate_increase: Cited[Share] | None = None
    uncapped: Cited[bool] | None = None


class CriticalIllness(Section):
    """Critical illness insurance (大病保险), accumulated over the year.

    :param deductible: yuan per year
    :param bands: stretches above the deductible, or absolute ones, see `band_basis`
    :param cap: yuan per year before incentives (原封顶线)
    :param tilt: groups with better terms, by the identity held on the settlement day
    :param class_b_copay_in_base: class-B first self-pay counts as eligible expense
    :param late_identity: what an identity, or its end, that becomes known after a claim was settled does to the claim
    :param wrong_identity: the same of an identity that never was and is struck out or corrected
    :param year_of_claim: the date that decides a claim's year
    :param cap_income_multiple: basic cap and this one together, in years of income; a hint, never a refusal
    :param cap_income_tolerance: how far from it still counts as about it
    """

    deductible: Cited[Amount] | None = None
    band_basis: Cited[Literal["above_deductible", "absolute"]] | None = None
    bands: Cited[Bands] | None = None
    cap: Cited[Amount] | None = None
    class_b_copay_in_base: Cited[bool] | None = None
    tilt: dict[str, Tilt] = {}
    tilt_from: Cited[Literal["identity_start"]] | None = None
    late_identity: Cited[AfterSettlement] | None = None
    wrong_identity: Cited[AfterSettlement] | None = None
    year_of_claim: Cited[Literal["discharge", "settlement", "admission"]] | None = None
    cap_income_multiple: Cited[Amount] | None = None
    cap_income_tolerance: Cited[Amount] | None = None


class AssistanceClass(Section):
    """Medical assistance (医疗救助) terms of one group, on what the first two layers leave.

    :param deductible: yuan per year
    :param bands: stretches above the deductible
    :param cap: yuan per year
    """

    label: str
    when: Cited[ConditionField]
    deductible: Cited[Amount]
    bands: Cited[Bands]
    cap: Cited[Amount] | None = None


class MedicalAssistance(Section):
    """Medical assistance: the first class that fits, in the order written, pays.

    :param late_identity / wrong_identity: as of critical illness insurance
    """

    group: dict[str, AssistanceClass] = {}
    class_b_copay_in_base: Cited[bool] | None = None
    late_identity: Cited[AfterSettlement] | None = None
    wrong_identity: Cited[AfterSettlement] | None = None
    settlement_days: Cited[Count] | None = None


class AlertRule(Section):
    """Whom to warn about (双预警).

    :param population: whom the rule watches
    :param measure: own_burden = eligible expense less all payouts; out_of_pocket = total expense less all payouts
    :param span: what is summed
    :param threshold: yuan; strictly more than it warns
    :param repeat: once_per_year, or every_crossing month by month
    :param recipients: kinds of agencies told
    """

    label: str
    population: Cited[ConditionField]
    measure: Cited[Literal["own_burden", "out_of_pocket"]]
    span: Cited[Literal["year_to_date", "rolling_12_months", "stay"]]
    threshold: Cited[Amount]
    repeat: Cited[Literal["once_per_year", "every_month"]]
    recipients: Cited[tuple[str, ...]]


class Alerts(Section):
    """The month's warnings; the first rule whose population fits a person holds."""

    rule: dict[str, AlertRule] = {}
    answer_days: Cited[Count] | None = None
