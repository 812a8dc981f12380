"""Premium assistance (资助参保): tiers, payers, and what later changes do."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from policy.cited import Cited, Section
from policy.condition_syntax import ConditionField
from policy.schema.figures import Amount, Share, Yuan

Payer = str  # "medical_assistance_fund", "county", "family_planning_fund", "village" …


class _Aid(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FullAid(_Aid):
    """The whole personal premium, every component."""

    kind: Literal["full"]


class FixedAid(_Aid):
    """Yuan by component, never more than the component's premium."""

    kind: Literal["fixed"]
    amounts: dict[str, Yuan]


class ShareAid(_Aid):
    """A share of each named component's premium."""

    kind: Literal["share"]
    shares: dict[str, Share]


class PaysAid(_Aid):
    """All above a fixed sum the person pays; the sum falls on the components in their order."""

    kind: Literal["pays"]
    amount: Yuan


AidRule = Annotated[FullAid | FixedAid | ShareAid | PaysAid, Field(discriminator="kind")]


class Tier(Section):
    """One tier of assistance.

    :param when: who qualifies
    :param aid: how much, by component
    :param payers: component → who pays, in the order they are called on
    :param payer_shares: component → payer → share of one; silent where the documents do not split
    :param county: the tier is a county's own and holds for people of that county only
    :param needs_hukou: overrides the section's own requirement for this tier
    """

    label: str
    when: Cited[ConditionField]
    aid: Cited[AidRule]
    payers: Cited[dict[str, tuple[Payer, ...]]]
    payer_shares: Cited[dict[str, dict[Payer, Amount]]] | None = None
    county: Cited[str] | None = None
    needs_hukou: Cited[bool] | None = None


class Assistance(Section):
    """Who is helped with the premium, by how much, by whom, and what a change of circumstance changes.

    :param choose: highest = the largest sum alone; the losing tiers are kept with the decision
    :param age_on: the day ages count on
    :param targets: categories that make a person an assistance target (资助参保对象)
    :param frozen_at_payment: later changes inside the natural year move nothing
    :param new_outside_window_paid / new_outside_window_unpaid: recognised after the concentrated window
    :param new_in_window_paid: recognised inside it after having paid in full
    :param county_tiers: counties may add tiers of their own, paid by themselves (`policy/counties.py`)
    :param top_up_limit: residual = third parties may pay at most what is left to the person
    """

    choose: Cited[Literal["highest"]] | None = None
    hukou_required: Cited[bool] | None = None
    age_on: Cited[Literal["payment_date", "coverage_start", "previous_year_end"]] | None = None
    targets: Cited[tuple[str, ...]] | None = None
    tier: dict[str, Tier] = {}
    frozen_at_payment: Cited[bool] | None = None
    new_outside_window_paid: Cited[Literal["next_year", "this_year", "case"]] | None = None
    new_outside_window_unpaid: Cited[Literal["next_year", "this_year", "case"]] | None = None
    new_in_window_paid: Cited[Literal["next_year", "this_year", "case"]] | None = None
    county_tiers: Cited[bool] | None = None
    top_up_limit: Cited[Literal["residual"]] | None = None
