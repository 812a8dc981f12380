"""How many records one person may end by a list before a colleague has to agree."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class EndingsGuard:
    """What a list would end, of what stands.

    :param standing: all the list speaks about, what it would end included
    :param limit: the share of what stands that one person may end; exactly so much still may be
    """

    ending: int
    standing: int
    limit: Decimal

    @property
    def share(self) -> Decimal:
        """Return the share that would end, 0 where nothing stands."""
        return Decimal(self.ending) / self.standing if self.standing else Decimal(0)

    @property
    def needs_second(self) -> bool:
        """Return whether a second person has to agree."""
        return self.ending > self.standing * self.limit
