"""Facilities, claims, manual claims on their way, yearly accumulators, incentive runs and states, alerts."""

from benefits.models.adjustment import PaidLayer, PayoutAdjustment
from benefits.models.alert import WAITING, Alert, AlertAnswer, AlertState, Outcome, WhyNotEligible
from benefits.models.claim import Claim, ClaimKind, ClaimLine, ClaimState, Facility, ItemClass, Referral
from benefits.models.incentive import UNDECIDED, IncentiveRevision, IncentiveRun, IncentiveState, RunState
from benefits.models.manual import ClaimStage, ManualClaim, ManualLine, ManualState
from benefits.models.totals import Accumulator

__all__ = [
    "UNDECIDED",
    "WAITING",
    "Accumulator",
    "Alert",
    "AlertAnswer",
    "AlertState",
    "Claim",
    "ClaimKind",
    "ClaimLine",
    "ClaimStage",
    "ClaimState",
    "Facility",
    "IncentiveRevision",
    "IncentiveRun",
    "IncentiveState",
    "ItemClass",
    "ManualClaim",
    "ManualLine",
    "ManualState",
    "Outcome",
    "PaidLayer",
    "PayoutAdjustment",
    "Referral",
    "RunState",
    "WhyNotEligible",
]
