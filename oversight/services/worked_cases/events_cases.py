"""Events of casework: a case decided, and confirmed by a second person."""

from casework.models import Case, CaseState
from casework.services import confirm_case, decide_case
from oversight.services.worked_cases.event import DONE, WHO, Event
from oversight.services.worked_cases.format import CaseInvalid
from oversight.services.worked_cases.inputs import TEXT, Given, Input
from oversight.services.worked_cases.journey_world import Happened, World

UNDECIDED = (CaseState.OPEN, CaseState.ASSIGNED)


def _case_decided(world: World, given: Given) -> Happened:
    own = Case.objects.filter(
        resident=world.person(given["who"]), kind=given["kind"], state__in=UNDECIDED
    ).order_by("-pk")
    case = own.first()
    if case is None:
        raise CaseInvalid(f"{given['who']} 没有待决定的 {given['kind']} 工单")
    decide_case(case=case, decision=given["decision"], reason="用例", user=world.clerk("decides"))
    if case.needs_second:
        confirm_case(case=case, user=world.clerk("confirms"))
    return DONE


EVENTS = (
    Event(
        "case_decided",
        "对本人待办的工单作出决定；须复核的由另一人复核，随即执行",
        (
            WHO,
            Input("kind", TEXT, "工单类型，如 retroactive_change", required=True),
            Input("decision", TEXT, "所选决定的代码", required=True),
        ),
        _case_decided,
        'who = "zhang", kind = "retroactive_change", decision = "claims"',
    ),
)
