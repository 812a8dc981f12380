"""Bounds (上位规定): floors and ceilings an upper level sets for those below, checked when a lower one is loaded."""

import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from policy.cited import Cited, Section


class _Bound(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Limit(_Bound):
    """A figure, or a share of another leaf: one of both."""

    path: str
    figure: Decimal | None = None
    share_of: str = ""
    share: Decimal = Decimal(1)

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.figure is None) is not bool(self.share_of):
            raise ValueError("figure 和 share_of 应写其中之一，否则什么也约束不了")
        return self


class AtLeast(_Limit):
    """The leaf at `path` is not below the figure, or not below `share` of the leaf `share_of`."""

    kind: Literal["at_least"]


class AtMost(_Limit):
    """The leaf at `path` is not above the figure, or not above `share` of the leaf `share_of`."""

    kind: Literal["at_most"]


class Equals(_Bound):
    """The leaf at `path` is exactly the figure."""

    kind: Literal["equals"]
    path: str
    figure: Decimal


class NotAfter(_Bound):
    """The date at `path` is not later than `day`."""

    kind: Literal["not_after"]
    path: str
    day: datetime.date


class FirstBandAtLeast(_Bound):
    """The first band at `path` pays at least `figure`."""

    kind: Literal["first_band_at_least"]
    path: str
    figure: Decimal


class BandsNotFalling(_Bound):
    """Higher bands at `path` never pay a smaller share."""

    kind: Literal["bands_not_falling"]
    path: str


class AssistanceAtLeast(_Bound):
    """A person holding just `holds` is helped with at least `share` of the component's premium.

    :param holds: identities as a condition writes them: category or { category, where }
    """

    kind: Literal["assistance_at_least"]
    holds: tuple[Any, ...]
    share: Decimal
    component: str = "basic"


class AssistanceExactly(_Bound):
    """A person holding just `holds` is helped with exactly `share` of the component's premium."""

    kind: Literal["assistance_exactly"]
    holds: tuple[Any, ...]
    share: Decimal
    component: str = "basic"


BoundRule = Annotated[
    AtLeast
    | AtMost
    | Equals
    | NotAfter
    | FirstBandAtLeast
    | BandsNotFalling
    | AssistanceAtLeast
    | AssistanceExactly,
    Field(discriminator="kind"),
]


class Bound(Section):
    """One floor or ceiling with its clause; `severity` warn only tells."""

    label: str
    rule: Cited[BoundRule]
    severity: Literal["refuse", "warn"] = "refuse"
