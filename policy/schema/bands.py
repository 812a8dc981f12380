"""Stretches of expense (费用段) and the share of each that is paid."""

import itertools
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from policy.schema.figures import Amount, Share


class Band(BaseModel):
    """Reimbursement of one stretch of expense.

    :param up_to: its upper end in yuan, included; None = no end
    :param until: its upper end is the person's own figure of another layer, counted from the first yuan
    :param rate: share of one paid inside it
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    up_to: Amount | None = None
    until: Literal["critical_illness_deductible"] | None = None
    rate: Share

    @model_validator(mode="after")
    def _one_end(self) -> "Band":
        if self.up_to is not None and self.until is not None:
            raise ValueError("一段只写 up_to、until 之一")
        return self

    @property
    def has_end(self) -> bool:
        """Whether expense above the band exists."""
        return self.up_to is not None or self.until is not None


class Bands(BaseModel):
    """Stretches of expense in rising order; the last has no end."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bands: tuple[Band, ...]

    @field_validator("bands")
    @classmethod
    def _rising(cls, bands: tuple[Band, ...]) -> tuple[Band, ...]:
        if not bands or bands[-1].has_end or not all(band.has_end for band in bands[:-1]):
            raise ValueError("最后一段不写 up_to，其余各段都要写")
        ends: list[Decimal] = [band.up_to for band in bands if band.up_to is not None]
        if any(low >= high for low, high in itertools.pairwise(ends)):
            raise ValueError("各段的 up_to 须逐段升高")
        return bands

    @property
    def needs_threshold(self) -> bool:
        """Whether a band ends at a figure of another layer."""
        return any(band.until for band in self.bands)
