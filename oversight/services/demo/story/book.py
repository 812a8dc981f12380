"""What the steps share: the city and the folder its files lie in."""

from dataclasses import dataclass
from pathlib import Path

from oversight.services.demo.city.city import City


@dataclass(frozen=True)
class Book:
    """The demo city on paper."""

    city: City
    folder: Path

    def path(self, name: str) -> Path:
        """Return where a file lies."""
        return self.folder / name
