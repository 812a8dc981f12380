"""Big lists are planned and applied by workers: part by part, together, and after one was killed."""

import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings as django_settings

from exchange.models import InboundBatch, InboundFile, InboundRow, Job, JobChunk
from exchange.services.batches import BatchNotPlanned, ListBusy, refuse_batch
from exchange.services.files import FileForgotten, file_of, keep_file
from exchange.tasks import forget_list_files
from hardship import tasks
from hardship.models import Recognition
from hardship.selectors import held_by
from hardship.services.lists import SecondUserNeeded, background, lines, plan_list, planning, receive_list
from hardship.services.lists.background import open_applying, run_applying, run_planning
from tests.exchange.factories import InboundBatchFactory
from tests.hardship.factories import RecognitionFactory
from tests.hardship.lists import MARCH, civil, outcomes, people
from tests.registry.factories import UserFactory, harbin

pytestmark = pytest.mark.django_db
CONTENT = {"kind": "civil_affairs", "file_name": "民政.xlsx", "as_of": MARCH}


@pytest.fixture(autouse=True)
def _everything_is_big(settings, monkeypatch):
    settings.LIST_BYTES_AT_ONCE = settings.LIST_CHANGES_AT_ONCE = 0
    settings.LIST_ENDINGS_WITHOUT_SECOND = Decimal(1)
    for module in (lines, background):
        monkeypatch.setattr(module, "AT_ONCE", 2)


def listed(count):
    return civil(*((serial, f"人{serial}", "低保") for serial in range(count)))


def receive(content, **more):
    return receive_list(content=content, area=harbin(), **CONTENT | more)


def test_a_big_list_waits_is_planned_and_then_applied_by_workers(django_capture_on_commit_callbacks):
    people(5)
    clerk, content = UserFactory(), listed(5)

    with django_capture_on_commit_callbacks() as planning_asked:
        waiting = tasks.submit_list(content=content, area=harbin(), user=clerk, **CONTENT)
    assert (waiting.status, waiting.counts) == ("received", {})
    planning_asked[0]()
    planned = InboundBatch.objects.get()
    assert (planned.status, planned.counts, planned.job.done) == ("planned", {"new": 5}, 5)
    assert planned.job.chunks.count() == 3
    with django_capture_on_commit_callbacks() as applying_asked:
        asked = tasks.confirm_list(batch=planned, user=clerk)
    assert (asked.status, asked.job.kind, asked.job.total) == ("planned", "apply_list", 5)
    applying_asked[0]()

    applied = InboundBatch.objects.get()
    assert (applied.status, applied.applied_by, applied.job.status) == ("applied", clerk, "done")
    assert Recognition.objects.filter(batch=applied).count() == 5
    assert tasks.submit_list(content=content, area=harbin(), user=clerk, **CONTENT) == applied


def test_a_small_list_is_planned_and_applied_at_once(settings):
    people(2)
    settings.LIST_BYTES_AT_ONCE = settings.LIST_CHANGES_AT_ONCE = 1_000_000

    batch = tasks.submit_list(content=listed(2), area=harbin(), **CONTENT)
    assert (batch.status, batch.counts) == ("planned", {"new": 2})

    assert tasks.confirm_list(batch=batch, user=UserFactory()).status == "applied"
    assert not Job.objects.exists()


def test_the_plan_of_workers_is_the_plan_made_at_once():
    people(7)
    RecognitionFactory()
    content = civil((0, "人0", "低保"), (0, "人0", "孤儿"), (1, "别人", "低保"), (2, "人2", "五好家庭"),
                    (3, "人3", "农村低保"), ("12", "人4", "低保"), (5, "人5", "特困"))  # fmt: skip
    at_once = plan_list(content=content, area=harbin(), **CONTENT)
    refuse_batch(batch=at_once, error="比较")

    by_workers = run_planning(batch_id=receive(content).pk)

    assert by_workers.status == "planned"
    assert outcomes(by_workers) == outcomes(at_once)
    assert by_workers.counts == at_once.counts
    payloads = [
        list(InboundRow.objects.filter(batch=each).order_by("number", "pk").values_list("payload", "message"))
        for each in (at_once, by_workers)
    ]
    assert payloads[0] == payloads[1]


def test_a_killed_worker_loses_only_its_part(monkeypatch):
    people(5)
    batch = receive(listed(5))
    real = background.record_planned
    done = []

    def dies_in_the_second_part(items, view):
        done.append(items)
        if len(done) == 2:
            raise KeyboardInterrupt  # not an Exception: nothing tidies up, as after a kill
        real(items, view)

    monkeypatch.setattr(background, "record_planned", dies_in_the_second_part)
    with pytest.raises(KeyboardInterrupt):
        run_planning(batch_id=batch.pk)
    batch.refresh_from_db()
    assert (batch.status, InboundRow.objects.filter(batch=batch).count()) == ("received", 2)
    assert tasks.unfinished_lists().to_plan == [batch.pk]

    assert tasks.resume_lists() == 1

    batch.refresh_from_db()
    assert (batch.status, batch.counts) == ("planned", {"new": 5})
    assert len(done) == 4
    assert tasks.resume_lists() == 0


def test_a_task_delivered_twice_plans_and_applies_once():
    people(3)
    gone = RecognitionFactory()
    batch = receive(listed(3))

    statuses = [run_planning(batch_id=batch.pk).status for _ in range(2)]
    job = open_applying(batch=batch, user=UserFactory())
    statuses += [run_applying(job_id=job.pk).status for _ in range(2)]

    assert statuses == ["planned", "planned", "applied", "applied"]
    assert Recognition.history.exclude(resident=gone.resident).count() == 3
    assert gone.history.count() == 2
    with pytest.raises(BatchNotPlanned):
        open_applying(batch=batch, user=UserFactory())


