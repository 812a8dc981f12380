"""Whether somebody on record is whom a line of a list means: of the list's area, and of the name it says."""

from collections.abc import Sequence
from dataclasses import dataclass

from enrollment.services.outreach import Objection
from hardship.rules.person_names import is_same_name
from registry.models import Area, Resident

GARBLED = (
    "name_garbled",
    "姓名有缺字（问号或方框），首次登记须按证件补全姓名后重新导入",
)  # of somebody not on record


@dataclass(frozen=True, slots=True)
class OnRecord:
    """A person on record.

    :ivar path: of the area they live in
    """

    name: str
    path: str


def on_record(residents: Sequence[int]) -> dict[int, OnRecord]:
    """Return what lists are held against of people, in one query."""
    people = Resident.objects.filter(pk__among=residents).values_list("pk", "name", "living_area__path")
    return {pk: OnRecord(name, path) for pk, name, path in people}


def misfit(person: OnRecord, *, said: str, area: Area) -> Objection | None:
    """Return why a list may say nothing of the person; null = it may.

    The area comes first: a list is no way to learn what strangers are called.

    :param said: the name in the list; empty = it says none
    :param area: whose list it is
    """
    if not person.path.startswith(area.path):
        return Objection("outside_area", f"居住地不在{area.name}")
    if said and not is_same_name(said, person.name):
        return Objection("name_differs", f"登记姓名为“{person.name}”，与清单不符")
    return None
