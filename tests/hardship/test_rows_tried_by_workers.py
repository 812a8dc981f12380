"""Many rows of lists in force that wait are tried again, and previewed, by a worker: nobody waits at a page."""

import pytest

from exchange.models import InboundRow, Job, JobStatus
from hardship import tasks
from hardship.models import CategoryAlias, Recognition
from hardship.services.lists import (
    held,
    map_identity_name,
    planning,
    preview_mapping,
    undo_list,
    unmap_identity_name,
)
from hardship.services.lists.naming import NameAlreadyKnown
from hardship.services.lists.previewing import open_preview, preview_of, previews_waiting, run_preview
from hardship.services.lists.trying_again import Ask, lists_tried_again, open_trying, run_trying
from tests.hardship.lists import apply, civil, day, outcomes, people, plan, reviewer
from tests.hardship.test_naming import mapped
from tests.registry.factories import UserFactory, daoli, shangzhi

pytestmark = pytest.mark.django_db
SAID = {"name": "五保老人", "category": "extreme_hardship"}


@pytest.fixture(autouse=True)
def _two_are_few(settings):
    settings.LIST_ROWS_COMPARED_AT_ONCE = 2


def in_force(*serials, name="五保老人", month=1, **more):
    """Return a list in force that uses the name for some people."""
    content = civil(*((serial, f"人{serial}", name) for serial in serials))
    return apply(plan(content, as_of=day(f"2025-{month:02}-28"), mode="supplementary", **more))


def test_few_rows_take_effect_at_once_and_many_by_a_worker():
    people(5)
    few, many = in_force(0, 1), in_force(2, 3, 4, month=2)

    mapped()

    few.refresh_from_db()
    many.refresh_from_db()
    assert (few.counts, many.counts) == ({"new": 2}, {"held": 3})
    assert (few.job, many.job.kind, many.job.total) == (None, "retry_held", 3)
    job = run_trying(job_id=many.job_id)
    many.refresh_from_db()
    assert (job.status, job.message, many.counts) == ("done", "新增 3 行", {"new": 3})
    assert Recognition.objects.filter(category="extreme_hardship").count() == 5
    assert run_trying(job_id=many.job_id).message == "新增 3 行"
    assert lists_tried_again() == []


def test_rows_that_wait_for_another_name_are_let_alone():
    people(4)
    in_force(0)
    other = in_force(1, 2, 3, name="五好家庭", month=2)

    mapped()

    other.refresh_from_db()
    assert (other.job, other.counts) == (None, {"held": 3})


def test_a_worker_leaves_rows_of_other_areas_to_their_people():
    people(3, living_area=shangzhi())
    there = in_force(0, 1, 2, area=shangzhi())
    mapped(user=reviewer(daoli()))
    there.refresh_from_db()

    job = run_trying(job_id=there.job_id)

    assert (job.status, job.message) == ("done", "")
    assert {code for *_, code in outcomes(there)} == {"name_answered"}
    assert not Recognition.objects.exists()


def test_a_list_taken_back_meanwhile_gives_nothing():
    people(3)
    batch = in_force(0, 1, 2)
    mapped()
    batch.refresh_from_db()
    asker, agrees = UserFactory.create_batch(2)
    undo_list(batch=batch, reason="报错", user=asker, second_user=agrees)

    assert run_trying(job_id=batch.job_id).status == JobStatus.DONE
    assert not Recognition.objects.exists()


def test_a_worker_that_was_killed_did_nothing_and_the_next_one_does_it_all(monkeypatch):
    people(3)
    batch = in_force(0, 1, 2)
    mapped()
    batch.refresh_from_db()

    def dies(*_, **__):
        raise MemoryError

    with monkeypatch.context() as patched:
        patched.setattr("hardship.services.lists.held.have_followed", dies)
        assert run_trying(job_id=batch.job_id).status == "failed"
    assert (Recognition.objects.count(), {outcome for _, outcome, _ in outcomes(batch)}) == (0, {"held"})

    assert run_trying(job_id=batch.job_id).status == "done"
    assert Recognition.objects.count() == 3


def test_many_rows_tried_again_by_hand_are_tried_by_a_worker(django_capture_on_commit_callbacks):
    people(3)
    batch = in_force(0, 1, 2)
    clerk = reviewer()
    CategoryAlias.objects.create(name="五保老人", category_id="orphan")
    with django_capture_on_commit_callbacks(execute=True):
        waiting = tasks.retry_list(batch=batch, user=clerk)
        assert (waiting.counts, waiting.job.status) == ({"held": 3}, "queued")
    batch.refresh_from_db()
    assert (batch.counts, batch.job.message) == ({"new": 3}, "新增 3 行")


def test_a_preview_of_many_rows_is_what_one_at_once_would_say(settings):
    people(4)
    batch, waiting = in_force(0, 1, 2), plan(civil((3, "人3", "五保老人")), mode="supplementary")
    clerk = reviewer()

    job = open_preview(**SAID, user=clerk)
    asked = job.status
    done = run_preview(job_id=job.pk)

    settings.LIST_ROWS_COMPARED_AT_ONCE = 4
    assert open_preview(**SAID, user=clerk) is None
    assert (asked, done.status, previews_waiting()) == ("queued", "done", [])
    assert preview_of(done) == preview_mapping(**SAID, user=clerk)
    assert [(each.batch, dict(each.counts)) for each in preview_of(done).applied] == [(batch, {"new": 3})]
    assert preview_of(done).waiting == waiting.counts["held"] == 1
    assert not Recognition.objects.exists()
    assert not CategoryAlias.objects.filter(name="五保老人").exists()


