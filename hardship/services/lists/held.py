"""Rows that wait for an answer: what a name means, or who a person is; applied once the answer is there."""

from collections import Counter
from collections.abc import Mapping, Sequence

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from casework.models import Case, CaseState
from casework.services import close_case, decide_case
from exchange.models import BatchMode, BatchStatus, InboundBatch, InboundRow, RowOutcome
from exchange.services.batches import revise_rows
from hardship.models import Category, CategoryAlias
from hardship.rules.identity_names import made_alike
from hardship.selectors.listed import newer_full_list
from hardship.services.lists.applying import execute
from hardship.services.lists.comparing import results_of, view_of
from hardship.services.lists.lines import AT_ONCE, line_of
from hardship.services.lists.planning import PREFIX, put_results
from hardship.services.recognitions import ReasonMissing, UnknownCategory
from policy.conditions import Scalar
from policy.errors import DomainError

ANSWERABLE = ("unknown_identity_name", "unknown_person")


class NameAlreadyKnown(DomainError):
    """The name means another category already."""

    code = "name_already_known"


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

    :raises UnknownCategory: if there is no such category
    :raises NameAlreadyKnown: if the name means something already
    :raises ReasonMissing: without a reason
    """
    if not reason.strip():
        raise ReasonMissing("请填写事由", field="reason")
    plain = made_alike(name)
    known = set(Category.objects.filter(code__in=[category, *also]).values_list("code", flat=True))
    if missing := {category, *also} - known:
        raise UnknownCategory(f"没有登记的身份类别“{'、'.join(sorted(missing))}”", category=sorted(missing))
    if CategoryAlias.objects.filter(name=plain).exists():
        raise NameAlreadyKnown(f"“{plain}”已有对照", name=plain)
    alias = CategoryAlias(
        name=plain,
        category_id=category,
        attributes=dict(attributes or {}),
        also=list(also),
        added_by_id=user.pk,
    )
    alias._change_reason, alias._history_user = reason, user  # type: ignore[attr-defined]
    alias.save(force_insert=True)
    asked = Case.objects.filter(
        dedupe_key=f"unknown_identity_name:{plain}"[:200], state__in=[CaseState.OPEN, CaseState.ASSIGNED]
    ).first()
    if asked is not None:
        decided = decide_case(case=asked, decision=category, reason=reason, user=user)
        close_case(case=decided, user=user)
    apply_held(user=user)
    return alias


@transaction.atomic
def apply_held(*, user: AbstractBaseUser | None = None, batch: InboundBatch | None = None) -> Counter[str]:
    """Look again at rows held in lists that are in force, apply those whose question is answered; count outcomes.

    Rows of a list that a later full list has replaced are set to rest: that list says what holds now.

    :param batch: only this list; null = all
    """
    held = InboundRow.objects.filter(
        outcome=RowOutcome.HELD, code__in=ANSWERABLE, batch__status=BatchStatus.APPLIED
    )
    if batch is not None:
        held = held.filter(batch=batch)
    ids = held.order_by("batch_id").values_list("batch_id", flat=True).distinct()
    batches = InboundBatch.objects.filter(pk__in=list(ids), kind__startswith=PREFIX)
    outcomes: Counter[str] = Counter()
    for each in batches.select_related("area").order_by("as_of", "pk").select_for_update(of=("self",)):
        outcomes += _looked_at_again(each, user=user)
    return outcomes


def _looked_at_again(batch: InboundBatch, *, user: AbstractBaseUser | None) -> Counter[str]:
    rows = InboundRow.objects.filter(batch=batch, outcome=RowOutcome.HELD, code__in=ANSWERABLE).order_by("pk")
    replaced = newer_full_list(kind=batch.kind, area=batch.area, as_of=batch.as_of)
    view = view_of(batch, issuer=batch.kind.removeprefix(PREFIX))
    outcomes: Counter[str] = Counter()
    last = 0
    while chunk := list(rows.filter(pk__gt=last)[:AT_ONCE]):
        last = chunk[-1].pk
        if replaced is not None and batch.mode == BatchMode.FULL:
            for row in chunk:
                row.code, row.message = (
                    "replaced",
                    f"已由 {replaced.as_of} 的全量名单（批次{replaced.pk}）代替",
                )
        else:
            put_results(chunk, results_of([line_of(row) for row in chunk], view))
            execute([row for row in chunk if row.payload.get("changes")], batch=batch, user=user)
        revise_rows(batch=batch, rows=chunk)
        outcomes.update(row.outcome for row in chunk)
    return outcomes
