"""人费核对 in the admin: figures, classes that lead to rows, explaining many, closing, the file, and who may."""

import io
from decimal import Decimal

import pytest
from django.urls import reverse
from python_calamine import CalamineWorkbook

from oversight.models import Difference, Reconciliation
from oversight.services.reconcile import reconcile
from registry.models import Role
from tests.oversight.months import TODAY, CountyMonth
from tests.pages.conftest import at_desk, staff
from tests.pages.test_every_page import english
from tests.registry.factories import identity_number, tangshan


def meant(**fields):
    return {"_form_submitted": "True", **fields}


@pytest.fixture
def paper(db):
    from policy.services.versions import load_shipped_policies

    load_shipped_policies()
    month = CountyMonth(0, people=4)
    month.send([month.line(identity_number(number), "400.00") for number in (450, 451)])
    return reconcile(area=month.area, month=month.month, today=TODAY)


def address(name, *args):
    return reverse(f"admin:oversight_{name}", args=args)


def test_a_month_shows_its_figures_and_leads_to_its_differences(paper):
    desk = at_desk(staff(Role.CLERK, paper.area, username="clerk"))

    page = desk.get(address("reconciliation_change", paper.pk)).content.decode()
    assert "有缴费未参保" in page
    assert "1,600.00" in page
    rows = desk.get(
        address("difference_changelist"),
        {"reconciliation__id__exact": paper.pk, "kind__exact": "not_registered"},
    )
    assert rows.context["cl"].result_count == 2
    for name in ("reconciliation", "difference", "taxtotal"):
        html = desk.get(address(f"{name}_changelist")).content.decode()
        assert english(html, codes={"clerk"}) == set()


def test_many_are_explained_at_once_and_the_month_closes(paper):
    desk = at_desk(staff(Role.SUPERVISOR, paper.area))
    for kind in sorted(set(Difference.objects.values_list("kind", flat=True))):
        desk.post(
            address("reconciliation_explain_class", paper.pk),
            meant(kind=kind, reason="外地人员，已通知退费"),
        )
    assert not Difference.objects.filter(state="open").exists()
    desk.post(address("reconciliation_close", paper.pk), meant(reason="核对无误"))

    closed = Reconciliation.objects.get()
    assert (closed.state, closed.close_reason) == ("closed", "核对无误")


def test_the_file_has_every_difference_masked(paper):
    answer = at_desk(staff(Role.VIEWER, paper.area)).get(address("reconciliation_export_report", paper.pk))

    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    assert book.sheet_names == ["合计", "差异分类", "按地区、渠道", "按日、渠道", "按渠道", "差异明细"]
    pages = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    assert len(pages["差异明细"]) == Difference.objects.count() + 1
    totals = Reconciliation.objects.get().totals
    for name in ("按地区、渠道", "按日、渠道", "按渠道"):
        head, *lines, last = pages[name]
        for label, figure in (
            ("入账净额", "booked_amount"),
            ("税务净额", "tax_amount"),
            ("参保人数", "people"),
        ):
            place = head.index(label)
            shown = sum(Decimal(str(line[place] or 0)) for line in lines)
            assert shown == Decimal(str(last[place])) == Decimal(str(totals[figure]))


def test_another_area_sees_nothing_and_a_viewer_writes_nothing(paper):
    stranger = at_desk(staff(Role.SUPERVISOR, tangshan()))
    viewer = at_desk(staff(Role.VIEWER, paper.area))

    assert stranger.get(address("difference_changelist")).context["cl"].result_count == 0
    for desk in (stranger, viewer):
        desk.post(
            address("reconciliation_explain_class", paper.pk), meant(kind="not_registered", reason="不该成")
        )
    assert not Difference.objects.filter(state="explained").exists()
