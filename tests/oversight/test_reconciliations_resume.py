"""A comparison whose worker or message was lost is taken up again by the schedule."""

import datetime

import pytest

from exchange.models import JobStatus
from oversight import tasks
from oversight.models import Reconciliation
from oversight.services.reconcile import open_run, waiting_jobs
from policy.services.versions import load_shipped_policies
from tests.registry.factories import daoli

pytestmark = pytest.mark.django_db
MONTH, TODAY = datetime.date(2024, 11, 1), datetime.date(2025, 4, 1)


def test_a_comparison_nobody_works_at_is_done_by_the_schedule():
    load_shipped_policies()
    job = open_run(area=daoli(), month=MONTH, today=TODAY)
    assert waiting_jobs() == [job.pk]

    assert tasks.resume_reconciliations() == 1

    job.refresh_from_db()
    assert job.status == JobStatus.DONE
    assert Reconciliation.objects.get().run_at
    assert (waiting_jobs(), tasks.resume_reconciliations()) == ([], 0)
