"""The kinds of figures a leaf may hold: none of the law's amounts, shares and counts is negative."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

Amount = Annotated[Decimal, Field(ge=0)]
Yuan = Annotated[Decimal, Field(ge=0, decimal_places=2)]  # paid out as it stands, so in whole fen
Share = Annotated[Decimal, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]
DayOfMonth = Annotated[int, Field(ge=1, le=31)]
