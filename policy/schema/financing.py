"""Financing (筹资): what a person and each level of government put in, per fiscal and per coverage year."""

import datetime
from enum import StrEnum

from policy.cited import Cited, Section
from policy.schema.figures import Amount

Component = str  # "basic", "ltc"; the first component named in [financing.personal] leads
Level = str  # "central", "province", "city", "county", "district", "local"


class SplitKind(StrEnum):
    """How a fiscal class shares the subsidy between levels of government."""

    AMOUNTS = "amounts"  # yuan per person, as printed
    RATIO = "ratio"  # parts of a whole


class Split(Section):
    """One class of area's sharing of the basic component's fiscal subsidy.

    :param shares: level → yuan per person (amounts) or level → parts (ratio)
    :param local_ratio: the ratio the printed amounts follow, for checking them
    :param open_parts: parts the document leaves to be divided between lower levels
    :param open_between: the levels they are divided between
    :param open_ratio: how they are divided; the upper document is silent, the city must say
    """

    label: str
    kind: Cited[SplitKind]
    shares: Cited[dict[Level, Amount]]
    local_ratio: Cited[dict[Level, Amount]] | None = None
    open_parts: Cited[Amount] | None = None
    open_between: Cited[tuple[Level, ...]] | None = None
    open_ratio: Cited[dict[Level, Amount]] | None = None


class FiscalYear(Section):
    """What government pays for one fiscal year.

    :param subsidy: component → yuan per person and year
    :param split: fiscal class of the area → its sharing
    :param transfer_deadline: last day on which the levels' money must have reached the fiscal account
    :param critical_illness_transfer: yuan per insured person moved to critical illness insurance
    """

    subsidy: dict[Component, Cited[Amount]] = {}
    split: dict[str, Split] = {}
    transfer_deadline: Cited[datetime.date] | None = None
    critical_illness_transfer: Cited[Amount] | None = None


class PopulationPremium(Section):
    """What one class of insured pays where it differs from the rest; components not named stay as for everybody."""

    personal: dict[Component, Cited[Amount]] = {}


class Financing(Section):
    """Premiums of the coverage year, subsidies of the fiscal years.

    :param personal: component → yuan a person pays for the coverage year
    :param population: class of insured → its own premiums
    :param fiscal: fiscal year as text → what government pays
    :param fiscal_year_for_coverage: the fiscal year quoted beside this coverage year and charged to late payers
    :param ltc_payer: level that pays the long-term care subsidy
    """

    personal: dict[Component, Cited[Amount]] = {}
    population: dict[str, PopulationPremium] = {}
    fiscal: dict[str, FiscalYear] = {}
    fiscal_year_for_coverage: Cited[int] | None = None
    ltc_payer: Cited[Level] | None = None
