"""What the page of a list says of workers: what they did with it, what failed and still matters, and nothing else."""

import pytest

from exchange.models import Job
from hardship import tasks
from hardship.models import CategoryAlias
from hardship.services.lists import map_identity_name, replan_list
from hardship.services.lists.background import open_applying, run_applying, run_planning
from hardship.services.lists.trying_again import run_trying
from registry.models import Role
from tests.hardship.lists import apply, civil, day, people, plan
from tests.pages.conftest import at_desk, staff
from tests.registry.factories import daoli, harbin, shangzhi

pytestmark = pytest.mark.django_db
MAP = "/admin/hardship/categoryalias/map_name/"
LISTS = "/admin/exchange/inboundbatch"
MEANT = {"_form_submitted": "True"}


@pytest.fixture
def user(db):
    return staff(Role.REVIEWER, harbin())


def listing(*said, day_of_month=28, **more):
    """Return a planned list that says one name of each person."""
    content = civil(*((serial, f"人{serial}", name) for serial, name in enumerate(said)))
    return plan(content, as_of=day(f"2025-01-{day_of_month}"), mode="supplementary", **more)


def page_of(batch, user):
    return at_desk(user).get(f"{LISTS}/{batch.pk}/change/").content.decode()


def breaking(*_, **__):
    raise ValueError("x")


def test_a_list_in_force_tells_nothing_of_an_earlier_attempt_to_apply_it(user, settings):
    settings.LIST_CHANGES_AT_ONCE = 2
    people(4)
    batch = listing(*["低保"] * 4)
    job = open_applying(batch=batch, user=user)
    apply(listing(*["低保"] * 2, day_of_month=20))
    run_applying(job_id=job.pk)
    assert Job.objects.get(pk=job.pk).status == "failed"
    batch = replan_list(batch=batch)

    tasks.confirm_list(batch=batch, user=user)

    batch.refresh_from_db()
    assert (batch.status, batch.counts) == ("applied", {"new": 2, "unchanged": 2})
    assert "等待的行" not in page_of(batch, user)


def test_nor_of_a_part_that_could_not_be_read_at_first(user, settings, monkeypatch):
    settings.LIST_BYTES_AT_ONCE = 0
    people(3)
    batch = tasks.submit_list(
        content=civil(*((serial, f"人{serial}", "低保") for serial in range(3))),
        kind="civil_affairs",
        file_name="民政.xlsx",
        area=harbin(),
        as_of=day("2025-03-31"),
        mode="supplementary",
    )
    with monkeypatch.context() as patched:
        patched.setattr("hardship.services.lists.background.record_planned", breaking)
        run_planning(batch_id=batch.pk)
    batch.refresh_from_db()
    assert batch.job.message == "1个分段失败，可重新运行"

    run_planning(batch_id=batch.pk)

    batch.refresh_from_db()
    assert (batch.job.status, batch.job.message) == ("done", "")
    tasks.confirm_list(batch=batch, user=user)
    batch.refresh_from_db()
    assert "分段失败" not in page_of(batch, user)


def test_a_second_click_is_told_that_a_worker_is_at_it(settings):
    settings.LIST_ROWS_COMPARED_AT_ONCE = 2
    people(3)
    batch = apply(listing(*["五保老人"] * 3))
    desk = at_desk(staff(Role.CLERK, harbin()))
    for _ in range(2):
        assert desk.post(f"{LISTS}/{batch.pk}/retry_held/", MEANT).status_code == 204

        assert "正在后台办理等待的 3 行" in desk.get(f"{LISTS}/{batch.pk}/change/").content.decode()
    assert Job.objects.filter(kind="retry_held").count() == 1


def test_a_click_on_a_page_whose_rows_were_done_meanwhile_is_told_so():
    people(1)
    batch = apply(listing("五保老人"))
    CategoryAlias.objects.create(name="五保老人", category_id="orphan")
    desk = at_desk(staff(Role.CLERK, harbin()))
    for said in ("待处理的行已重新办理。", "没有待处理的行。"):
        assert desk.post(f"{LISTS}/{batch.pk}/retry_held/", MEANT).status_code == 204
        assert said in desk.get(f"{LISTS}/{batch.pk}/change/").content.decode()
    outsider = at_desk(staff(Role.CLERK, shangzhi()))
    assert outsider.post(f"{LISTS}/{batch.pk}/retry_held/", MEANT).status_code in (302, 403, 404)


@pytest.mark.parametrize("few", [5, 2])
def test_rows_left_to_another_areas_people_are_told_of_few_and_many(few, settings):
    settings.LIST_ROWS_COMPARED_AT_ONCE = few
    people(3, living_area=shangzhi())
    batch = apply(listing(*["五保老人"] * 3, area=shangzhi()))
    said = {"name": "五保老人", "category": "orphan", "reason": "来函", "confirm": ""}

    told = at_desk(staff(Role.REVIEWER, daoli())).post(MAP, said, follow=True).content.decode()

    assert "仍为待处理：尚志市 3 行。请该地区人员在清单页“重试待处理行”。" in told
    assert "正在后台办理" not in told
    batch.refresh_from_db()
    assert (batch.job is None) == (few == 5)


def test_a_worker_that_did_nothing_is_no_success_and_one_that_failed_names_whose_turn_it_is(
    user, settings, monkeypatch
):
    settings.LIST_ROWS_COMPARED_AT_ONCE = 2
    people(3, living_area=shangzhi())
    batch = apply(listing(*["五保老人"] * 3, area=shangzhi()))
    map_identity_name(name="五保老人", category="orphan", reason="来函", user=staff(Role.REVIEWER, daoli()))
    batch.refresh_from_db()

    with monkeypatch.context() as patched:
        patched.setattr("hardship.services.lists.held.have_followed", breaking)
        run_trying(job_id=batch.job_id)
    assert "后台没有办完等待的行：系统出错，原因见后台任务。请本地区经办人员点“重试待处理行”。" in page_of(
        batch, user
    )
    run_trying(job_id=batch.job_id)

    page = page_of(batch, user)
    assert "后台已办理等待的行" not in page
    assert "没有办理任何一行；仍为待处理的原因见各行说明" in page
