"""How long recognitions hold: by the documents of the area and year they begin in, else by the register."""

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from policy.cited import Cited
from policy.selectors import policies_by_place
from registry.models import Resident

Limits = Mapping[str, Cited[int]]  # category → months


@dataclass(frozen=True, slots=True)
class Validity:
    """The months of the register, and those of the approved policies by area code and year.

    :ivar asked: what was answered of a category, place and year: a list asks the same of each of its people
    """

    register: Mapping[str, int]
    policies: Mapping[tuple[str, int], Limits] = field(default_factory=dict)
    asked: dict[tuple[str, str, int], int | None] = field(default_factory=dict, compare=False)

    def limit(self, category: str, *, path: str, year: int) -> Cited[int] | None:
        """Return the leaf that limits what begins in `year` for somebody living at `path`; null = none does."""
        codes = path.strip("/").split("/")[::-1]
        nearest = next((code for code in codes if (code, year) in self.policies), None)
        return None if nearest is None else self.policies[nearest, year].get(category)

    def months(self, category: str, *, path: str, start: datetime.date) -> int | None:
        """Return how many months a recognition from `start` on holds; null = until it is ended."""
        question = (category, path, start.year)
        if question not in self.asked:
            leaf = self.limit(category, path=path, year=start.year)
            self.asked[question] = self.register.get(category) if leaf is None else leaf.value
        return self.asked[question]

    def concerns(self, categories: Collection[str]) -> bool:
        """Whether any area's documents limit one of the categories: then it matters where people live."""
        return any(not limits.keys().isdisjoint(categories) for limits in self.policies.values())


def validity(register: Mapping[str, int | None]) -> Validity:
    """Return what limits recognitions anywhere; two queries once the policies are built.

    :param register: category → months, as the register has them; null = until ended
    """
    return Validity(
        {code: months for code, months in register.items() if months},
        {
            place: policy.data.recognition.validity_months if policy.data.recognition else {}
            for place, policy in policies_by_place().items()
        },
    )


def living_paths(resident_ids: Collection[int]) -> dict[int, str]:
    """Return the path of the area each resident lives in."""
    people = Resident.objects.filter(pk__among=list(resident_ids))
    return dict(people.values_list("pk", "living_area__path"))


def limit_text(leaf: Cited[int]) -> str:
    """Return a limit in words: “有效 12 个月（某文 三(一)；读法）”."""
    cited = "；".join(filter(None, (leaf.clause, leaf.reading)))
    return f"有效 {leaf.value} 个月（{cited}）"
