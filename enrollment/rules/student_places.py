"""Where a student registers: at school, or, holding a hardship identity, with the family where the hukou is.

困难学生，户籍地在本统筹区      hukou_committee   唐医保函〔2024〕45号 三(三)
困难学生，写明在校办理的理由    school            the same clause: “原则上”
其他学生                        school
"""

from policy.schema.enrollment import EnrollmentRules, Registration
from policy.trace import Step, Traced

SCHOOL, HUKOU_COMMITTEE = "school", "hukou_committee"


def student_place(rules: EnrollmentRules, *, is_assisted: bool, override: str = "") -> Traced[str]:
    """Return the place of registration.

    Documents that say nothing of assisted students mean all students alike.

    :param override: why an assisted student registers at school all the same; empty = by the rule
    :raises RuleNotPublished: if no document says where students register
    """
    registration = rules.registration or Registration()
    general = rules.published(registration.students_at, "registration.students_at")
    own = registration.assisted_students_at if is_assisted else None
    if own is None:
        return Traced(general.value, (Step.citing("学生登记地点", general),))
    step = Step.citing("困难学生登记地点", own)
    if override and own.value != general.value:
        return Traced(general.value, (step, Step("在校办理的理由", override)))
    return Traced(own.value, (step,))
