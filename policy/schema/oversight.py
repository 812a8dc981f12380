"""Oversight (监督): targets the documents set for the bureau itself."""

import datetime
from typing import Literal

from policy.cited import Cited, Section
from policy.schema.figures import Count, Share


class Band(Section):
    """A target and the band around it that still counts as reached."""

    target: Cited[Share]
    low: Cited[Share]
    high: Cited[Share]


class Participation(Section):
    """Participation of hardship groups.

    :param target: share of the listed who must be insured, anywhere
    :param reach_by: last day to reach it
    :param not_counted: reasons that take a person out of the denominator
    :param counted_as_insured: reasons that count as insured though not here
    :param categories: identities of the hardship groups; one of them is enough
    :param counted_by: which area a person counts for
    """

    target: Cited[Share]
    reach_by: Cited[datetime.date] | None = None
    not_counted: Cited[tuple[str, ...]]
    counted_as_insured: Cited[tuple[str, ...]]
    categories: Cited[tuple[str, ...]] | None = None
    counted_by: Cited[Literal["living_area"]] | None = None


class Oversight(Section):
    """What the bureau itself is held to."""

    in_policy_ratio: Band | None = None
    participation: Participation | None = None
    list_days: Cited[Count] | None = None
