"""A row that contradicts the records is decided on its page."""

from html import unescape

import pytest

from exchange.models import InboundRow
from hardship.models import Recognition
from registry.models import Role
from tests.hardship.factories import RecognitionFactory
from tests.hardship.lists import apply, civil, day, number, people, plan
from tests.pages.conftest import at_desk, staff
from tests.registry import factories

pytestmark = pytest.mark.django_db


def meant(**fields):
    return {"_form_submitted": "True", **fields}


def test_a_conflict_leads_from_its_list_to_its_page_and_is_decided_there(tangshan_clerk):
    people(1)
    importer = staff(Role.CLERK, factories.harbin())
    clerk, reviewer = at_desk(importer), at_desk(staff(Role.REVIEWER, factories.harbin()))
    batch = apply(plan(civil((0, "人零", "低保")), user=importer))
    row = InboundRow.objects.get(batch=batch)
    page = f"/admin/exchange/inboundrow/{row.pk}"
    adopt = meant(decision="adopt", reason="户口本为人零")

    listed = clerk.get(f"/admin/exchange/inboundbatch/{batch.pk}/change/").content.decode()
    first_page = clerk.get("/admin/").content.decode()
    stranger = tangshan_clerk.post(f"{page}/resolve/", adopt)
    clerk.post(f"{page}/resolve/", adopt)
    refused = clerk.get(f"{page}/change/").content.decode()
    reviewer.post(f"{page}/resolve/", adopt)

    assert f'href="{page}/change/">处置' in listed
    assert "待处置的冲突行" in first_page
    assert stranger.status_code in (403, 404)
    assert "须由导入人以外的人员决定" in refused
    shown = reviewer.get(f"{page}/change/").content.decode()
    assert "户口本为人零" in shown
    assert "采用名单" in shown
    assert Recognition.objects.count() == 1
    assert reviewer.post(f"{page}/resolve/", adopt).status_code == 403


def test_a_row_is_compared_again_once_the_record_is_mended(harbin_clerk):
    (person,) = people(1)
    batch = apply(plan(civil((0, "人零", "低保"))))
    row = InboundRow.objects.get(batch=batch)
    person.name = "人零"
    person.save()

    harbin_clerk.post(f"/admin/exchange/inboundrow/{row.pk}/compare_again/", meant())

    row.refresh_from_db()
    assert (row.outcome, Recognition.objects.count()) == ("new", 1)
    page = harbin_clerk.get(f"/admin/exchange/inboundbatch/{batch.pk}/change/")
    assert page.status_code == 200


def another_start(importer, count=3):
    """Return a list in force that states other first days than the records."""
    for person in people(count):
        RecognitionFactory(resident=person, valid_from=day("2024-09-01"))
    rows = [(serial, f"人{serial}", "低保", "2023-01-01") for serial in range(count)]
    return apply(plan(civil(*rows), user=importer))


def test_ticked_rows_are_decided_alike_on_a_page_of_their_own():
    importer = staff(Role.CLERK, factories.harbin())
    reviewer = at_desk(staff(Role.REVIEWER, factories.harbin()))
    batch = another_start(importer)
    first, second, third = InboundRow.objects.filter(batch=batch).order_by("number")

    listed = unescape(
        reviewer.get(
            f"/admin/exchange/inboundbatch/{batch.pk}/change/?outcome=unchanged&code=start_differs"
        ).content.decode()
    )
    ticking = f"/admin/exchange/inboundrow/?batch__id__exact={batch.pk}&code__exact=start_differs"
    assert f'href="{ticking}">勾选多行一并处置' in listed
    chosen = reviewer.post(ticking, {"action": "decide_ticked", "_selected_action": [first.pk, second.pk]})
    asked = reviewer.get(chosen["Location"]).content.decode()
    done = reviewer.post(chosen["Location"], {"decision": "adopt", "reason": "民政局来函"}, follow=True)
    again = reviewer.get(chosen["Location"]).content.decode()

    assert "采用名单的起始日期" in asked
    assert number(0) not in asked
    assert "已处置 2 行" in done.content.decode()
    assert "没有共同的处置办法" in again
    assert Recognition.objects.filter(valid_from=day("2023-01-01")).count() == 2
    third.refresh_from_db()
    assert third.code == "start_differs"


def test_ticked_rows_of_other_areas_or_without_a_reason_stay_as_they_are(tangshan_clerk):
    importer = staff(Role.CLERK, factories.harbin())
    reviewer = at_desk(staff(Role.REVIEWER, factories.harbin()))
    (row,) = InboundRow.objects.filter(batch=another_start(importer, count=1))
    page = f"/admin/exchange/inboundrow/decide/?row={row.pk}"

    tangshan_clerk.post(page, {"decision": "adopt", "reason": "x"})
    unreasoned = reviewer.post(page, {"decision": "adopt", "reason": ""})
    at_desk(importer).post(page, {"decision": "adopt", "reason": "x"})

    assert unreasoned.status_code == 200
    assert not Recognition.objects.filter(valid_from=day("2023-01-01")).exists()


def test_whoever_imported_the_list_is_told_once_why_no_ticked_row_was_adopted():
    importer = staff(Role.CLERK, factories.harbin())
    batch = another_start(importer, count=7)
    keys = InboundRow.objects.filter(batch=batch).order_by("number").values_list("pk", flat=True)
    page = "/admin/exchange/inboundrow/decide/?" + "&".join(f"row={key}" for key in keys)
    desk = at_desk(importer)

    asked = desk.get(page).content.decode()
    told = desk.post(page, {"decision": "adopt", "reason": "民政局来函"}, follow=True)

    assert "须由导入人以外的人员决定" in asked
    shown = told.content.decode()
    assert "人4（第6行）等 7 行没有处置：" in shown
    assert shown.count("没有处置：") == 1
    assert "已处置 0 行" not in shown
    assert told.redirect_chain[-1][0].endswith(f"?batch__id__exact={batch.pk}&code__exact=start_differs")


def test_a_row_that_follows_an_earlier_decision_leads_to_it(harbin_clerk):
    people(1)
    said = civil((0, "人0", "低保、计划生育特殊家庭"))
    first = InboundRow.objects.get(batch=apply(plan(said)))
    harbin_clerk.post(
        f"/admin/exchange/inboundrow/{first.pk}/resolve/", meant(decision="keep", reason="无认定文书")
    )
    again = apply(plan(said, as_of=day("2025-04-30")))
    row = InboundRow.objects.get(batch=again)

    listed = harbin_clerk.get(
        f"/admin/exchange/inboundbatch/{again.pk}/change/?outcome=unchanged"
    ).content.decode()
    page = harbin_clerk.get(f"/admin/exchange/inboundrow/{row.pk}/change/").content.decode()

    assert row.code == "decided_before"
    assert f'href="/admin/exchange/inboundrow/{first.pk}/change/">此前的处置' in listed
    assert "此前已决定保留登记" in listed
    assert "无认定文书" in page
