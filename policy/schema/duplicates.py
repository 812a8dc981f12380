"""Double enrolment (重复参保): which of two registrations of one person stays."""

from enum import StrEnum

from policy.cited import Cited, Section
from policy.schema.figures import Count


class Pair(StrEnum):
    """What stands beside a registration of the resident scheme."""

    TWO_AREAS = "two_areas"
    SCHOOL_AND_HOME = "school_and_home"
    TWO_SCHEMES = "two_schemes"
    TWO_DOCUMENTS = "two_documents"


class Keep(StrEnum):
    """Which of the two stays."""

    USUAL_RESIDENCE = "usual_residence"
    SCHOOL_PLACE = "school_place"
    EMPLOYEE_SCHEME = "employee_scheme"
    RESIDENT_SCHEME = "resident_scheme"
    IDENTITY_NUMBER = "identity_number"


class DuplicateRule(Section):
    """Which registration of a pair stays.

    :param keep: the one that stays
    :param months: only once the cover elsewhere has run so many months unbroken, else a person decides; None = always
    """

    keep: Cited[Keep]
    months: Cited[Count] | None = None
