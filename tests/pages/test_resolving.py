"""A row that contradicts the records is decided on its page."""

import pytest

from exchange.models import InboundRow
from hardship.models import Recognition
from registry.models import Role
from tests.hardship.lists import apply, civil, people, plan
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
