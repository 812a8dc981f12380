"""Many rows of lists in force that wait are tried again, and previewed, by a worker: nobody waits at a page."""

import pytest

from exchange.models import InboundRow, Job, JobStatus
from hardship import tasks
from hardship.models import CategoryAlias, Recognition
from hardship.services.lists import map_identity_name, preview_mapping, undo_list
from hardship.services.lists.naming import NameAlreadyKnown
from hardship.services.lists.previewing import open_preview, preview_of, previews_waiting, run_preview
from hardship.services.lists.trying_again import lists_tried_again, run_trying
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

    assert job.message == "待处理 3 行"
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
