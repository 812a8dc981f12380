"""A subsidy application in tables: by county, class and standard, and person by person."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from django.http import HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString

from enrollment.models import ApplicationLine, ApplicationRow, SubsidyApplication
from enrollment.rules.subsidy_split import level_label
from enrollment.services.subsidy_completion import Completion
from exchange.admin.downloads import xlsx_answer
from exchange.parsers.writer import write_xlsx
from policy.admin.display import table, yuan_text
from policy.selectors import fiscal_class_labels
from policy.words import said

LINES = ("县区", "财政分类", "补助所属年度", "类别", "每人标准", "人数", "金额")
NUMERIC = (4, 5, 6)
PEOPLE = ("姓名", "证件号码", "居住地", "县区", "参保年度", "补助所属年度", "类别", "金额")
COMPLETED = ("险种", "补齐人次", "其中没有分担", "现有分担合计", "应有分担合计")
READ_AT_ONCE = 2_000


def completion_table(planned: Completion) -> SafeString:
    """Return what putting shares right would change, and what nobody can say."""
    rows = [
        (said(component), f"{gap.people:,}", f"{gap.bare:,}", yuan_text(gap.held), yuan_text(gap.due))
        for component, gap in sorted(planned.gaps.items())
    ]
    changes = table(COMPLETED, rows, numeric=(1, 2, 3, 4), empty="各人的分担与现行规定一致，没有需要补齐的。")
    silent = table(["暂不能分担的，已立或将立工单"], [(each,) for each in planned.silent])
    return changes + silent if planned.silent else changes


def line_cells(line: ApplicationLine, year: int, classes: Mapping[str, str]) -> list[object]:
    """Return a line's cells, money as numbers.

    :param classes: fiscal class → its name in the policies
    """
    return [
        line.county.name,
        classes.get(line.fiscal_class, line.fiscal_class) or "—",
        line.fiscal_year,
        kind_of(line, year),
        line.standard,
        line.people,
        line.amount,
    ]


def kind_of(line: ApplicationLine, year: int) -> str:
    """Return why a line is there: of the year itself, put off to it, or taken back."""
    if line.is_taken_back:
        return "剔除冲回"
    return "当年申请" if line.fiscal_year == year else "次年申请"


def lines_table(application: SubsidyApplication) -> SafeString:
    """Return the lines and their sum."""
    classes = fiscal_class_labels()
    rows = [
        [*cells[:4], yuan_text(line.standard), f"{line.people:,}", yuan_text(line.amount)]
        for line in _lines(application)
        for cells in [line_cells(line, application.year, classes)]
    ]
    if rows:
        rows.append(["合计", "", "", "", "", f"{application.people:,}", yuan_text(application.amount)])
    return table(LINES, rows, numeric=NUMERIC, empty="没有明细")


def xlsx_lines(application: SubsidyApplication) -> Iterator[list[object]]:
    """Yield the lines and their sum, money as numbers."""
    classes = fiscal_class_labels()
    yield from (line_cells(line, application.year, classes) for line in _lines(application))
    yield ["合计", "", "", "", "", application.people, application.amount]


def people_rows(application: SubsidyApplication) -> Iterator[list[object]]:
    """Yield the people, numbers masked, in the order of the lines."""
    rows = ApplicationRow.objects.filter(line__application=application).order_by("line", "pk")
    related = ("line__county", "area", "contribution__resident")
    for row in rows.select_related(*related).iterator(chunk_size=READ_AT_ONCE):
        person = row.contribution.resident
        yield [
            person.name,
            person.masked_id_number,
            row.area.name,
            row.line.county.name,
            row.contribution.coverage_year,
            row.fiscal_year,
            kind_of(row.line, application.year),
            row.amount,
        ]


def xlsx_of(
    application: SubsidyApplication, title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]
) -> HttpResponse:
    """Return rows about an application as xlsx."""
    level = f"{said(application.component)}{level_label(application.level)}"
    name = f"{title}-{application.area.name}-{application.year}-{level}-{timezone.localdate()}"
    return xlsx_answer(write_xlsx(columns, rows, title=title), name)


def _lines(application: SubsidyApplication) -> Iterable[ApplicationLine]:
    return application.lines.select_related("county").order_by("county__path", "pk")
