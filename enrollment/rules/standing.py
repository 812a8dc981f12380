"""Where a person stands in the year's task of insuring everybody (参保任务): insured, excused, still to be reached."""

from dataclasses import dataclass
from enum import StrEnum


class Standing(StrEnum):
    """The columns of the progress sheet (进度表); each person stands in exactly one."""

    INSURED_HERE = "insured_here"
    EMPLOYEE = "employee_scheme"
    RESIDENT_ELSEWHERE = "resident_scheme_elsewhere"
    EMPLOYEE_ELSEWHERE = "employee_scheme_elsewhere"
    ARMY = "army"
    PRISON = "prison"
    DIED = "died"
    LOST = "lost"
    REFUSED = "refused"
    OTHER = "other"
    WAITING = "waiting"


class Contradiction(StrEnum):
    """What the records say against the reason that was given."""

    INSURED = "insured"
    DEAD = "dead"
    ALIVE = "alive"
    COVERED = "covered"
    DISCHARGED = "discharged"


COVERED = (Standing.EMPLOYEE, Standing.RESIDENT_ELSEWHERE, Standing.EMPLOYEE_ELSEWHERE)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnRecord:
    """What is on record of a person for a coverage year on a day.

    :param insured_here: paid in full in the pooling area the person belongs to; `insured_elsewhere`: in another
    :param employee_here: employee cover of this pooling area; `employee_elsewhere`: of another
    :param discharged: left the army by that day
    :param reason: the reason that stands on that day, a code of `Standing`; "" = none
    """

    insured_here: bool = False
    insured_elsewhere: bool = False
    employee_here: bool = False
    employee_elsewhere: bool = False
    is_dead: bool = False
    discharged: bool = False
    reason: str = ""


def by_record(facts: OnRecord) -> Standing | None:
    """Return where the records alone put a person; null = they say nothing.

    Whoever paid here counts as insured, even after death; cover of this area goes before cover of another.
    """
    found = (
        (facts.insured_here, Standing.INSURED_HERE),
        (facts.is_dead, Standing.DIED),
        (facts.employee_here, Standing.EMPLOYEE),
        (facts.insured_elsewhere, Standing.RESIDENT_ELSEWHERE),
        (facts.employee_elsewhere, Standing.EMPLOYEE_ELSEWHERE),
    )
    return next((each for is_so, each in found if is_so), None)


def standing(facts: OnRecord) -> Standing:
    """Return where a person stands: what is on record goes before what somebody gave as the reason."""
    return by_record(facts) or Standing(facts.reason or Standing.WAITING)


def contradiction(facts: OnRecord) -> Contradiction | None:
    """Return what speaks against the given reason; null = nothing does, or none was given."""
    if not facts.reason:
        return None
    found = by_record(facts)
    against = (
        (found == Standing.INSURED_HERE, Contradiction.INSURED),
        (facts.is_dead and facts.reason != Standing.DIED, Contradiction.DEAD),
        (not facts.is_dead and facts.reason == Standing.DIED, Contradiction.ALIVE),
        (found in COVERED and found != facts.reason, Contradiction.COVERED),
        (facts.discharged and facts.reason == Standing.ARMY, Contradiction.DISCHARGED),
    )
    return next((each for is_so, each in against if is_so), None)
