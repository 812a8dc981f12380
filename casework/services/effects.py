"""What deciding a case does: an app says it once, and the decision does it the moment it counts.

    @effect("assistance_choice", "aid_this_year")
    def book_aid(case: Case, *, user: AbstractBaseUser, second_user: AbstractBaseUser | None) -> str:
        …
        return "已登记事后资助 240 元。"

The app's `ready()` imports the module. A decision nobody said anything about moves nothing but the case.
"""

from collections.abc import Callable
from typing import Protocol

from django.contrib.auth.base_user import AbstractBaseUser

from casework.models import Case

ANY = ""


class Effect(Protocol):
    """Do what was decided, in the deciding transaction, and say in Chinese what was done.

    A `DomainError` refuses the decision: nothing of it is kept.
    """

    def __call__(self, case: Case, *, user: AbstractBaseUser, second_user: AbstractBaseUser | None) -> str:
        """Do it and say it; `user` decided, `second_user` confirmed (null = the case needs nobody)."""


_effects: dict[tuple[str, str], Effect] = {}


def effect(kind: str, decision: str = ANY) -> Callable[[Effect], Effect]:
    """Register what an option of a kind of case does.

    :param decision: code of the option; empty = every option of the kind that has no effect of its own
    :raises ValueError: if there is one already
    """

    def register(perform: Effect) -> Effect:
        if (kind, decision) in _effects:
            raise ValueError(f"{kind}:{decision} has an effect already")
        _effects[kind, decision] = perform
        return perform

    return register


def effect_of(case: Case) -> Effect | None:
    """Return what the case's decision does; null = nothing beyond the case."""
    return _effects.get((case.kind, case.decision)) or _effects.get((case.kind, ANY))
