"""How many records one person may end by a list before a colleague has to agree."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class EndingsGuard:
    """What a list would end, of what stands.

    :param ending: what it would end, those cut short included, `shortened` of them
    :param standing: all the list speaks about, what it would end included
    :param limit: the share of what stands that one person may end; exactly so much still may be
    :param unmentioned: in words what else the list could have ended but does not speak about → how many stand
    """

    ending: int
    standing: int
    limit: Decimal
    unmentioned: Mapping[str, int] = field(default_factory=dict)
    shortened: int = 0

    @property
    def share(self) -> Decimal:
        """Return the share that would end, 0 where nothing stands."""
        return Decimal(self.ending) / self.standing if self.standing else Decimal(0)

    @property
    def needs_second(self) -> bool:
        """Return whether a second person has to agree."""
        return self.ending > self.standing * self.limit

    @property
    def left_alone(self) -> str:
        """Return in words what the list does not speak about, so that nobody of it ends; empty = nothing."""
        if not self.unmentioned:
            return ""
        shown = "、".join(f"{words} {count:,} 条" for words, count in self.unmentioned.items())
        return f"清单未涉及的类别：{shown}，未作取消。确已全部退出的，请逐人终止。"
