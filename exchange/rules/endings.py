"""How many records one person may end by a list before a colleague has to agree."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

SHOWN = 5  # areas named in a sentence


@dataclass(frozen=True, slots=True)
class AreaEndings:
    """What a list would end of the people of a county below its area, or where else another share was agreed.

    :param area: its name; the others as of the guard
    """

    area: str
    ending: int
    standing: int
    limit: Decimal

    @property
    def needs_second(self) -> bool:
        """Return whether a second person has to agree for the sake of this area."""
        return self.ending > self.standing * self.limit

    def __str__(self) -> str:
        return f"{self.area} {self.ending:,} 条，超过该地区现有 {self.standing:,} 条的 {self.limit:.0%}"


@dataclass(frozen=True, slots=True)
class EndingsGuard:
    """What a list would end, of what stands.

    :param ending: what it would end, those cut short included, `shortened` of them
    :param standing: all the list speaks about, what it would end included
    :param limit: the share of what stands that one person may end; exactly so much still may be
    :param areas: the same by county below: a big list must not hide that somewhere nearly everybody would end
    :param unmentioned: in words what else the list could have ended but does not speak about → how many stand
    """

    ending: int
    standing: int
    limit: Decimal
    unmentioned: Mapping[str, int] = field(default_factory=dict)
    shortened: int = 0
    areas: Sequence[AreaEndings] = ()

    @property
    def share(self) -> Decimal:
        """Return the share that would end, 0 where nothing stands."""
        return Decimal(self.ending) / self.standing if self.standing else Decimal(0)

    @property
    def needs_second(self) -> bool:
        """Return whether a second person has to agree."""
        return self.is_passed or any(each.needs_second for each in self.areas)

    @property
    def is_passed(self) -> bool:
        """Return whether the limit for all together is passed."""
        return self.ending > self.standing * self.limit

    @property
    def passed_in(self) -> str:
        """Return in words the areas below whose limits are passed, a few of many; empty = none."""
        passed = [each for each in self.areas if each.needs_second]
        shown = "；".join(map(str, passed[:SHOWN]))
        return f"{shown}；等 {len(passed)} 个地区" if len(passed) > SHOWN else shown

    @property
    def left_alone(self) -> str:
        """Return in words what the list does not speak about, so that nobody of it ends; empty = nothing."""
        if not self.unmentioned:
            return ""
        shown = "、".join(f"{words} {count:,} 条" for words, count in self.unmentioned.items())
        return f"清单未涉及的类别：{shown}，未作取消。确已全部退出的，请逐人终止。"
