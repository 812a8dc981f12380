"""What may be done with a batch: its state says what, the user's role says whether they; and who did it."""

from collections.abc import Collection
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from exchange.admin.list_kinds import ListKind, kind_of
from exchange.admin.problems import has_problems
from exchange.admin.progress import failed_job, progress_of
from exchange.models import BatchStatus, InboundBatch, RowOutcome
from policy.admin.display import NOTHING, name_of
from registry.admin.base import CLERKS, REVIEWERS, ScopedAdmin

EITHER = (*CLERKS, *REVIEWERS)  # whoever confirms may be the second person, so reviewers may too


def steps_of(batch: InboundBatch) -> set[str]:
    """Return what may be done with a batch as it stands: apply, handle, replan, read, retry, ask_undo, undo."""
    kind = kind_of(batch.kind)
    if kind is None:
        return {"handle"} if batch.status == BatchStatus.PLANNED else set()
    match batch.status:
        case BatchStatus.RECEIVED if failed_job(batch):
            return {"handle"} | ({"read"} if kind.read_again else set())
        case BatchStatus.PLANNED if batch.is_open_plan:
            return {"apply", "handle"} | ({"replan"} if kind.replan else set())
        case BatchStatus.APPLIED:
            return _after_applying(batch, kind)
    return set()


def waits_alone(batch: InboundBatch) -> bool:
    """Return whether rows of a batch wait for an answer and no worker is at them."""
    return bool(batch.counts.get(RowOutcome.HELD)) and progress_of(batch) is None


def _may_wait(batch: InboundBatch) -> bool:
    """Return whether a batch is in force and of a kind whose rows may wait for an answer."""
    kind = kind_of(batch.kind)
    return kind is not None and kind.retry is not None and batch.status == BatchStatus.APPLIED


def _after_applying(batch: InboundBatch, kind: ListKind) -> set[str]:
    steps = set()
    if kind.retry and waits_alone(batch):
        steps.add("retry")
    if kind.ask_undo and kind.undo:
        steps.add("undo" if batch.waits_for_undoing else "ask_undo")
    return steps


class BatchSteps(ScopedAdmin):
    """The permissions of a batch's page, asked with the batch's key, or without one for the role alone."""

    @admin.display(description="导入人")
    def imported_by(self, batch: InboundBatch) -> str:
        """Name who uploaded it, or say that a program sent it."""
        sent = batch.agency_id is not None and batch.created_by_id is None
        return "部门程序报送" if sent else name_of(batch.created_by)

    @admin.display(description="确认人")
    def confirmed_by(self, batch: InboundBatch) -> str:
        """Name who put it into force."""
        return name_of(batch.applied_by) if batch.applied_at else NOTHING

    @admin.display(description="复核人")
    def checked_by(self, batch: InboundBatch) -> str:
        """Name the second pair of eyes."""
        return name_of(batch.second_user) if batch.second_user else NOTHING

    def has_apply_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the plan waits to be confirmed, and the user handles or reviews cases of its area."""
        return self._may(request, obj, step="apply", roles=EITHER)

    def has_handle_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the batch waits, and the user handles cases of its area."""
        return self._may(request, obj, step="handle", roles=CLERKS)

    def has_replan_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the plan may be made anew, and the user handles cases of its area."""
        return self._may(request, obj, step="replan", roles=CLERKS)

    def has_read_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether a worker could not read all of it, and the user handles cases of its area."""
        return self._may(request, obj, step="read", roles=CLERKS)

    def has_retry_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether rows of the applied batch wait for an answer, and the user handles cases of its area.

        Who asks from a page as it was before a worker was at them is told so, not turned away.
        """
        if request.method == "POST" and obj is not None and _may_wait(_batch(obj)):
            return self.acts(request, obj, roles=CLERKS)
        return self._may(request, obj, step="retry", roles=CLERKS)

    def has_ask_undo_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the applied batch can be taken back, and the user handles cases of its area."""
        return self._may(request, obj, step="ask_undo", roles=CLERKS)

    def has_undo_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether somebody else asked to take the batch back, and the user handles or reviews cases of its area."""
        if obj is not None and _batch(obj).undo_asked_by_id == request.user.pk:
            return False
        return self._may(request, obj, step="undo", roles=EITHER)

    def has_withdraw_undo_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the user asked that the batch be taken back, and nobody has answered."""
        if obj is not None and _batch(obj).undo_asked_by_id != request.user.pk:
            return False
        return self._may(request, obj, step="undo", roles=CLERKS)

    def has_problems_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the user sees the batch and rows of it were not taken, or something is to be said of them."""
        if obj is not None and not has_problems(_batch(obj)):
            return False
        return bool(self.has_view_permission(request))

    def _may(self, request: HttpRequest, obj: Any, *, step: str, roles: Collection[str]) -> bool:
        if obj is not None and step not in steps_of(_batch(obj)):
            return False
        return self.acts(request, obj, roles=roles)


def _batch(obj: InboundBatch | str | int) -> InboundBatch:
    if isinstance(obj, InboundBatch):
        return obj
    return InboundBatch.objects.select_related("job").filter(pk=obj).first() or InboundBatch()
