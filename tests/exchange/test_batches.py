"""Batches are planned, looked at and closed once; every row keeps its outcome."""

import pytest

from exchange.models import BatchStatus, InboundRow, RowOutcome
from exchange.selectors import scoped_batches
from exchange.services.batches import (
    BatchAlreadyReceived,
    BatchNotPlanned,
    BatchSource,
    RowResult,
    lock_planned_batch,
    mark_applied,
    open_batch,
    record_rows,
    refuse_batch,
    revise_rows,
)
from exchange.services.undo_marks import mark_undone
from tests.exchange.factories import AgencyFactory, InboundBatchFactory
from tests.registry import factories as registry

pytestmark = pytest.mark.django_db


def source(**changes):
    batch = InboundBatchFactory.build()
    return BatchSource(
        **{
            "file_name": batch.file_name,
            "sha256": "ab" * 32,
            "area": registry.harbin(),
            "as_of": batch.as_of,
        }
        | changes
    )


def results(count, outcome=RowOutcome.NEW):
    return [
        RowResult(number=number, outcome=outcome, key=bytes([number % 256]) * 32, payload={"姓名": "王桂兰"})
        for number in range(1, count + 1)
    ]


def test_the_same_file_is_received_once_while_it_lives():
    clerk = registry.UserFactory()
    agency = AgencyFactory()
    first = open_batch(kind="identities", source=source(agency=agency), user=clerk)

    with pytest.raises(BatchAlreadyReceived) as refused:
        open_batch(kind="identities", source=source())

    assert refused.value.details == {"batch": first.pk}
    assert (first.status, first.agency, first.created_by) == (BatchStatus.PLANNED, agency, clerk)
    assert open_batch(kind="payments", source=source()).pk != first.pk
    assert open_batch(kind="identities", source=source(area=registry.tangshan())).pk != first.pk
    refuse_batch(batch=first, error="名单缺少身份证号")
    again = open_batch(kind="identities", source=source())
    mark_undone(batch=mark_applied(batch=again), error="报送有误")
    assert open_batch(kind="identities", source=source()).status == BatchStatus.PLANNED


def test_rows_are_counted_by_outcome():
    batch = InboundBatchFactory()

    record_rows(batch=batch, rows=results(3))
    record_rows(
        batch=batch,
        rows=[
            RowResult(
                number=4, outcome=RowOutcome.REFUSED, code="identity_number_invalid", message="长" * 600
            )
        ],
    )

    assert batch.counts == {"new": 3, "refused": 1}
    refused = InboundRow.objects.get(outcome=RowOutcome.REFUSED)
    assert (refused.number, refused.key, len(refused.message)) == (4, None, 500)
    assert bytes(InboundRow.objects.get(number=2).key) == b"\x02" * 32


@pytest.mark.parametrize("count", [3, 300])
def test_recording_costs_the_same_queries(count, django_assert_num_queries):
    batch = InboundBatchFactory()

    # savepoint, keys, savepoint, COPY, release, counts, update, release
    with django_assert_num_queries(8):
        record_rows(batch=batch, rows=results(count))


def test_outcomes_are_revised_when_applying_shows_otherwise():
    batch = record_rows(batch=InboundBatchFactory(), rows=results(3))
    rows = list(batch.rows.order_by("number"))
    rows[1].outcome, rows[1].code, rows[1].message = RowOutcome.CONFLICT, "overlap", "认定期间重叠"

    revise_rows(batch=batch, rows=rows)

    assert batch.counts == {"new": 2, "conflict": 1}
    assert InboundRow.objects.get(number=2).message == "认定期间重叠"


def test_a_batch_is_applied_once():
    supervisor = registry.UserFactory()
    batch = record_rows(batch=InboundBatchFactory(), rows=results(2))

    assert lock_planned_batch(batch_id=batch.pk) == batch
    applied = mark_applied(batch=batch, user=supervisor)

    assert (applied.status, applied.applied_by, applied.counts) == ("applied", supervisor, {"new": 2})
    assert applied.applied_at is not None
    for again in (mark_applied, lambda batch: refuse_batch(batch=batch, error="x")):
        with pytest.raises(BatchNotPlanned, match="已生效"):
            again(batch=batch)
    with pytest.raises(BatchNotPlanned):
        lock_planned_batch(batch_id=batch.pk)
    assert mark_undone(batch=batch, error="报送有误").status == BatchStatus.UNDONE
    with pytest.raises(BatchNotPlanned):
        mark_undone(batch=batch, error="again")


def test_staff_see_batches_of_their_areas():
    batch = InboundBatchFactory()
    InboundBatchFactory(area=registry.tangshan())

    assert list(scoped_batches(registry.StaffScopeFactory().user)) == [batch]
