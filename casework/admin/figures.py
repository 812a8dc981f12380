"""The figures of a case as a table: old, new, the difference, what becomes of it and which rule says so."""

from decimal import Decimal

from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString

from casework.models import Case, CaseFigure, Verdict
from policy.admin.display import NOTHING, choice_badge, table, trace_table, yuan_text
from policy.money import ZERO

VERDICTS = {
    Verdict.CHANGED: "green",
    Verdict.FROZEN: "",
    Verdict.NEXT_YEAR: "blue",
    Verdict.ASKS: "orange",
}
YUAN = "元"
HEADERS = ["项目", "原数额", "新数额", "差额", "单位", "处理", "依据"]


def figure_table(case: Case) -> SafeString:
    """Return the case's figures with the working of each below; empty = the case is about none."""
    figures = list(CaseFigure.objects.filter(case=case).order_by("position"))
    if not figures:
        return SafeString()
    workings = [
        {"label": figure.label, "steps": trace_table(figure.trace)} for figure in figures if figure.trace
    ]
    rows = table(HEADERS, map(_row, figures), numeric=[1, 2, 3])
    return render_to_string("admin/openyibao/figures.html", {"rows": rows, "workings": workings})


def _row(figure: CaseFigure) -> tuple[object, ...]:
    clause = figure.clause or NOTHING
    because = (
        format_html('{}<span class="oy-reading">{}</span>', clause, figure.reading)
        if figure.reading
        else clause
    )
    return (
        figure.label,
        _amount(figure.old, figure.unit),
        _amount(figure.new, figure.unit),
        _difference(figure),
        figure.unit,
        choice_badge(figure, "verdict", VERDICTS),
        because,
    )


def _amount(amount: Decimal | None, unit: str) -> str:
    """Return money to the fen, and what is counted without a fraction it has not."""
    if amount is None or unit == YUAN:
        return yuan_text(amount)
    return f"{amount.normalize():f}"


def _difference(figure: CaseFigure) -> str:
    if figure.old is None and figure.new is None:
        return NOTHING
    difference = (figure.new or ZERO) - (figure.old or ZERO)
    return ("+" if difference > 0 else "") + _amount(difference, figure.unit)
