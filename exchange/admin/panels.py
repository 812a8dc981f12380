"""The latest lists on the first page."""

from django.http import HttpRequest
from django.utils.safestring import SafeString

from exchange.admin.importers import COLLEAGUES, colleagues
from exchange.admin.list_kinds import kind_label
from exchange.admin.rows import count_badges
from exchange.models import (
    BatchStatus,
    Delivery,
    DeliveryStatus,
    ExpectedList,
    ExpectedState,
    InboundBatch,
    InboundRow,
)
from exchange.selectors import rows_to_decide, scoped_batches
from policy.admin.display import choice_badge, figures, link, list_url, table
from registry.admin.panels import panel
from registry.selectors import scope_filter

MOST_SHOWN = 6
STATES = {
    BatchStatus.RECEIVED: "blue",
    BatchStatus.PLANNED: "orange",
    BatchStatus.APPLIED: "green",
    BatchStatus.REFUSED: "red",
    BatchStatus.UNDONE: "",
}


@panel(place=15, title="清单", permission="exchange.view_inboundbatch", is_wide=True)
def lists(request: HttpRequest) -> SafeString:
    """Return the latest lists with their outcomes, the lists that are late, the deliveries that have stopped."""
    mine = scoped_batches(request.user)
    latest = mine.select_related("area").order_by("-pk")[:MOST_SHOWN]
    waiting = mine.filter(status=BatchStatus.PLANNED)
    asked = {"undo_asked_by__isnull": False, "undo_declined_by__isnull": True}
    to_undo = mine.filter(status=BatchStatus.APPLIED, **asked).count()
    stopped = Delivery.objects.filter(
        scope_filter(request.user, area="event__area"), status=DeliveryStatus.DEAD
    ).count()
    late = ExpectedList.objects.filter(
        scope_filter(request.user, area="agreement__area"), state=ExpectedState.MISSING
    ).count()
    rows = [
        (
            link(batch, batch.file_name),
            kind_label(batch.kind),
            choice_badge(batch, "status", STATES),
            count_badges(batch.counts),
        )
        for batch in latest
    ]
    heads = ["文件", "种类", "状态", "结果"]
    return figures(
        [
            ("待确认清单", waiting.count(), list_url(InboundBatch, status__exact=BatchStatus.PLANNED)),
            (
                "同事导入待我确认",
                colleagues(waiting, request.user).count(),
                list_url(InboundBatch, status__exact=BatchStatus.PLANNED, by=COLLEAGUES),
            ),
            (
                "待同意撤销",
                to_undo,
                list_url(
                    InboundBatch,
                    status__exact=BatchStatus.APPLIED,
                    undo_asked_by__isnull=0,
                    undo_declined_by__isnull=1,
                ),
            ),
            (
                "待处置的冲突行",
                rows_to_decide(mine),
                list_url(InboundRow, waits=1),
            ),
            ("逾期未报名单", late, list_url(ExpectedList, late="missing")),
            ("停止的推送", stopped, list_url(Delivery, status__exact=DeliveryStatus.DEAD)),
        ]
    ) + table(heads, rows, empty="还没有清单：在“清单导入”里点“上传清单”")
