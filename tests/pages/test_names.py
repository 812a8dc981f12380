"""The mapping queue on the pages: everybody at work sees it, a reviewer confirms."""

import datetime
from types import SimpleNamespace

import pytest
from django.utils.html import escape

from hardship.models import CategoryAlias, Recognition
from registry.models import Role
from tests.hardship.lists import apply, civil, people, plan
from tests.pages.conftest import at_desk, staff
from tests.registry import factories

pytestmark = pytest.mark.django_db
APRIL = datetime.date(2025, 4, 30)
QUEUE = "/admin/hardship/categoryalias/waiting_names/"
MAP = "/admin/hardship/categoryalias/map_name/"
SAID = {"name": "五保老人", "category": "extreme_hardship", "residence": "rural", "reason": "民政局来函"}


@pytest.fixture
def batch():
    people(2)
    return apply(plan(civil((0, "人0", "五保老人"), (1, "人1", "低保"))))


@pytest.fixture
def reviewer(db):
    return at_desk(staff(Role.REVIEWER, factories.harbin()))


def test_the_queue_shows_names_of_the_users_lists_with_suggestions(batch, harbin_clerk, tangshan_clerk):
    page = harbin_clerk.get(QUEUE).content.decode()

    assert "五保老人" in page
    assert "民政.xlsx" in page
    assert "特困人员" in page
    assert "category=extreme_hardship" in page
    assert "没有待对照的身份名称" in tangshan_clerk.get(QUEUE).content.decode()


def test_a_suggestion_fills_in_the_form(batch, harbin_clerk):
    page = harbin_clerk.get(
        f"{MAP}?name=五保老人&category=extreme_hardship&attributes=%7B%22residence%22:%22rural%22%7D"
    )

    assert 'value="五保老人"' in page.content.decode()
    assert '<option value="extreme_hardship" selected' in page.content.decode()
    assert '<option value="rural" selected' in page.content.decode()


def test_a_clerk_looks_and_a_reviewer_confirms(batch, harbin_clerk, reviewer):
    seen = harbin_clerk.post(MAP, SAID).content.decode()
    harbin_clerk.post(MAP, SAID | {"confirm": ""})
    assert not CategoryAlias.objects.filter(name="五保老人").exists()
    before = reviewer.post(MAP, SAID).content.decode()
    assert Recognition.objects.count() == 1

    answer = reviewer.post(MAP, SAID | {"confirm": ""})

    assert "新增 特困人员" in seen
    assert "哈尔滨市的复核人员：确认后即办理" in seen
    assert "您：确认后即办理" in before
    assert "由复核人员确认" in seen
    assert ("确认对照" in before, "确认对照" in seen) == (True, False)
    assert answer["Location"] == QUEUE
    assert CategoryAlias.objects.get(name="五保老人").attributes == {"residence": "rural"}
    assert Recognition.objects.count() == 2


def test_a_big_list_that_waits_is_compared_in_the_background_and_its_page_says_so(
    batch, reviewer, settings, monkeypatch, django_capture_on_commit_callbacks
):
    settings.LIST_ROWS_COMPARED_AT_ONCE = 0
    unsent = SimpleNamespace(
        send_task=lambda *_, **__: None
    )  # looks at identities are not what is asked here
    monkeypatch.setattr("registry.services.followers.current_app", unsent)
    waiting = plan(civil((0, "人0", "五保老人")), as_of=APRIL, mode="supplementary")

    with django_capture_on_commit_callbacks() as asked:
        told = reviewer.post(MAP, SAID | {"confirm": ""}, follow=True).content.decode()
    page = reviewer.get(f"/admin/exchange/inboundbatch/{waiting.pk}/change/").content.decode()
    for each in asked:
        each()
    after = reviewer.get(f"/admin/exchange/inboundbatch/{waiting.pk}/change/").content.decode()

    assert "待确认的民政.xlsx正在后台重新比对，完成后再确认。" in told
    assert "正在按现在的登记和名称对照重新比对，下面还是此前的结果，还没有任何改动。" in page
    assert "重新比对中" in page
    assert ("确认生效" in page, "确认生效" in after) == (False, True)


def test_what_cannot_be_mapped_is_refused_in_words(batch, reviewer):
    answer = reviewer.post(MAP, SAID | {"level": "1"})

    assert escape("“特困人员”没有所填的属性") in answer.content.decode()


def test_a_mapping_is_taken_back_by_a_reviewer_while_nothing_stands_on_it(batch, harbin_clerk, reviewer):
    reviewer.post(MAP, SAID | {"confirm": ""})
    alias = CategoryAlias.objects.get(name="五保老人")
    page = f"/admin/hardship/categoryalias/{alias.pk}"
    meant = {"_form_submitted": "True", "reason": "对错了"}

    refused = harbin_clerk.post(f"{page}/unmap/", meant)
    shown = reviewer.get(f"{page}/change/").content.decode()
    reviewer.post(f"{page}/unmap/", meant)
    assert CategoryAlias.objects.filter(pk=alias.pk).exists()
    Recognition.objects.filter(category="extreme_hardship").delete()
    reviewer.post(f"{page}/unmap/", meant)

    assert refused.status_code == 403
    assert "民政.xlsx</a> 1 人" in shown
    assert not CategoryAlias.objects.filter(pk=alias.pk).exists()


