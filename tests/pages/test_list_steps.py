"""From the upload to the undoing: what each state of a list offers, to whom, and how far a worker is."""

import re
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from exchange.admin.list_kinds import kinds
from exchange.models import BatchStatus, InboundBatch, Job, JobStatus
from exchange.services.undo_marks import NoUndoRequest, decline_undo
from hardship.models import Recognition
from hardship.services.lists import ask_to_undo
from hardship.services.lists.background import APPLYING, PLANNING, run_planning
from registry.models import Role
from tests.hardship.lists import MARCH, apply, civil, day, number, people, plan
from tests.pages.conftest import at_desk, staff
from tests.registry import factories

pytestmark = pytest.mark.django_db
BATCH = "/admin/exchange/inboundbatch"
MEANT = {"_form_submitted": "True"}


@pytest.fixture
def clerk():
    return staff(Role.CLERK, factories.harbin(), username="clerk")


@pytest.fixture
def reviewer():
    return staff(Role.REVIEWER, factories.harbin(), username="reviewer")


def uploaded(client, content: bytes, **fields: object):
    given = {
        "kind": "identities.civil_affairs",
        "area": factories.harbin().pk,
        "as_of": MARCH.isoformat(),
        "mode": "full",
        "file": SimpleUploadedFile("民政.xlsx", content),
    }
    return client.post(f"{BATCH}/upload_list/", given | fields)


def page(client, batch: InboundBatch) -> str:
    return client.get(f"{BATCH}/{batch.pk}/change/").content.decode()


def offered(html: str) -> set[str]:
    """Return the steps whose buttons the page has."""
    names = "apply_batch|read_again|replan|retry_held|undo|decline_undo|withdraw_undo|ask_undo|export_problems|refuse"
    return set(re.findall(rf"/\d+/({names})/", html))


def test_a_list_of_identities_needs_its_way_said_and_a_file_of_payments_has_but_one(clerk):
    people(1)
    client = at_desk(clerk)

    unsaid = uploaded(client, civil((0, "人0", "低保")), mode="").content.decode()
    uploaded(client, "缴费流水号\n".encode(), kind="payments", mode="full")

    assert "请选择全量还是补充" in unsaid
    assert not InboundBatch.objects.filter(mode="full").exists()


def test_data_of_tomorrow_and_a_file_that_is_no_list_are_refused_in_words(clerk):
    client = at_desk(clerk)

    early = uploaded(client, b"x", as_of="2999-01-01").content.decode()
    broken = uploaded(client, b"\x00\x01", mode="supplementary").content.decode()

    assert "数据日期不能晚于今天" in early
    assert "无法读取“民政.xlsx”" in broken
    assert 'role="alert"' in broken
    assert not InboundBatch.objects.exists()


def test_a_spoilt_list_is_said_to_be_refused_whole(clerk):
    people(1)
    client = at_desk(clerk)

    answer = uploaded(client, civil((0, "人0", "低保"), ("", "人1", "低保")))
    html = client.get(answer["Location"]).content.decode()

    assert "整份退回" in html
    assert "已由clerk退回，没有办理任何一行" in html
    assert offered(html) == {"export_problems"}


def test_every_kind_with_a_form_gives_it_and_its_sample_to_clerks(clerk, root):
    client = at_desk(clerk)
    listed = client.get(f"{BATCH}/upload_list/").content.decode()

    shown = [kind for kind in kinds() if kind.template]
    assert len(shown) >= 5
    for kind in shown:
        assert f"/forms/{kind.code}/template/" in listed
        for which in ("template", "sample"):
            answer = client.get(f"{BATCH}/forms/{kind.code}/{which}/")
            assert answer.content.startswith(b"PK"), kind.code
    assert client.get(f"{BATCH}/forms/nothing/template/").status_code == 404
    auditor = at_desk(staff(Role.AUDITOR, factories.harbin()))
    assert auditor.get(f"{BATCH}/forms/{shown[0].code}/template/").status_code == 403


def test_a_big_list_is_read_by_a_worker_while_the_page_tells_how_far(
    clerk, settings, django_capture_on_commit_callbacks
):
    people(1)
    settings.LIST_BYTES_AT_ONCE = 0
    client = at_desk(clerk)

    answer = uploaded(client, civil((0, "人0", "低保")))
    batch = InboundBatch.objects.get()
    waiting = client.get(answer["Location"]).content.decode()
    part = client.get(answer["Location"], {"part": "progress"})
    run_planning(batch_id=batch.pk)
    through = client.get(answer["Location"], {"part": "progress"})

    assert "正在后台读取" in waiting
    assert "已收到文件，等待读取" in waiting
    assert offered(waiting) == set()
    assert "<html" not in part.content.decode()
    assert "HX-Refresh" not in part
    assert through["HX-Refresh"] == "true"
    assert offered(page(client, batch)) == {"apply_batch", "replan", "refuse"}


def test_what_a_worker_could_not_read_is_said_and_read_again(clerk):
    people(1)
    batch = plan(civil((0, "人0", "低保")), user=clerk)
    job = Job.objects.create(kind=PLANNING, status=JobStatus.FAILED, message="1个分段失败，可重新运行")
    InboundBatch.objects.filter(pk=batch.pk).update(status=BatchStatus.RECEIVED, job=job)

    html = page(at_desk(clerk), batch)

    assert "后台没有办成，登记没有任何改动：1个分段失败，可重新运行" in html
    assert offered(html) == {"read_again", "refuse"}


