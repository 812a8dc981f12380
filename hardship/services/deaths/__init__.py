"""The health commission's list of the dead: plan → show → apply, as the lists of identities.

That somebody died is a fact of the person, and `registry` records it. Reading the monthly list, holding it against
the register and showing what would become of it is the agencies' monthly work, which lives here: `registry` knows no
batches. The list is always supplementary: it ends no identity and brings nobody back to life.

batch = plan_deaths(content=…, file_name=…, area=…, as_of=…, user=clerk)
apply_deaths(batch=batch, user=clerk)
"""

from hardship.services.deaths.applying import (
    DeathsOutdated,
    apply_deaths,
    apply_held_deaths,
    ask_to_undo_deaths,
    undo_deaths,
)
from hardship.services.deaths.planning import KIND, plan_deaths, replan_deaths

__all__ = [
    "KIND",
    "DeathsOutdated",
    "apply_deaths",
    "apply_held_deaths",
    "ask_to_undo_deaths",
    "plan_deaths",
    "replan_deaths",
    "undo_deaths",
]
