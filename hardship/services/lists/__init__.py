"""The agencies' lists: plan → show → apply, row by row.

batch = plan_list(kind="civil_affairs", content=…, file_name=…, area=…, as_of=…, user=clerk)
apply_list(batch=batch, user=clerk)
undo_list(batch=batch, reason="…", user=clerk, second_user=supervisor)

Pages and the API call `hardship.tasks.submit_list` and `confirm_list` instead, which do big lists in the background.
"""

from hardship.services.lists.applying import PlanOutdated, SecondUserNeeded, apply_list
from hardship.services.lists.asking import refuse_list
from hardship.services.lists.held import apply_held
from hardship.services.lists.naming import (
    AttributeNotCarried,
    NameAlreadyKnown,
    NameInUse,
    map_identity_name,
    unmap_identity_name,
)
from hardship.services.lists.outdated import ListOutOfDate
from hardship.services.lists.planning import (
    PREFIX,
    READERS,
    ListAreaTooSmall,
    ListKindUnknown,
    plan_list,
    receive_list,
    replan_list,
)
from hardship.services.lists.previewing import preview_mapping
from hardship.services.lists.resolving import (
    RowNotAdoptable,
    RowNotOpen,
    compare_row_again,
    decisions_for,
    resolve_row,
    resolve_rows,
)
from hardship.services.lists.stated import StatedIdentity, plan_stated
from hardship.services.lists.undoing import ListCannotBeUndone, ask_to_undo, undo_list, what_depends

__all__ = [
    "PREFIX",
    "READERS",
    "AttributeNotCarried",
    "ListAreaTooSmall",
    "ListCannotBeUndone",
    "ListKindUnknown",
    "ListOutOfDate",
    "NameAlreadyKnown",
    "NameInUse",
    "PlanOutdated",
    "RowNotAdoptable",
    "RowNotOpen",
    "SecondUserNeeded",
    "StatedIdentity",
    "apply_held",
    "apply_list",
    "ask_to_undo",
    "compare_row_again",
    "decisions_for",
    "map_identity_name",
    "plan_list",
    "plan_stated",
    "preview_mapping",
    "receive_list",
    "refuse_list",
    "replan_list",
    "resolve_row",
    "resolve_rows",
    "undo_list",
    "unmap_identity_name",
    "what_depends",
]