def test_while_a_worker_applies_a_list_nobody_else_can(clerk):
    people(1)
    batch = plan(civil((0, "人0", "低保")), user=clerk)
    job = Job.objects.create(kind=APPLYING, status=JobStatus.RUNNING, total=1)
    InboundBatch.objects.filter(pk=batch.pk).update(job=job)

    html = page(at_desk(clerk), batch)

    assert "正在后台生效" in html
    assert offered(html) == set()


def test_an_applied_list_is_taken_back_by_two(clerk, reviewer):
    people(1)
    batch = apply(plan(civil((0, "人0", "低保")), user=clerk), user=clerk)
    first, second = at_desk(clerk), at_desk(reviewer)

    assert offered(page(first, batch)) == {"ask_undo"}
    assert offered(page(second, batch)) == set()
    first.post(f"{BATCH}/{batch.pk}/ask_undo/", {**MEANT, "reason": "传错了月份"})
    own = first.post(f"{BATCH}/{batch.pk}/undo/", MEANT)
    assert Recognition.objects.count() == 1
    assert offered(page(first, batch)) == {"withdraw_undo"}
    asked = page(second, batch)
    second.post(f"{BATCH}/{batch.pk}/undo/", MEANT)

    batch.refresh_from_db()
    assert own.status_code == 403
    assert "clerk申请撤销本清单，须另一位同事点“同意撤销”或“驳回撤销申请”。事由：传错了月份" in asked
    assert (batch.status, batch.undone_by) == (BatchStatus.UNDONE, reviewer)
    assert not Recognition.objects.exists()
    assert "已撤销（clerk申请、reviewer同意）" in page(first, batch)


def test_what_later_stands_on_a_list_is_named_when_it_cannot_be_taken_back(clerk):
    people(1)
    batch = apply(plan(civil((0, "人0", "低保")), user=clerk), user=clerk)
    apply(plan(civil((0, "人0", "城市低保")), as_of=day("2025-04-30"), mode="supplementary"), user=clerk)
    client = at_desk(clerk)

    client.post(f"{BATCH}/{batch.pk}/ask_undo/", {**MEANT, "reason": "错"})

    batch.refresh_from_db()
    assert batch.undo_asked_by is None
    assert "不能撤销" in page(client, batch)


def test_the_number_searched_for_is_found_whatever_became_of_the_row(clerk):
    people(1)
    batch = plan(civil((0, "人0", "低保")), user=clerk)

    html = at_desk(clerk).get(f"{BATCH}/{batch.pk}/change/", {"q": number(0)}).content.decode()

    assert "新增 低保对象" in html


def test_a_colleague_may_say_no_and_the_asker_may_think_better_of_it(clerk, reviewer):
    people(1)
    batch = apply(plan(civil((0, "人0", "低保")), user=clerk), user=clerk)
    first, second = at_desk(clerk), at_desk(reviewer)
    address = f"{BATCH}/{batch.pk}"

    first.post(f"{address}/ask_undo/", {**MEANT, "reason": "传错了月份"})
    assert offered(page(first, batch)) == {"withdraw_undo"}
    assert offered(page(second, batch)) == {"undo", "decline_undo"}
    assert [second.post(f"{address}/withdraw_undo/", MEANT).status_code,
            first.post(f"{address}/decline_undo/", MEANT).status_code] == [403, 403]  # fmt: skip
    second.post(f"{address}/decline_undo/", {**MEANT, "reason": "月份没有错"})
    declined = page(first, batch)
    first.post(f"{address}/ask_undo/", {**MEANT, "reason": "再看过，确实错了"})
    asked_again = page(second, batch)
    first.post(f"{address}/withdraw_undo/", {**MEANT, "reason": "看错了"})

    assert "clerk曾申请撤销本清单（传错了月份），reviewer驳回：月份没有错" in declined
    assert offered(declined) == {"ask_undo"}
    assert "月份没有错" not in asked_again
    assert "clerk曾申请撤销本清单（再看过，确实错了），已撤回申请：看错了" in page(second, batch)
    assert Recognition.objects.count() == 1


def test_a_request_that_was_answered_waits_on_nobodys_first_page(clerk, reviewer):
    people(1)
    batch = apply(plan(civil((0, "人0", "低保")), user=clerk), user=clerk)
    asked = ask_to_undo(batch=batch, reason="传错了月份", user=clerk)
    waiting = to_undo(at_desk(reviewer))

    decline_undo(batch=asked, reason="月份没有错", user=reviewer)

    assert (waiting, to_undo(at_desk(reviewer))) == ("1", "0")
    with pytest.raises(NoUndoRequest):
        decline_undo(batch=asked, reason="月份没有错", user=reviewer)


def to_undo(client) -> str:
    """Return how many lists the first page says wait to be taken back; the list it leads to has as many."""
    html = client.get("/admin/").content.decode()
    found = re.search(r'<a href="([^"]+)"><b>(\d+)</b><span>待同意撤销</span>', html)
    assert found is not None
    listed = client.get(unescape(found[1]))
    assert str(listed.context["cl"].result_count) == found[2]
    return found[2]
