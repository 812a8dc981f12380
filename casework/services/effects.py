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
from casework.services.open_cases import NewCase

ANY = ""


class Effect(Protocol):
    """Do what was decided, in the deciding transaction, and say in Chinese what was done.

    A `DomainError` refuses the decision: nothing of it is kept.
    """

    def __call__(self, case: Case, *, user: AbstractBaseUser, second_user: AbstractBaseUser | None) -> str:
        """Do it and say it; `user` decided, `second_user` confirmed (null = the case needs nobody)."""


class Asker(Protocol):
    """Ask a case's question anew by the facts of today; null = it no longer stands."""

    def __call__(self, case: Case) -> NewCase | None:
        """Return the question."""


_effects: dict[tuple[str, str], Effect] = {}
_askers: dict[str, Asker] = {}


def effect(kind: str, decision: str = ANY) -> Callable[[Effect], Effect]:
    """Register what an option of a kind of case does.

    :param decision: code of the option, of "person:17" what stands before the colon; empty = every option of the kind
        that has no effect of its own
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
    code = case.decision.partition(":")[0]
    return _effects.get((case.kind, code)) or _effects.get((case.kind, ANY))


def asked_again(kind: str) -> Callable[[Asker], Asker]:
    """Register who asks the questions of a kind anew when the facts have changed since.

    :raises ValueError: if there is somebody already
    """

    def register(ask: Asker) -> Asker:
        if kind in _askers:
            raise ValueError(f"{kind} has an asker already")
        _askers[kind] = ask
        return ask

    return register


def asker_of(kind: str) -> Asker | None:
    """Return who asks a kind's questions anew; null = nobody."""
    return _askers.get(kind)


def kinds_asked_again() -> list[str]:
    """Return the kinds whose questions can be asked anew."""
    return sorted(_askers)
