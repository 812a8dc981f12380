"""Benefits (待遇) above basic insurance: critical illness, supplement, medical assistance, and monthly alerts."""

from typing import Literal

from policy.cited import Cited, Section
from policy.condition_syntax import ConditionField
from policy.schema.bands import Band, Bands
from policy.schema.basic import Basic, InpatientTerms, Referral
from policy.schema.figures import Amount, Count, DayOfMonth, Share

__all__ = [
    "AlertRule",
    "Alerts",
    "AssistanceClass",
    "Band",
    "Bands",
    "Basic",
    "CriticalIllness",
    "ExtraTerms",
    "InpatientTerms",
    "LayerOrder",
    "MedicalAssistance",
    "Supplement",
    "Tilt",
    "Track",
]
AfterSettlement = Literal["frozen", "resettle", "case"]
BandBasis = Literal["above_deductible", "absolute"]
LayerName = Literal["basic", "critical_illness", "supplement", "medical_assistance", "second_layer"]


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


class Track(Section):
    """A separate account (单独支付通道) of critical illness insurance, such as special drugs.

    :param deductible / cap: yuan per year; :param bands: stretches above the deductible
    """

    label: str
    deductible: Cited[Amount]
    bands: Cited[Bands]
    cap: Cited[Amount] | None = None


class CriticalIllness(Section):
    """Critical illness insurance (大病保险), accumulated over the year.

    :param deductible: yuan per year
    :param bands: stretches above the deductible, or absolute ones, see `band_basis`
    :param cap: yuan per year before incentives (原封顶线)
    :param tilt: groups with better terms, by the identity held on the settlement day
    :param kinds: kinds of visit whose own share it looks at; None = all
    :param track: separate accounts by name; a claim that names one goes there
    :param class_b_copay_in_base: class-B first self-pay counts as eligible expense
    :param late_identity: what an identity, or its end, that becomes known after a claim was settled does to the claim
    :param wrong_identity: the same of an identity that never was and is struck out or corrected
    :param year_of_claim: the date that decides a claim's year
    :param cap_income_multiple: basic cap and this one together, in years of income; a hint, never a refusal
    :param cap_income_tolerance: how far from it still counts as about it
    """

    deductible: Cited[Amount] | None = None
    band_basis: Cited[BandBasis] | None = None
    bands: Cited[Bands] | None = None
    cap: Cited[Amount] | None = None
    kinds: Cited[tuple[str, ...]] | None = None
    track: dict[str, Track] = {}
    class_b_copay_in_base: Cited[bool] | None = None
    tilt: dict[str, Tilt] = {}
    tilt_from: Cited[Literal["identity_start"]] | None = None
    late_identity: Cited[AfterSettlement] | None = None
    wrong_identity: Cited[AfterSettlement] | None = None
    year_of_claim: Cited[Literal["discharge", "settlement", "admission"]] | None = None
    cap_income_multiple: Cited[Amount] | None = None
    cap_income_tolerance: Cited[Amount] | None = None


class AssistanceClass(Section):
    """Medical assistance (医疗救助) terms of one group, on what the layers before leave.

    :param deductible: yuan per year
    :param band_basis: whether bands count from the deductible or from the first yuan; None = from the deductible
    :param bands: a band may end at the person's critical illness deductible
    :param cap: yuan per year
    :param kinds: kinds of visit it helps with; None = all
    :param sub_cap: kind of visit → yuan per year within the cap
    """

    label: str
    when: Cited[ConditionField]
    deductible: Cited[Amount]
    band_basis: Cited[BandBasis] | None = None
    bands: Cited[Bands]
    cap: Cited[Amount] | None = None
    kinds: Cited[tuple[str, ...]] | None = None
    sub_cap: dict[str, Cited[Amount]] = {}


class ExtraTerms(Section):
    """Terms of a further layer for one group: the second layer of assistance (倾斜救助), or a supplement.

    :param referrals: only visits referred in one of these ways count; None = all
    :param kinds: only these kinds of visit count; None = all
    :param deductible / cap: yuan per year; :param bands: stretches above the deductible
    """

    label: str
    when: Cited[ConditionField]
    referrals: Cited[tuple[Referral, ...]] | None = None
    kinds: Cited[tuple[str, ...]] | None = None
    deductible: Cited[Amount]
    bands: Cited[Bands]
    cap: Cited[Amount] | None = None


class Supplement(Section):
    """Supplementary insurance (大病补充保险): the first group that fits, in the order written, pays."""

    group: dict[str, ExtraTerms] = {}


class LayerOrder(Section):
    """In which order the layers pay (支付顺序); None = basic, critical illness, supplement, assistance, its second."""

    order: Cited[tuple[LayerName, ...]] | None = None


class MedicalAssistance(Section):
    """Medical assistance: the first class that fits, in the order written, pays.

    :param second_layer: on what is left after the first, by the same rule
    :param late_identity / wrong_identity: as of critical illness insurance
    """

    group: dict[str, AssistanceClass] = {}
    second_layer: dict[str, ExtraTerms] = {}
    class_b_copay_in_base: Cited[bool] | None = None
    late_identity: Cited[AfterSettlement] | None = None
    wrong_identity: Cited[AfterSettlement] | None = None
    settlement_days: Cited[Count] | None = None


class AlertRule(Section):
    """Whom to warn about (双预警).

    :param population: whom the rule watches
    :param measure: own_burden = eligible expense less all payouts; out_of_pocket = total expense less all payouts
    :param span: what is summed: the year so far, twelve months, or the costliest stay
    :param threshold: yuan; strictly more than it warns. None = the documents, or the series they refer to, are silent
    :param repeat: once_per_year whichever rule warns, once_per_rule_and_year, or every_month anew
    :param recipients: kinds of agencies told
    :param scan_days: days of the month as at whose end is scanned, besides its last; None = none
    """

    label: str
    population: Cited[ConditionField]
    measure: Cited[Literal["own_burden", "out_of_pocket"]]
    span: Cited[Literal["year_to_date", "rolling_12_months", "stay"]]
    threshold: Cited[Amount] | None = None
    repeat: Cited[Literal["once_per_year", "once_per_rule_and_year", "every_month"]]
    recipients: Cited[tuple[str, ...]]
    scan_days: Cited[tuple[DayOfMonth, ...]] | None = None


class Alerts(Section):
    """The warnings; the first rule whose population fits a person holds.

    :param acknowledge_days / visit_days / answer_days: time limits from the day of the push; None = none is set
    """

    rule: dict[str, AlertRule] = {}
    acknowledge_days: Cited[Count] | None = None
    visit_days: Cited[Count] | None = None
    answer_days: Cited[Count] | None = None
