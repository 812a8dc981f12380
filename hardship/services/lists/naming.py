"""Say what a name in lists means, have what waited for it applied, and take it back while nothing stands on it."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import QuerySet

from casework.models import Case, CaseState
from casework.services import close_case, decide_case, let_ask_again
from exchange.models import BatchStatus, InboundBatch
from exchange.services.batches import BatchNotPlanned, ListBusy
from hardship.models import Category, CategoryAlias
from hardship.rules.identity_names import made_alike, understood
from hardship.selectors.names import ANSWERED, UNKNOWN, known_names
from hardship.selectors.waiting_names import names_waited_for, plans_using, standing_on_name
from hardship.services.lists.asking import put_questions_right, question_of
from hardship.services.lists.locking import change_meanings
from hardship.services.lists.planning import make_plan_anew
from hardship.services.lists.replanning import are_many, open_replanning
from hardship.services.lists.trying_again import Ask, Whose, try_again
from hardship.services.recognitions import ReasonMissing, UnknownCategory
from policy.conditions import Scalar
from policy.errors import DomainError


class NameAlreadyKnown(DomainError):
    """The name means another category already."""

    code = "name_already_known"


class AttributeNotCarried(DomainError):
    """A recognition of the category has no such attribute."""

    code = "attribute_not_carried"


class NameInUse(DomainError):
    """Recognitions stand on what the name means, or the register itself gives it; `batches` = list → people."""

    code = "name_in_use"


@transaction.atomic
def map_identity_name(
    *,
    name: str,
    category: str,
    reason: str,
    user: AbstractBaseUser,
    attributes: Mapping[str, Scalar] | None = None,
    also: Sequence[str] = (),
) -> CategoryAlias:
    """Say what a name in lists means, close the case that asked, and apply the rows that waited for it.

    Of lists in force only those of areas for which the user reviews: other areas' rows wait on, for their own people.
    Many rows are left to workers (`trying_again`). Lists that wait for confirmation are planned anew, big ones by a
    worker: they speak of more now, and may leave out other people.

    :raises UnknownCategory: if there is no such category
    :raises AttributeNotCarried: if the category has no such attribute
    :raises NameAlreadyKnown: if the name means something already, by itself or by what it is made of
    :raises ReasonMissing: without a reason
    """
    alias = say_meaning(
        name=name, category=category, reason=reason, user=user, attributes=attributes or {}, also=also
    )
    at_once = _left_by_workers(plans_using(alias), user=user)
    names = names_waited_for(alias, _in_force())
    try_again(Ask(user=user, codes=[UNKNOWN], names=names, whose=Whose.REVIEWED))
    _plan_anew(at_once)
    put_questions_right(user=user)
    return alias


def say_meaning(
    *,
    name: str,
    category: str,
    reason: str,
    user: AbstractBaseUser,
    attributes: Mapping[str, Scalar],
    also: Sequence[str],
) -> CategoryAlias:
    """Say what a name means and close the case that asked; no row is looked at."""
    _require(reason)
    plain = made_alike(name)
    _refuse_meaning(category, attributes=attributes, also=also)
    change_meanings()
    _refuse_known(plain)
    alias = CategoryAlias(
        name=plain,
        category_id=category,
        attributes=dict(attributes),
        also=list(also),
        added_by_id=user.pk,
    )
    alias._history_user, alias._change_reason = user, f"map name：{reason}"  # type: ignore[attr-defined]
    alias.save()
    asked = Case.objects.filter(
        dedupe_key=question_of(plain), state__in=[CaseState.OPEN, CaseState.ASSIGNED]
    ).first()
    if asked is not None:
        decided = decide_case(case=asked, decision=category, reason=reason, user=user)
        close_case(case=decided, user=user)
    return alias


@transaction.atomic
def unmap_identity_name(*, alias: CategoryAlias, reason: str, user: AbstractBaseUser) -> None:
    """Take back what a name was said to mean; rows of lists that wait for confirmation are compared anew.

    So are rows left to other areas' people when it was mapped: they wait for a meaning again, and none takes effect.

    :raises NameInUse: if the register gives the name its meaning, or recognitions stand on it: their lists have to be
        taken back or the recognitions struck out first
    :raises ReasonMissing: without a reason
    """
    _require(reason)
    change_meanings()
    locked = CategoryAlias.objects.select_for_update(of=("self",)).get(pk=alias.pk)
    if locked.added_by_id is None:
        raise NameInUse(f"“{locked.name}”是身份类别登记簿规定的写法，不能撤销")
    depends = depending_on_name(locked)
    if depends:
        shown = "；".join(f"批次{batch}：{people} 人" for batch, people in depends.items())
        raise NameInUse(
            f"已有认定按“{locked.name}”的对照办理（{shown}）。请先撤销这些清单或作废有关认定",
            batches=depends,
        )
    waiting = plans_using(locked)
    answered = names_waited_for(locked, _in_force(), code=ANSWERED)
    locked._history_user, locked._change_reason = user, f"unmap name：{reason}"  # type: ignore[attr-defined]
    locked.delete()
    let_ask_again(dedupe_key=question_of(locked.name), user=user)
    _plan_anew(_left_by_workers(waiting, user=user))
    try_again(Ask(user=user, codes=[ANSWERED], names=answered, whose=Whose.NONE))
    put_questions_right(user=user)


def depending_on_name(alias: CategoryAlias) -> dict[int, int]:
    """Return the lists in force that brought recognitions because of the name → how many people."""
    people: dict[int, set[int]] = {}
    for batch_id, resident_id in standing_on_name(alias):
        people.setdefault(batch_id, set()).add(resident_id)
    return {batch_id: len(found) for batch_id, found in sorted(people.items())}


def _plan_anew(batch_ids: Iterable[int]) -> None:
    """Plan lists anew that use a name: they speak about other people than before, and may end others.

    One that was confirmed is left to its worker, who refuses it if it rests on a meaning that was taken back.
    """
    for batch in InboundBatch.objects.select_related("area").filter(pk__in=batch_ids).order_by("pk"):
        with suppress(BatchNotPlanned, ListBusy):
            make_plan_anew(batch)


def _in_force() -> QuerySet[InboundBatch]:
    return InboundBatch.objects.filter(status=BatchStatus.APPLIED)


def _left_by_workers(batch_ids: Iterable[int], *, user: AbstractBaseUser) -> list[int]:
    """Have workers plan lists anew, but for those, the smallest first, that are few together: these are returned.

    The others are out of the way then: nothing looks at their rows before the worker does.
    """
    left = []
    together = 0
    batches = InboundBatch.objects.filter(pk__in=batch_ids).order_by("pk")
    for batch in sorted(batches, key=lambda each: sum(each.counts.values())):
        together += sum(batch.counts.values())
        if not are_many(together):
            left.append(batch.pk)
            continue
        with suppress(BatchNotPlanned, ListBusy):
            open_replanning(batch=batch, user=user)
    return left


def _refuse_known(plain: str) -> None:
    known = known_names()
    meaning = understood(plain, known)
    if plain in known:
        raise NameAlreadyKnown(f"“{plain}”已有对照", name=plain)
    if meaning is not None:
        label = Category.objects.get(pk=meaning.category).label
        raise NameAlreadyKnown(f"“{plain}”已按“{label}”的写法识别，不需对照", name=plain)


def _refuse_meaning(category: str, *, attributes: Mapping[str, Scalar], also: Sequence[str]) -> None:
    known = {row.code: row for row in Category.objects.filter(code__in=[category, *also])}
    if missing := {category, *also} - known.keys():
        raise UnknownCategory(f"没有登记的身份类别“{'、'.join(sorted(missing))}”", category=sorted(missing))
    unknown = sorted(attributes.keys() - known[category].attributes.keys())
    if unknown:
        raise AttributeNotCarried(f"“{known[category].label}”没有所填的属性", attributes=unknown)


def _require(reason: str) -> None:
    if not reason.strip():
        raise ReasonMissing("请填写事由", field="reason")
