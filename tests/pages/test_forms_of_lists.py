"""Every list the product reads has a form to download, written of the table its reader looks for."""

import datetime
from pathlib import Path

import pytest
from django.core.management import call_command

from benefits.parsers.alert_answers import FORM as ANSWERS
from benefits.parsers.alert_answers import read_answers
from benefits.parsers.claims import FORM as CLAIMS
from benefits.parsers.claims import read_claims
from benefits.parsers.facilities import FORM as FACILITIES
from benefits.parsers.facilities import read_facilities
from enrollment.parsers.class_lists import FORM as CLASSES
from enrollment.parsers.class_lists import read_class_list
from enrollment.parsers.history import FORM as HISTORY
from enrollment.parsers.history import read_history
from enrollment.parsers.insured_elsewhere import FORM as ELSEWHERE
from enrollment.parsers.insured_elsewhere import read_insured_elsewhere
from enrollment.parsers.payments import FORM as PAYMENTS
from enrollment.parsers.payments import read_payments
from enrollment.parsers.reasons import FORM as REASONS
from enrollment.parsers.reasons import read_reasons
from enrollment.parsers.receipts import FORM as RECEIPTS
from enrollment.parsers.receipts import read_receipts
from enrollment.parsers.residents import FORM as RESIDENTS
from enrollment.parsers.residents import read_residents
from enrollment.parsers.tax_requests import FORM as REQUESTS
from enrollment.parsers.tax_requests import read_requests
from exchange.admin.list_kinds import kind_of, kinds
from exchange.parsers.templates import template_of
from oversight.parsers.tax_totals import FORM as TAX_TOTALS
from oversight.parsers.tax_totals import read_totals

FORMS = {
    "residents": RESIDENTS,
    "class_list": CLASSES,
    "insured_history": HISTORY,
    "insured_elsewhere": ELSEWHERE,
    "payments": PAYMENTS,
    "fund_transfers": RECEIPTS,
    "tax_requests": REQUESTS,
    "tax_totals": TAX_TOTALS,
    "claims": CLAIMS,
    "alert_answers": ANSWERS,
    "uninsured_reasons": REASONS,
}
DAY = datetime.date(2025, 3, 31)
GUIDE = (Path(__file__).parents[2] / "docs/list-formats.md").read_text()
READERS = {
    "residents": lambda content: read_residents(content, "名册.xlsx", on=DAY),
    "class_list": lambda content: read_class_list(content, "班级.xlsx"),
    "insured_history": lambda content: read_history(content, "历年.xlsx"),
    "insured_elsewhere": lambda content: read_insured_elsewhere(content, "核实.xlsx", on=DAY),
    "payments": lambda content: read_payments(content, "缴费.xlsx"),
    "fund_transfers": lambda content: read_receipts(content, "到账.xlsx"),
    "tax_requests": lambda content: read_requests(content, "请款.xlsx"),
    "tax_totals": lambda content: read_totals(content, "汇总.xlsx"),
    "alert_answers": lambda content: read_answers(content, "反馈.xlsx"),
    "claims": lambda content: read_claims(content, "结算.xlsx"),
    "uninsured_reasons": lambda content: read_reasons(content, "核实.xlsx", on=DAY),
}


def lines_and_errors(code, content):
    read = READERS[code](content)
    return read if isinstance(read, tuple) else (read.lines, read.errors)


def test_every_kind_on_the_upload_page_has_a_template_a_sample_and_a_word_about_it():
    for kind in kinds():
        assert kind.about, kind.code
        assert kind.template, kind.code
        assert kind.sample, kind.code
        assert f"| {kind.label} |" in GUIDE, kind.code


@pytest.mark.parametrize(("code", "form"), FORMS.items())
def test_the_guide_names_the_required_columns(code, form):
    (line,) = (line for line in GUIDE.splitlines() if line.startswith(f"| {kind_of(code).label} |"))

    assert all(column.aliases[0] in line for column in form.read if column.required)


@pytest.mark.parametrize("code", READERS)
def test_an_empty_template_reads_as_nobody_and_a_sample_reads_whole(code):
    kind = kind_of(code)

    blank, blank_errors = lines_and_errors(code, kind.template())
    filled, filled_errors = lines_and_errors(code, kind.sample())

    assert (list(blank), list(blank_errors)) == ([], [])
    assert (len(filled), list(filled_errors)) == (2, [])


def test_the_sample_of_facilities_is_written_by_the_command_and_reads_back(tmp_path):
    file = tmp_path / "名录.xlsx"
    call_command("load_facilities", str(file), "--sample")

    read = read_facilities(file.read_bytes(), file.name)

    assert [(each.code, each.grade) for each in read] == [
        ("H23019900001", "grade_3"),
        ("H23019900002", "grade_1"),
    ]
    assert read_facilities(template_of(FACILITIES), "表样.xlsx") == []
