"""Long work survives its workers: chunk by chunk, each once."""

import threading

import pytest
from django.db import connection

from exchange.models import Job, JobChunk, JobStatus
from exchange.services.jobs import (
    OUTAGES,
    KeyRange,
    cancel_job,
    finish_job,
    is_abandoned,
    key_ranges,
    open_job,
    run_chunks,
)
from registry.models import Household, Resident
from tests.registry import factories as registry


def open_three(**changes):
    return open_job(
        **{
            "kind": "incentives",
            "params": {"year": 2025},
            "ranges": [KeyRange(1, 10, 10), KeyRange(11, 20, 10), KeyRange(21, 25, 5)],
        }
        | changes
    )


@pytest.mark.django_db
def test_ranges_cover_every_row_once(django_assert_num_queries):
    made = registry.ResidentFactory.create_batch(7)
    Resident.objects.filter(pk=made[2].pk).delete()

    with django_assert_num_queries(1):
        ranges = key_ranges(Resident.objects.filter(pk__lte=made[5].pk), size=2)

    ids = [each.pk for each in made]
    assert ranges == [KeyRange(ids[0], ids[1], 2), KeyRange(ids[3], ids[4], 2), KeyRange(ids[5], ids[5], 1)]
    assert key_ranges(Resident.objects.none(), size=2) == []


@pytest.mark.django_db
def test_ranges_by_another_key_keep_its_rows_together():
    first, second = registry.HouseholdFactory.create_batch(2)
    for household in (first, first, first, second):
        registry.ResidentFactory(household=household)

    ranges = key_ranges(Resident.objects.exclude(household=None), size=2, key="household_id")

    assert sum(each.rows for each in ranges) == 4
    assert [(each.first, each.last) for each in ranges] == [(first.pk, first.pk), (second.pk, second.pk)]


@pytest.mark.django_db
def test_a_job_runs_its_chunks_and_is_done():
    clerk = registry.UserFactory()
    job = open_three(area=registry.harbin(), user=clerk)

    finished = run_chunks(job=job, work=lambda chunk: chunk.to_key - chunk.from_key + 1)

    assert (finished.status, finished.total, finished.done) == (JobStatus.DONE, 25, 25)
    assert finished.started_at <= finished.finished_at
    assert finished.created_by == clerk
    assert list(JobChunk.objects.order_by("seq").values_list("done_rows", flat=True)) == [10, 10, 5]


@pytest.mark.django_db
def test_a_job_without_rows_is_done_at_once():
    assert open_three(ranges=[]).status == JobStatus.DONE


@pytest.mark.django_db
def test_a_failed_chunk_leaves_nothing_and_is_done_by_the_next_run(caplog):
    job = open_three()
    area = registry.daoli()

    def breaks(chunk):
        Household.objects.create(number=str(chunk.seq), area=area)
        if chunk.seq == 2:
            raise ZeroDivisionError("算错了")
        return 1

    failed = run_chunks(job=job, work=breaks)

    assert (failed.status, failed.done) == (JobStatus.FAILED, 2)
    assert "1个分段失败" in failed.message
    assert set(Household.objects.values_list("number", flat=True)) == {"1", "3"}
    assert JobChunk.objects.get(seq=2).error == "ZeroDivisionError: 算错了"
    assert "chunk failed" in caplog.text

    redone = []
    again = run_chunks(job=job, work=lambda chunk: redone.append(chunk.seq) or 1)

    assert redone == [2]
    assert (again.status, again.done) == (JobStatus.DONE, 3)
    assert JobChunk.objects.get(seq=2).error == ""


@pytest.mark.django_db
def test_a_cancelled_job_stops_before_its_next_chunk():
    job = open_three()

    def cancels(chunk):
        cancel_job(job=job)
        return 10

    run_chunks(job=job, work=cancels)

    assert Job.objects.get().status == JobStatus.CANCELLED
    assert set(JobChunk.objects.values_list("seq", "status")) == {
        (1, JobStatus.DONE),
        (2, JobStatus.CANCELLED),
        (3, JobStatus.CANCELLED),
    }
    assert finish_job(job=job).status == JobStatus.CANCELLED


@pytest.mark.django_db(transaction=True)
def test_two_workers_share_a_job_and_do_each_chunk_once():
    job = open_three(ranges=[KeyRange(number, number, 1) for number in range(30)])
    done = []

    def worker():
        try:
            run_chunks(job=job, work=lambda chunk: done.append(chunk.seq) or 1)
        finally:
            connection.close()

    threads = [threading.Thread(target=worker) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(done) == list(range(1, 31))
    job.refresh_from_db()
    assert (job.status, job.done) == (JobStatus.DONE, 30)


def ended_by_the_server(_chunk):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")


def ended_in_a_copy(chunk):
    with connection.cursor() as cursor, cursor.copy("COPY registry_household (number) FROM STDIN") as copy:
        cursor.connection.pgconn.finish()
        copy.write_row([str(chunk.seq)])


def kept_waiting(_chunk):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 1")
        cursor.execute("SELECT pg_sleep(10)")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("outage", [ended_by_the_server, ended_in_a_copy, kept_waiting])
def test_a_chunk_whose_database_fails_is_done_by_whoever_comes_next_without_a_person(outage):
    job = open_three()

    with pytest.raises(OUTAGES):
        run_chunks(job=job, work=outage)

    job.refresh_from_db()
    assert job.status == JobStatus.RUNNING
    assert set(job.chunks.values_list("status", flat=True)) == {JobStatus.QUEUED}
    assert job.chunks.get(seq=1).error
    assert is_abandoned(job_id=job.pk)
    again = run_chunks(job=job, work=lambda _: 5)
    assert (again.status, again.done) == (JobStatus.DONE, 15)
    assert set(job.chunks.values_list("error", flat=True)) == {""}