def test_the_first_page_counts_the_names_that_wait_and_leads_to_them(batch, harbin_clerk, tangshan_clerk):
    leads = f'<a href="{QUEUE}"><b>%d</b><span>待对照名称</span>'

    assert leads % 1 in harbin_clerk.get("/admin/").content.decode()
    assert leads % 0 in tangshan_clerk.get("/admin/").content.decode()


def test_rows_of_another_areas_list_are_left_to_its_people_and_both_are_told(batch, harbin_clerk):
    neighbour = at_desk(staff(Role.REVIEWER, factories.daoli()))

    told = neighbour.post(MAP, SAID | {"confirm": ""}, follow=True).content.decode()

    assert "仍为待处理：哈尔滨市 1 行。" in told
    assert Recognition.objects.count() == 1
    waiting = harbin_clerk.get(QUEUE).content.decode()
    assert "已由其他地区对照，待本地区办理" in waiting
    assert "民政.xlsx" in waiting
    leads = f'<a href="{QUEUE}"><b>1</b><span>名称已对照、待重试的行</span>'
    assert leads in harbin_clerk.get("/admin/").content.decode()
    harbin_clerk.post(f"/admin/exchange/inboundbatch/{batch.pk}/retry_held/", {"_form_submitted": "True"})
    assert Recognition.objects.count() == 2


def test_many_rows_are_previewed_and_take_effect_in_the_background_and_the_pages_say_so(
    batch, reviewer, harbin_clerk, settings, monkeypatch, django_capture_on_commit_callbacks
):
    settings.LIST_ROWS_COMPARED_AT_ONCE = 0
    unsent = SimpleNamespace(send_task=lambda *_, **__: None)
    monkeypatch.setattr("registry.services.followers.current_app", unsent)
    listed = f"/admin/exchange/inboundbatch/{batch.pk}/change/"

    with django_capture_on_commit_callbacks() as asked:
        there = reviewer.post(MAP, SAID)["Location"]
    comparing = reviewer.get(there).content.decode()
    part = f"{MAP}?{there.partition('?')[2].partition('&')[0]}&part=progress"
    assert "HX-Refresh" not in reviewer.get(part)
    for each in asked:
        each()
    assert reviewer.get(part)["HX-Refresh"] == "true"
    seen = reviewer.get(there).content.decode()

    assert "正在比对等待的 1 行" in comparing
    assert ("新增 特困人员" in seen, "确认对照" in seen, "民政局来函" in seen) == (True, True, True)
    assert harbin_clerk.get(there).status_code == 404
    assert Recognition.objects.count() == 1

    with django_capture_on_commit_callbacks() as asked:
        told = reviewer.post(MAP, SAID | {"confirm": ""}, follow=True).content.decode()
    doing = reviewer.get(listed).content.decode()
    for each in asked:
        each()
    done = reviewer.get(listed).content.decode()

    assert "民政.xlsx等待的行较多，正在后台办理，结果见清单页" in told
    assert "仍为待处理" not in told
    assert "正在后台办理等待的 1 行" in doing
    assert "后台已办理等待的行：新增 1 行" in done
    assert Recognition.objects.count() == 2


def test_a_preview_that_came_too_late_says_why(batch, reviewer, settings, django_capture_on_commit_callbacks):
    settings.LIST_ROWS_COMPARED_AT_ONCE = 0
    with django_capture_on_commit_callbacks() as asked:
        there = reviewer.post(MAP, SAID)["Location"]
    CategoryAlias.objects.create(name="五保老人", category_id="orphan")
    for each in asked:
        each()

    page = reviewer.get(there).content.decode()

    assert "“五保老人”已有对照" in page
    assert "确认对照" not in page


@pytest.mark.parametrize("key", ["abc", "", "1%00", "_31", "-1", "9" * 30])
def test_a_preview_that_cannot_be_there_is_not_found(key, reviewer):
    assert reviewer.get(f"{MAP}?preview={key}").status_code == 404


def test_a_preview_opened_without_its_reason_is_shown_and_asks_for_one(
    batch, reviewer, settings, django_capture_on_commit_callbacks
):
    settings.LIST_ROWS_COMPARED_AT_ONCE = 0
    with django_capture_on_commit_callbacks(execute=True):
        there = reviewer.post(MAP, SAID)["Location"]

    page = reviewer.get(there.partition("&")[0]).content.decode()

    assert ("新增 特困人员" in page, "确认对照" in page, 'value="五保老人"' in page) == (True, True, True)
    assert "没有比对完" not in page