def test_a_preview_that_cannot_be_made_is_refused_at_once_and_by_the_worker_in_words():
    people(3)
    in_force(0, 1, 2)
    clerk = reviewer()
    job = open_preview(**SAID, user=clerk)
    map_identity_name(**SAID, reason="来函", user=clerk)

    with pytest.raises(NameAlreadyKnown):
        open_preview(**SAID, user=clerk)

    failed = run_preview(job_id=job.pk)
    assert (failed.status, failed.message) == ("failed", "“五保老人”已有对照")


def test_what_the_broker_lost_is_queued_again():
    people(3)
    batch = in_force(0, 1, 2)
    clerk = reviewer()
    preview = open_preview(**SAID, user=clerk)
    map_identity_name(**SAID, reason="来函", user=clerk)

    assert tasks.resume_lists() == 2

    assert Job.objects.get(pk=preview.pk).status == "failed"
    assert set(InboundRow.objects.filter(batch=batch).values_list("outcome", flat=True)) == {"new"}


def test_a_list_asked_about_twice_has_one_job_that_tells_of_both_and_each_name_stands_in_its_own_name():
    people(6)
    names = {"甲名": "extreme_hardship", "乙名": "orphan"}
    batch = apply(plan(civil(*((i, f"人{i}", list(names)[i // 3]) for i in range(6))), mode="supplementary"))
    users = [reviewer(), reviewer()]
    for (name, category), user in zip(names.items(), users, strict=True):
        map_identity_name(name=name, category=category, reason="来函", user=user)
    batch.refresh_from_db()

    done = run_trying(job_id=batch.job_id)

    batch.refresh_from_db()
    assert Job.objects.filter(kind="retry_held").count() == 1
    assert (done.message, done.total, batch.job) == ("新增 6 行", 6, done)
    by = Recognition.history.order_by("category_id").values_list("category_id", "history_user").distinct()
    assert dict(by) == {category: user.pk for category, user in zip(names.values(), users, strict=True)}


def test_who_asks_again_before_a_worker_began_opens_nothing_and_what_joins_later_is_done_too():
    people(4)
    batch = in_force(0, 1, 2)
    clerk, other = reviewer(), reviewer()
    job = open_trying(batch_id=batch.pk, ask=Ask(user=clerk))

    assert open_trying(batch_id=batch.pk, ask=Ask(user=clerk)).total == 3
    assert open_trying(batch_id=batch.pk, ask=Ask(user=other)).pk == job.pk
    assert job.chunks.count() == 2

    assert run_trying(job_id=job.pk).status == "done"
    assert open_trying(batch_id=batch.pk, ask=Ask(user=clerk)).pk != job.pk


def test_what_failed_says_what_was_done_and_why_the_rest_was_not(monkeypatch):
    people(3)
    batch = in_force(0, 1, 2)
    mapped()
    batch.refresh_from_db()

    def breaks(*_, **__):
        raise ValueError("x")

    with monkeypatch.context() as patched:
        patched.setattr("hardship.services.lists.held.have_followed", breaks)
        assert run_trying(job_id=batch.job_id).message == "系统出错，原因见后台任务"
    assert run_trying(job_id=batch.job_id).message == "新增 3 行"


@pytest.fixture
def compared(monkeypatch):
    """Return how many rows are held against the records at a time, from now on."""
    seen = []
    for module in (held, planning):
        real = module.results_of
        monkeypatch.setattr(
            module,
            "results_of",
            lambda lines, view, real=real: (seen.append(len(lines)), real(lines, view))[1],
        )
    return seen


def test_many_small_lists_that_wait_are_left_to_workers_but_for_a_few(compared):
    people(8)
    lists = [
        plan(civil((0, "人0", "五保老人")), as_of=day(f"2025-{month:02}-28"), mode="supplementary")
        for month in range(1, 6)
    ]
    compared.clear()

    mapped()

    assert sum(compared) == 2
    left = Job.objects.filter(kind="replan_list").values_list("params__batch", flat=True)
    assert sorted(left) == [each.pk for each in lists[2:]]


def test_rows_whose_name_is_unmapped_are_compared_by_a_worker_and_no_others_are(compared):
    people(6, living_area=shangzhi())
    there = in_force(0, 1, 2, area=shangzhi())
    elsewhere = in_force(3, 4, name="五好家庭", month=2, area=shangzhi())
    alias = mapped(user=reviewer(daoli()))
    there.refresh_from_db()
    run_trying(job_id=there.job_id)
    map_identity_name(name="五好家庭", category="orphan", reason="来函", user=reviewer(daoli()))
    compared.clear()

    unmap_identity_name(alias=alias, reason="对错了", user=reviewer(daoli()))

    there.refresh_from_db()
    assert (sum(compared), there.job.status) == (0, "queued")
    assert run_trying(job_id=there.job_id).message == ""
    assert {code for *_, code in outcomes(there)} == {"unknown_identity_name"}
    assert {code for *_, code in outcomes(elsewhere)} == {"name_answered"}
    assert not Recognition.objects.exists()
