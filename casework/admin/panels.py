"""Cases on a resident's file and on the first page."""

from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from casework.admin.filters import LATE, MINE
from casework.admin.parts import case_table
from casework.models import Case
from casework.selectors import cases_for, open_cases_for, overdue
from policy.admin.display import figures, list_url
from registry.admin.panels import panel, section
from registry.models import Resident

MOST_SHOWN = 8


@section(place=80, slug="cases", title="办理事项")
def cases_of(resident: Resident, request: HttpRequest) -> SafeString:
    """Return the cases about a resident, the latest first."""
    found = Case.objects.filter(resident=resident).select_related("assignee").order_by("-pk")
    return case_table(list(found))


@panel(place=10, title="待办", permission="casework.view_case", is_wide=True)
def queue(request: HttpRequest) -> SafeString:
    """Return the user's queue, the most overdue first."""
    waiting = open_cases_for(request.user)
    late = overdue(cases_for(request.user), on=timezone.localdate())
    numbers = figures(
        [
            ("我的和待分派", waiting.count(), list_url(Case, queue=MINE)),
            ("辖区已超期", late.count(), list_url(Case, queue=LATE)),
        ]
    )
    return numbers + case_table(list(waiting[:MOST_SHOWN]))
