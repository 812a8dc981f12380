"""Reads of enrollment: who is covered on a day and why not, who was insured in a year, what was paid."""

from enrollment.selectors.changed_years import insured_years_changed
from enrollment.selectors.contributions import contributions_of, held_payments
from enrollment.selectors.entitlement import Entitlement, entitlement_on, entitlements_on
from enrollment.selectors.insured import (
    basic_insured_years,
    insured_in_year,
    insured_years,
    missed_years,
)
from enrollment.selectors.policies import policies_for

__all__ = [
    "Entitlement",
    "basic_insured_years",
    "contributions_of",
    "entitlement_on",
    "entitlements_on",
    "held_payments",
    "insured_in_year",
    "insured_years",
    "insured_years_changed",
    "missed_years",
    "policies_for",
]
