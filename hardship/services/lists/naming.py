"""Say what a name in lists means, see first what that would apply, and take it back while nothing stands on it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import QuerySet

from casework.models import Case, CaseState
from casework.services import close_case, decide_case, let_ask_again
from exchange.models import BatchStatus, InboundBatch, InboundRow, RowOutcome
from exchange.selectors import scoped_batches
from exchange.services.batches import BatchNotPlanned, ListBusy
from hardship.models import Category, CategoryAlias
from hardship.rules.identity_names import made_alike, understood
from hardship.selectors.names import ANSWERED, UNKNOWN, known_names
from hardship.selectors.waiting_names import plans_using, standing_on_name
from hardship.services.lists.asking import put_questions_right, question_of
from hardship.services.lists.held import apply_held
from hardship.services.lists.locking import change_meanings
from hardship.services.lists.planning import replan_list
from hardship.services.lists.replanning import is_big, open_replanning
from hardship.services.recognitions import ReasonMissing, UnknownCategory
from policy.conditions import Scalar
from policy.errors import DomainError
from registry.models import Role
from registry.selectors import scope_filter

SHOWN = 20
REVIEWERS = (Role.REVIEWER, Role.SUPERVISOR)


class NameAlreadyKnown(DomainError):
    """The name means another category already."""

    code = "name_already_known"


class AttributeNotCarried(DomainError):
    """A recognition of the category has no such attribute."""

    code = "attribute_not_carried"


class NameInUse(DomainError):
    """Recognitions stand on what the name means, or the register itself gives it; `batches` = list → people."""

    code = "name_in_use"


class PreviewedList(NamedTuple):
    """What a mapping would do to a list in force: its rows by outcome.

    :param is_theirs: who maps the name has them take effect; rows of others' lists are left to their people
    """

    batch: InboundBatch
    counts: Counter[str]
    is_theirs: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What a mapping would do: rows by list in force and outcome, and some of them in words.

    :param waiting: rows of lists that wait for confirmation; they are only compared anew
    :param samples: (name, masked number, what would become of the row)
    """

    applied: Sequence[PreviewedList]
    waiting: int
    samples: Sequence[tuple[str, str, str]]


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
    Lists that wait for confirmation are planned anew, big ones by a worker: they speak of more now, and may leave out
    other people.

    :raises UnknownCategory: if there is no such category
    :raises AttributeNotCarried: if the category has no such attribute
    :raises NameAlreadyKnown: if the name means something already, by itself or by what it is made of
    :raises ReasonMissing: without a reason
    """
    alias = _named(
        name=name, category=category, reason=reason, user=user, attributes=attributes or {}, also=also
    )
    at_once = _left_by_workers(plans_using(alias), user=user)
    apply_held(user=user, codes=[UNKNOWN], own=_lists_reviewed_by(user))
    _plan_anew(at_once, user=user)
    return alias


def _named(
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


def _lists_reviewed_by(user: AbstractBaseUser) -> QuerySet[InboundBatch]:
    return InboundBatch.objects.filter(scope_filter(user, roles=REVIEWERS))


def preview_mapping(
    *,
    name: str,
    category: str,
    user: AbstractBaseUser,
    attributes: Mapping[str, Scalar] | None = None,
    also: Sequence[str] = (),
    may_map: bool = True,
) -> Preview:
    """Return what mapping the name would do now: it is really done, and taken back before anybody sees it.

    Only lists of areas the user may see are told of.

    :param may_map: false = the user only looks, and sees what a reviewer of the same areas would have take effect
    :raises UnknownCategory, AttributeNotCarried, NameAlreadyKnown: as `map_identity_name`
    """
    seen = scoped_batches(user)
    own = _lists_reviewed_by(user) if may_map else seen
    held = InboundRow.objects.filter(batch__in=seen, outcome=RowOutcome.HELD, code=UNKNOWN)
    keys = list(held.order_by("pk").values_list("pk", flat=True))
    with transaction.atomic():
        _named(name=name, category=category, attributes=attributes or {}, also=also, reason="预览", user=user)
        apply_held(user=user, codes=[UNKNOWN], own=own)
        rows = InboundRow.objects.filter(pk__in=keys).exclude(code=UNKNOWN)
        by_batch: dict[int, Counter[str]] = {}
        for batch_id, outcome in rows.order_by("batch_id", "pk").values_list("batch_id", "outcome"):
            by_batch.setdefault(batch_id, Counter())[outcome] += 1
        samples = [
            (row.payload["name"], row.payload["id_number"], row.message)
            for row in rows.order_by("batch_id", "number")[:SHOWN]
        ]
        transaction.set_rollback(True)
    batches = InboundBatch.objects.select_related("area").in_bulk(by_batch)
    in_force = [batch for batch in batches.values() if batch.status == BatchStatus.APPLIED]
    waiting = sum(sum(by_batch[pk].values()) for pk, each in batches.items() if each not in in_force)
    theirs = set(own.filter(pk__in=by_batch).values_list("pk", flat=True))
    return Preview(
        applied=[
            PreviewedList(batch, by_batch[batch.pk], is_theirs=batch.pk in theirs)
            for batch in sorted(in_force, key=lambda each: each.pk)
        ],
        waiting=waiting,
        samples=samples,
    )


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
    locked._history_user, locked._change_reason = user, f"unmap name：{reason}"  # type: ignore[attr-defined]
    locked.delete()
    let_ask_again(dedupe_key=question_of(locked.name), user=user)
    _plan_anew(_left_by_workers(waiting, user=user), user=user)
    apply_held(user=user, codes=[ANSWERED], own=InboundBatch.objects.none())
    put_questions_right(user=user)


def depending_on_name(alias: CategoryAlias) -> dict[int, int]:
    """Return the lists in force that brought recognitions because of the name → how many people."""
    people: dict[int, set[int]] = {}
    for batch_id, resident_id in standing_on_name(alias):
        people.setdefault(batch_id, set()).add(resident_id)
    return {batch_id: len(found) for batch_id, found in sorted(people.items())}


def _plan_anew(batch_ids: Iterable[int], *, user: AbstractBaseUser) -> None:
    """Plan lists anew that use a name: they speak about other people than before, and may end others.

    One that was confirmed is left to its worker, who refuses it if it rests on a meaning that was taken back.
    """
    for batch in InboundBatch.objects.select_related("area").filter(pk__in=batch_ids).order_by("pk"):
        with suppress(BatchNotPlanned, ListBusy):
            replan_list(batch=batch, user=user)


def _left_by_workers(batch_ids: Iterable[int], *, user: AbstractBaseUser) -> list[int]:
    """Have workers plan the big ones of the lists anew, and return the others, which are to be planned at once.

    The big ones are out of the way then: nothing looks at their rows before the worker does.
    """
    left = []
    for batch in InboundBatch.objects.filter(pk__in=batch_ids).order_by("pk"):
        if not is_big(batch):
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
