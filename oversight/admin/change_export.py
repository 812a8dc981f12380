"""Changes as a file (xlsx or csv): the lines of the page, masked, for a reason, and logged for every person in it."""

import csv
import io
from collections.abc import Iterator
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from exchange.parsers.writer import write_xlsx
from oversight.admin.change_lines import Line, lines_of
from oversight.admin.changes import asked_by, kinds_for
from oversight.selectors.changes import Change, changes_at, places_of
from registry.admin.export import safe_cell
from registry.services.log_access import log_export

MOST = 10_000
AT_ONCE = 500
COLUMNS = (
    "时间", "操作", "操作人员", "记录种类", "参保人", "证件号码", "记录", "变更内容", "事由", "来源批次",
    "清单行号", "政策版本",
)  # fmt: skip
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """Send the newest changes that fit, at most 10,000; who took them and why stands with every person in them."""
    kinds = kinds_for(request)
    form = asked_by(request, kinds)
    purpose = request.POST.get("purpose", "").strip()
    if not form.is_valid() or not purpose:
        messages.error(request, "请填写导出事由。" if not purpose else "查询条件有误，请重新查询。")
        return redirect("changes")
    places = places_of(kinds, form.asked(), most=MOST)
    changes = [
        change
        for first in range(0, len(places), AT_ONCE)
        for change in changes_at(kinds, places[first : first + AT_ONCE])
    ]
    people = {getattr(each.row, each.kind.resident) for each in changes if each.kind.resident} - {None}
    log_export(user=request.user, resident_ids=people, purpose=f"导出变更记录：{purpose}"[:200])  # type: ignore[arg-type]
    suffix = "csv" if request.POST.get("format") == "csv" else "xlsx"
    content = _csv(changes) if suffix == "csv" else write_xlsx(COLUMNS, _rows(changes), title="变更记录")
    answer = HttpResponse(content, content_type=TYPES[suffix])
    name = quote(f"变更记录-{timezone.localtime():%Y%m%d-%H%M%S}.{suffix}")
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return answer


def _rows(changes: list[Change]) -> Iterator[tuple[object, ...]]:
    for first in range(0, len(changes), AT_ONCE):
        yield from map(_row, lines_of(changes[first : first + AT_ONCE]))


def _row(line: Line) -> tuple[object, ...]:
    told = "；".join(f"{each.label}：{each.old or '—'} → {each.new or '—'}" for each in line.differences)
    return (
        f"{line.at:%Y-%m-%d %H:%M:%S}",
        line.operation,
        line.who,
        line.kind,
        line.person.text if line.person else "",
        line.number,
        line.record.text,
        told,
        line.reason,
        line.batch.text if line.batch else "",
        line.row_number,
        line.policy.text if line.policy else "",
    )


def _csv(changes: list[Change]) -> bytes:
    stream = io.StringIO(newline="")
    stream.write("\ufeff")
    writer = csv.writer(stream)
    writer.writerow(COLUMNS)
    for row in _rows(changes):
        writer.writerow([safe_cell("" if cell is None else str(cell)) for cell in row])
    return stream.getvalue().encode()
