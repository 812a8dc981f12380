"""Refunds of premiums already paid (退费): for which reasons, and up to when."""

from enum import StrEnum

from policy.cited import Cited, Section


class Refundable(StrEnum):
    """Up to when a premium goes back.

    before_start: on days before benefits begin, afterwards not; case: somebody decides.
    """

    BEFORE_START = "before_start"
    ANY_DAY = "any_day"
    NO_REFUND = "no_refund"
    CASE = "case"


class Refunds(Section):
    """One leaf for each reason; where the documents are silent on one, a person decides.

    :param death: the insured died; the day of death counts, not that of the application
    :param employee_cover: the insured joined employee insurance, or the resident scheme of another area
    :param duplicate: the same year was paid twice, here and elsewhere
    :param identity_change: an identity ended or changed after the payment
    :param overpaid: more was paid than is due by now
    :param aid_granted: aid was granted after the payment
    """

    death: Cited[Refundable] | None = None
    employee_cover: Cited[Refundable] | None = None
    duplicate: Cited[Refundable] | None = None
    identity_change: Cited[Refundable] | None = None
    overpaid: Cited[Refundable] | None = None
    aid_granted: Cited[Refundable] | None = None
