"""人费差异 in the admin: ticked rows are explained and assigned together, filters narrow them, the report prints."""

import datetime
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from oversight.models import Difference, Reconciliation
from oversight.services.reconcile import reconcile
from oversight.services.settle_differences import close_month, explain
from registry.batch.history import update_with_history
from registry.models import Role
from tests.oversight.months import TODAY, CountyMonth
from tests.pages.conftest import at_desk, staff
from tests.registry.factories import StaffScopeFactory, area, harbin, identity_number, shangzhi, tangshan

LIST = "admin:oversight_difference_changelist"


@pytest.fixture
def paper(db):
    from policy.services.versions import load_shipped_policies

    load_shipped_policies()
    month = CountyMonth(0, people=4)
    month.send([month.line(identity_number(number), "400.00", channel="银行") for number in (450, 451, 452)])
    return reconcile(area=month.area, month=month.month, today=TODAY)


def strangers():
    return Difference.objects.filter(kind="not_registered").order_by("pk")


def ticked(desk, action, rows, *, all_of_them=False, **said):
    """Tick rows, choose the action, and send the form of its page with what was said."""
    chosen = {
        "action": action,
        "_selected_action": [row.pk for row in rows],
        "select_across": int(all_of_them),
    }
    page = desk.post(reverse(LIST), chosen)
    asked = re.findall(r'<input type="hidden" name="(_rows)" value="(\d+)">', page.content.decode())
    return desk.post(reverse(LIST), chosen | dict(asked) | said)


def test_ticked_rows_are_explained_together_and_the_others_wait(paper):
    clerk = staff(Role.CLERK, paper.area)
    first, second, third = strangers()

    answer = ticked(at_desk(clerk), "explain_ticked", [first, second], reason="外地人员，已通知退费")

    assert answer.status_code == 302
    explained = Difference.objects.filter(state="explained").order_by("pk")
    assert [row.pk for row in explained] == [first.pk, second.pk]
    assert {(row.explanation, row.explained_by) for row in explained} == {("外地人员，已通知退费", clerk)}
    assert first.history.first().history_user == clerk
    third.refresh_from_db()
    assert third.state == "open"


def test_all_that_fit_are_assigned_with_a_reason(paper):
    clerk = staff(Role.CLERK, paper.area)
    colleague, stranger = staff(Role.REVIEWER, harbin()), staff(Role.CLERK, shangzhi())
    desk = at_desk(clerk)

    refused = ticked(desk, "assign_ticked", strangers()[:1], all_of_them=True, owner=stranger.pk)
    assert refused.status_code == 200
    done = ticked(desk, "assign_ticked", strangers()[:1], all_of_them=True, owner=colleague.pk, reason="分工")

    assert done.status_code == 302
    assert set(Difference.objects.values_list("owner", flat=True)) == {colleague.pk}
    change = Difference.objects.first().history.first()
    assert (change.history_change_reason, change.history_user) == ("assign differences: 分工", clerk)


def test_without_words_or_after_a_change_nothing_is_done(paper):
    desk = at_desk(staff(Role.CLERK, paper.area))
    rows = list(strangers())

    silent = ticked(desk, "explain_ticked", rows, reason="  ")
    assert "oy-form" in silent.content.decode()
    moved = ticked(desk, "explain_ticked", rows, reason="说明", _rows="2")
    assert "所选记录已有变动，现为 3 条" in moved.content.decode()

    assert not Difference.objects.filter(state="explained").exists()


def test_a_closed_month_is_refused_in_words(paper):
    explain(differences=Difference.objects.values_list("pk", flat=True), explanation="已查", user=None)
    close_month(paper=paper, reason="无误", today=TODAY, user=None)

    answer = ticked(at_desk(staff(Role.CLERK, paper.area)), "explain_ticked", strangers(), reason="又查")

    assert "已结账" in answer.content.decode()
    assert set(Difference.objects.values_list("explanation", flat=True)) == {"已查"}


def test_who_only_looks_on_ticks_in_vain(paper):
    viewer = staff(Role.VIEWER, paper.area)
    beside = staff(Role.VIEWER, paper.area)
    StaffScopeFactory(user=beside, area=tangshan(), role=Role.CLERK)

    for user in (viewer, beside):
        ticked(at_desk(user), "explain_ticked", strangers(), reason="不该成")
    said = ticked(at_desk(beside), "explain_ticked", strangers(), reason="不该成").content.decode()

    assert "3 条不在您办理的地区" in said
    assert not Difference.objects.filter(state="explained").exists()


def test_filters_narrow_by_place_age_owner_class_and_channel(paper):
    clerk = staff(Role.CLERK, harbin())
    desk = at_desk(clerk)
    town = area("230102001", name="新阳路街道", parent=paper.area)
    first, *_ = strangers()
    old = timezone.localdate() - datetime.timedelta(days=8)
    update_with_history(
        Difference.objects.filter(pk=first.pk),
        {"area": town, "found_on": old, "owner": clerk},
        reason="reconcile",
    )
    update_with_history(
        Difference.objects.exclude(pk=first.pk), {"found_on": timezone.localdate()}, reason="reconcile"
    )

    def found(**asked):
        return [row.pk for row in desk.get(reverse(LIST), asked).context["cl"].result_list]

    everything = sorted(found())
    assert sorted(found(place=paper.area.code)) == everything
    for asked in ({"place": town.code}, {"waiting": "7"}, {"owner__id__exact": clerk.pk}):
        assert found(**asked) == [first.pk], asked
    assert found(waiting="30") == found(place="230183") == []
    assert sorted(found(waiting="x")) == everything
    assert sorted(found(kind__exact="not_registered", channel="银行")) == sorted(
        row.pk for row in strangers()
    )
    assert 'oy-orange">8 天' in desk.get(reverse(LIST)).content.decode()


def test_the_list_costs_the_same_for_many(paper):
    desk = at_desk(staff(Role.CLERK, paper.area))

    def asked():
        with CaptureQueriesContext(connection) as queries:
            desk.get(reverse(LIST))
        return len(queries)

    asked()
    few = asked()
    month = CountyMonth(0, people=2, first_number=200, tells=False)
    month.send([month.line(identity_number(number), "400.00") for number in range(460, 480)])
    reconcile(area=month.area, month=month.month, today=TODAY)

    assert asked() == few


def test_the_report_prints_all_figures_and_what_stands(paper):
    desk = at_desk(staff(Role.VIEWER, paper.area))

    html = desk.get(reverse("admin:oversight_reconciliation_print_report", args=[paper.pk])).content.decode()

    for shown in (
        "人费核对表",
        "按地区、渠道",
        "按日、渠道",
        "按渠道",
        "差异明细",
        "有缴费未参保",
        "合计",
        "复核：",
    ):
        assert shown in html
    assert "1,600.00" in html
    stranger = at_desk(staff(Role.SUPERVISOR, tangshan()))
    for name in ("print_report", "export_report"):
        address = reverse(f"admin:oversight_reconciliation_{name}", args=[paper.pk])
        assert stranger.get(address).status_code == 404


def test_a_month_without_anything_prints_too(db):
    from policy.services.versions import load_shipped_policies

    load_shipped_policies()
    empty = reconcile(area=shangzhi(), month=datetime.date(2025, 2, 1), today=TODAY)
    desk = at_desk(staff(Role.VIEWER, harbin()))

    html = desk.get(reverse("admin:oversight_reconciliation_print_report", args=[empty.pk])).content.decode()

    assert "没有差异" in html
    assert Reconciliation.objects.count() == 1
