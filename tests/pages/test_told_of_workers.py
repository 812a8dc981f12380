"""What the page of a list says of workers: what they did with it, what failed and still matters, and nothing else."""

import pytest

from exchange.models import Job
from hardship import tasks
from hardship.models import CategoryAlias
from hardship.services.lists import replan_list
from hardship.services.lists.background import open_applying, run_applying, run_planning
from registry.models import Role
from tests.hardship.lists import apply, civil, day, people, plan
from tests.pages.conftest import at_desk, staff
from tests.registry.factories import harbin, shangzhi

pytestmark = pytest.mark.django_db
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
