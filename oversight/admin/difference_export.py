"""Differences as a file (xlsx): numbers masked, nothing in it computes."""

from collections.abc import Iterator

from django.http import HttpResponse

from exchange.admin.downloads import xlsx_answer
from exchange.parsers.writer import write_xlsx
from oversight.models import Difference, Reconciliation
from policy.admin.display import name_of

MOST_EXPORTED = 100_000
READ_AT_ONCE = 2_000
EXPORT_HEAD = (
    "差异类型", "日期", "地区", "渠道", "姓名", "证件号码（脱敏）", "税务流水号", "应为", "实为", "情况", "状态",
    "发现日期", "责任人", "说明",
)  # fmt: skip


def differences_file(paper: Reconciliation) -> HttpResponse:
    """Return the differences of a month, at most 100,000."""
    content = write_xlsx(EXPORT_HEAD, _exported(paper), title="人费差异")
    return xlsx_answer(content, f"人费核对-{paper.area.name}-{paper.month:%Y-%m}")


def _exported(paper: Reconciliation) -> Iterator[tuple[object, ...]]:
    rows = Difference.objects.filter(reconciliation=paper).select_related(
        "area", "resident", "payment", "owner"
    )
    for row in rows.order_by("kind", "day", "pk")[:MOST_EXPORTED].iterator(chunk_size=READ_AT_ONCE):
        yield (
            row.get_kind_display(),
            row.day,
            row.area.name,
            row.channel,
            row.resident.name if row.resident else "",
            row.resident.masked_id_number if row.resident else "",
            row.payment.serial if row.payment else "",
            row.expected,
            row.found,
            row.detail,
            row.get_state_display(),
            row.found_on,
            name_of(row.owner) if row.owner else "",
            row.explanation,
        )
