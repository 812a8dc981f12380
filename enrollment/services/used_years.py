"""What a person had of a paid year, said before its premium is given back.

The apps above hang their looks in, as they do with checks on identities; nothing here looks up.
"""

from collections.abc import Callable

from enrollment.models import ContributionPeriod

Look = Callable[[ContributionPeriod], str]
_looks: list[Look] = []


def tells_use_of_year(look: Look) -> Look:
    """Hang in a look at a paid year: what was had of it in words, empty = nothing."""
    _looks.append(look)
    return look


def used_of_year(paid: ContributionPeriod) -> list[str]:
    """Return in words what was had of the year."""
    return [said for look in _looks if (said := look(paid))]
