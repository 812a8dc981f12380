"""Workbooks partners download and fill in: a template with headings, hints and choices, and a filled sample.

template_of(FORM)   headings alone, every column formatted as text, choices to pick from, a sheet 填表说明
sample_of(FORM)     the same with made-up people, which its reader reads without an error
"""

import io
from collections.abc import Mapping, Sequence

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from exchange.parsers.forms import Form
from exchange.parsers.headers import Column
from exchange.parsers.writer import width_of

LINES_PREPARED = 20_000
LONGEST_CHOICES = 255  # signs a spreadsheet takes of choices written out
LONGEST_HINT = 255
HEADINGS_NAMED = 12
EXPLANATION, CHOICES = "填表说明", "可选内容"
EXPLAINED = ("栏目", "是否必填", "怎样填", "也可写作")
WIDTHS = (26, 10, 60, 60)


def template_of(form: Form) -> bytes:
    """Return the empty form as xlsx."""
    return _workbook(form, ())


def sample_of(form: Form) -> bytes:
    """Return the form filled in for made-up people, as xlsx."""
    return _workbook(form, form.people)


def _workbook(form: Form, people: Sequence[Mapping[str, str]]) -> bytes:
    stream = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
    with Workbook(stream, options) as book:
        text = book.add_format({"num_format": "@"})
        head = book.add_format({"bold": True, "bg_color": "#E7ECF3", "border": 1, "num_format": "@"})
        must = book.add_format(
            {"bold": True, "bg_color": "#E7ECF3", "border": 1, "num_format": "@", "font_color": "#B42318"}
        )
        sheet = book.add_worksheet(form.title[:31])
        choices = _Choices(book)
        for place, column in enumerate(form.columns):
            heading = form.headings[place]
            sheet.set_column(place, place, max(width_of(heading) + 2, 14), text)
            is_must = isinstance(column, Column) and column.required
            sheet.write_string(0, place, heading, must if is_must else head)
            if isinstance(column, Column):
                _help(sheet, place, column, choices)
        for number, person in enumerate(people, start=1):
            for place, heading in enumerate(form.headings):
                sheet.write_string(number, place, person.get(heading, ""), text)
        sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
        sheet.freeze_panes(1, 0)
        _explain(
            book.add_worksheet(EXPLANATION), form, head=head, wrapped=book.add_format({"text_wrap": True})
        )
        choices.close()
    return stream.getvalue()


class _Choices:
    """Choices too many to be written out with their cells stand on a hidden sheet."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._lists: list[tuple[str, ...]] = []

    def source(self, choices: tuple[str, ...]) -> list[str] | str:
        """Return what a drop-down list is told to offer."""
        if len(",".join(choices)) <= LONGEST_CHOICES:
            return list(choices)
        self._lists.append(choices)
        letter = chr(ord("A") + len(self._lists) - 1)
        return f"={CHOICES}!${letter}$1:${letter}${len(choices)}"

    def close(self) -> None:
        """Write the hidden sheet, if any list needs it."""
        if not self._lists:
            return
        sheet = self._book.add_worksheet(CHOICES)
        sheet.hide()
        for place, choices in enumerate(self._lists):
            sheet.write_column(0, place, choices)


def _help(sheet: Worksheet, place: int, column: Column, choices: _Choices) -> None:
    """Show the hint beside a chosen cell; offer choices without forbidding other words."""
    rule: dict[str, object] = {"validate": "any"}
    if column.choices:
        rule = {
            "validate": "list",
            "source": choices.source(column.choices),
            "error_type": "warning",
            "error_title": "不在可选内容中",
            "error_message": "所填内容不在可选内容中，确认无误可以继续。",
        }
    if column.note:
        rule |= {"input_title": column.aliases[0][:32], "input_message": column.note[:LONGEST_HINT]}
    if column.choices or column.note:
        sheet.data_validation(1, place, LINES_PREPARED, place, rule)


def _explain(sheet: Worksheet, form: Form, *, head: Format, wrapped: Format) -> None:
    for place, (title, width) in enumerate(zip(EXPLAINED, WIDTHS, strict=True)):
        sheet.set_column(place, place, width, wrapped)
        sheet.write_string(0, place, title, head)
    number = 1
    for column in form.read:
        duty = "必填" if column.required else "选填"
        chosen = f"可选：{'、'.join(column.choices)}" if column.choices else ""
        note = "；".join(filter(None, [column.note, chosen]))
        others = "、".join(
            f"“{name}”" for name in dict.fromkeys(column.aliases[1:])
        )  # quoted: no reader takes them
        for place, said in enumerate((column.aliases[0], duty, note, others)):
            sheet.write_string(number, place, said, wrapped)
        number += 1
    passed_over = [column for column in form.columns if isinstance(column, str)]
    notes = [*form.notes]
    if passed_over:
        named = "、".join(passed_over[:HEADINGS_NAMED])
        others = "等" if len(passed_over) > HEADINGS_NAMED else ""
        notes.append(f"其余栏目（{named}{others}）不读取，可以照填。")
    for note in notes:
        number += 1
        sheet.merge_range(number, 0, number, len(EXPLAINED) - 1, note, wrapped)