def test_a_part_that_another_worker_holds_is_left_to_it(monkeypatch):
    people(3)
    batch = receive(listed(3))
    background._planning_job(batch, lines=3)
    JobChunk.objects.filter(seq=1).update(status="cancelled")  # as good as held: not for this worker

    assert run_planning(batch_id=batch.pk).status == "planned"
    assert InboundRow.objects.filter(batch=batch, outcome="new").count() == 1


def test_a_part_that_fails_leaves_the_list_waiting_and_can_be_done_again(monkeypatch):
    people(3)
    batch = receive(listed(3))
    with monkeypatch.context() as broken:
        broken.setattr(background, "record_planned", lambda _items, _view: 1 // 0)
        assert run_planning(batch_id=batch.pk).status == "received"
    batch.refresh_from_db()
    assert (batch.job.status, batch.job.message) == ("failed", "2个分段失败，可重新运行")
    assert tasks.unfinished_lists().to_plan == []  # a person looks first

    assert run_planning(batch_id=batch.pk).counts == {"new": 3}


@pytest.mark.parametrize(
    ("content", "error"),
    [(b"nothing of a list", "缺少“身份证号、姓名"), (civil(("", "人1", "低保")), "第2行缺少证件号码或身份")],
)
def test_what_a_worker_cannot_take_is_refused_with_the_reason(content, error):
    people(1)

    batch = run_planning(batch_id=receive(content).pk)

    assert batch.status == "refused"
    assert error in batch.error
    assert run_planning(batch_id=batch.pk).status == "refused"
    assert receive(content).pk != batch.pk


def test_what_refuses_a_list_refuses_it_before_a_worker_has_it(settings):
    settings.LIST_ENDINGS_WITHOUT_SECOND = Decimal(0)
    people(1)
    RecognitionFactory()
    clerk, planner, second = UserFactory.create_batch(3)
    batch = run_planning(batch_id=receive(listed(1), user=planner).pk)

    with pytest.raises(SecondUserNeeded):
        tasks.confirm_list(batch=batch, user=clerk)
    assert not Job.objects.filter(kind="apply_list").exists()
    tasks.confirm_list(batch=batch, user=clerk, second_user=second)
    with pytest.raises(ListBusy):
        tasks.confirm_list(batch=batch, user=clerk, second_user=second)
    tasks.resume_lists()

    batch.refresh_from_db()
    assert (batch.status, batch.second_user) == ("applied", second)


def test_what_was_confirmed_is_what_a_worker_applies_though_the_file_comes_again_or_somebody_asks_anew(
    settings,
):
    _, late = people(2)
    content, clerk = civil((0, "人0", "低保"), (5, "人5", "低保")), UserFactory()
    batch = run_planning(batch_id=receive(content).pk)
    shown = outcomes(batch)
    job = open_applying(batch=batch, user=clerk)
    RecognitionFactory(resident=late)

    assert tasks.submit_list(content=content, area=harbin(), user=clerk, **CONTENT).pk == batch.pk
    settings.LIST_BYTES_AT_ONCE = len(content)
    assert tasks.submit_list(content=content, area=harbin(), user=clerk, **CONTENT).status == "planned"
    with pytest.raises(ListBusy):
        planning.replan_list(batch=batch)

    assert outcomes(batch) == shown
    assert run_applying(job_id=job.pk).status == "planned"
    assert held_by(late.pk, day=MARCH) == {"subsistence_allowance"}
    assert planning.replan_list(batch=batch).counts == {"ended": 1, "held": 1, "new": 1}


@pytest.mark.raw_writes("a change behind the plan's back")
def test_a_plan_outdated_meanwhile_fails_its_job_in_words_and_changes_nothing():
    gone, _ = people(2)
    record = RecognitionFactory(resident=gone)
    batch = run_planning(batch_id=receive(civil((1, "人1", "低保"))).pk)
    job = open_applying(batch=batch, user=UserFactory())
    Recognition.objects.filter(pk=record.pk).update(valid_to=datetime.date(2025, 2, 1))

    assert run_applying(job_id=job.pk).status == "planned"

    job.refresh_from_db()
    assert (job.status, job.message) == ("failed", "有身份认定在方案生成以后变动过，请重新比对后再确认")
    assert Recognition.objects.count() == 1


def test_a_file_that_came_after_midnight_here_is_kept_from_that_day(settings):
    settings.LIST_FILES_KEPT_DAYS = 10
    batch = InboundBatchFactory()
    batch.created_at = datetime.datetime(2025, 1, 1, 16, 30, tzinfo=datetime.UTC)  # 2 January, 00:30

    assert keep_file(batch=batch, content=b"x").kept_until == datetime.date(2025, 1, 12)


def test_the_file_is_kept_sealed_until_its_time_is_over(settings):
    people(1)
    content, other = listed(1), listed(2)
    read, unread = plan_list(content=content, area=harbin(), **CONTENT), receive(other)
    kept = InboundFile.objects.get(batch=read)
    assert kept.size == len(content)
    assert content[:20] not in bytes(kept.sealed_content)
    assert file_of(read) == content
    assert kept.kept_until - read.created_at.astimezone(
        ZoneInfo("Asia/Shanghai")
    ).date() == datetime.timedelta(django_settings.LIST_FILES_KEPT_DAYS)
    assert forget_list_files() == 0
    InboundFile.objects.update(kept_until=datetime.date(2025, 1, 1))

    assert forget_list_files() == 1

    assert file_of(unread) == other
    with pytest.raises(FileForgotten):
        file_of(read)
    assert planning.replan_list(batch=read).counts == {"new": 1}
