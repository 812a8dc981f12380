"""A big plan is made anew by workers: nobody waits for it at a page, and nobody confirms half of it."""

from decimal import Decimal

import pytest

from exchange.models import InboundBatch, JobChunk
from exchange.services.batches import BatchNotPlanned
from hardship import tasks
from hardship.models import CategoryAlias, Recognition
from hardship.services.lists import map_identity_name, plan_list, replanning, unmap_identity_name
from hardship.services.lists.background import run_planning, unfinished_lists
from hardship.services.lists.comparing import results_of
from hardship.services.lists.replanning import open_replanning, plan_anew, waiting_for_replanning
from tests.hardship.factories import RecognitionFactory
from tests.hardship.lists import MARCH, apply, civil, number, outcomes, people, plan, reviewer
from tests.hardship.test_naming import mapped
from tests.registry.factories import ResidentFactory, UserFactory, harbin

pytestmark = pytest.mark.django_db
SAID = {"name": "五保老人", "category": "extreme_hardship", "reason": "民政局来函"}


@pytest.fixture(autouse=True)
def _everything_is_big(settings, monkeypatch):
    settings.LIST_ROWS_COMPARED_AT_ONCE = 0
    settings.LIST_ENDINGS_WITHOUT_SECOND = Decimal(1)
    monkeypatch.setattr(replanning, "AT_ONCE", 2)


@pytest.fixture
def waiting():
    """A full list of five that waits for confirmation; one more holds what its unknown name means."""
    *_, left_out = people(6)
    RecognitionFactory(resident=left_out, of="extreme_hardship")
    rows = [(serial, f"人{serial}", "五保老人") for serial in range(4)]
    return plan(civil(*rows, (4, "人4", "低保"), (4, "人4", "低保")))


def test_a_list_waits_for_a_worker_once_its_name_is_mapped_and_is_planned_as_at_once(waiting):
    assert waiting.counts == {"held": 4, "new": 1, "duplicate": 1}

    mapped()

    waiting.refresh_from_db()
    assert (waiting.status, waiting.job.kind, waiting.job.total) == ("received", "replan_list", 5)
    assert waiting.counts == {"held": 4, "new": 1, "duplicate": 1}
    assert waiting_for_replanning() == unfinished_lists().to_plan == [waiting.pk]
    with pytest.raises(BatchNotPlanned):
        apply(waiting)
    done = run_planning(batch_id=waiting.pk)
    assert (done.status, done.counts) == ("planned", {"new": 5, "duplicate": 1, "ended": 1})
    assert (done.job.chunks.count(), done.job.done, waiting_for_replanning()) == (3, 5, [])
    assert apply(done).counts == {"new": 5, "duplicate": 1, "ended": 1}


def test_whoever_maps_a_name_has_workers_start_once_it_is_written(
    waiting, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        alias = tasks.map_name(**SAID, user=reviewer())
        waiting.refresh_from_db()
        assert waiting.status == "received"
    waiting.refresh_from_db()
    assert (waiting.status, waiting.counts["new"]) == ("planned", 5)

    with django_capture_on_commit_callbacks(execute=True):
        tasks.unmap_name(alias=alias, reason="对错了", user=reviewer())
    waiting.refresh_from_db()
    assert (waiting.status, waiting.counts) == ("planned", {"held": 4, "new": 1, "duplicate": 1})


def test_a_worker_that_was_killed_loses_one_part_and_the_next_one_does_the_rest(waiting, monkeypatch):
    mapped()
    asked = []

    def dies_at_the_second_part(lines, view):
        asked.append(len(lines))
        if len(asked) == 2:
            raise MemoryError
        return results_of(lines, view)

    monkeypatch.setattr("hardship.services.lists.planning.results_of", dies_at_the_second_part)
    stopped = run_planning(batch_id=waiting.pk)
    states = JobChunk.objects.order_by("seq").values_list("status", flat=True)
    assert (stopped.status, list(states)) == ("received", ["done", "failed", "done"])

    done = run_planning(batch_id=waiting.pk)

    assert asked == [2, 2, 1, 2]
    assert (done.status, done.counts) == ("planned", {"new": 5, "duplicate": 1, "ended": 1})
    again = run_planning(batch_id=waiting.pk)
    assert (again.counts, len(asked)) == (done.counts, 4)


def test_a_name_that_is_mapped_meanwhile_counts_too(waiting):
    people_before = Recognition.objects.count()
    other = plan(
        civil((0, "人0", "五保老人"), (1, "人1", "五好家庭")), file_name="二.xlsx", mode="supplementary"
    )
    mapped()
    mapped(name="五好家庭", category="subsistence_allowance")

    for batch in (waiting, other):
        run_planning(batch_id=batch.pk)

    assert outcomes(other) == [(2, "new", ""), (3, "new", "")]
    assert Recognition.objects.count() == people_before
    assert apply(InboundBatch.objects.get(pk=other.pk)).counts == {"new": 2}


def test_a_name_taken_back_meanwhile_gives_nothing(waiting):
    alias = mapped()
    unmap_identity_name(alias=alias, reason="对错了", user=UserFactory())

    done = run_planning(batch_id=waiting.pk)

    assert done.counts == {"held": 4, "new": 1, "duplicate": 1}
    assert not CategoryAlias.objects.filter(name="五保老人").exists()


def test_the_same_file_again_waits_for_the_worker_too(waiting):
    content = civil((9, "人9", "低保"))
    values = {"kind": "civil_affairs", "file_name": "民政.xlsx", "area": harbin(), "as_of": MARCH}
    batch = plan_list(content=content, **values)
    open_replanning(batch=batch)

    again = plan_list(content=content, **values)

    assert (again.pk, again.status, again.rows.count()) == (batch.pk, "received", 1)
    ResidentFactory(number=number(9), name="人9")
    assert run_planning(batch_id=batch.pk).counts == {"new": 1}


def test_a_small_plan_is_made_anew_at_once(waiting, settings):
    settings.LIST_ROWS_COMPARED_AT_ONCE = 6

    map_identity_name(**SAID, user=reviewer())

    waiting.refresh_from_db()
    assert (waiting.status, waiting.counts["new"]) == ("planned", 5)
    assert plan_anew(batch=waiting).status == "received"  # seven rows by now, who is left out among them
