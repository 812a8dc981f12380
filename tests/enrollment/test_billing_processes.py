"""A billing run whose worker is killed, between chunks and inside them: resumed it is what an undisturbed one is."""

import datetime
import os
import signal
import subprocess
import sys

import pytest
from django.db import connection, transaction

from enrollment.models import BillingGroup, BillingState, ContributionPeriod, Enrollment
from enrollment.services.billing import runs
from enrollment.services.billing.runs import (
    confirm_billing,
    open_billing,
    run_billing_chunks,
    waiting_billings,
)
from exchange.models import JobChunk, JobStatus
from hardship.models import AssistanceGrant
from policy.services.versions import load_shipped_policies
from tests.enrollment.billed import said
from tests.enrollment.factories import InsuredFactory
from tests.hardship.factories import RecognitionFactory
from tests.registry.factories import InsuredSpellFactory, ResidentFactory, harbin

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]
FIRST_DAY = datetime.date(2024, 9, 1)
PEOPLE, CHUNK = 12, 3

# Does chunks of a run until the one told, and is killed before it writes, or when it has written and not committed.
WORKER = """
import os, signal, sys
import django
from django.conf import settings

database, run, at, when = sys.argv[1:]
settings.DATABASES["default"]["NAME"] = database
django.setup()
from enrollment.services.billing import runs

begun = []

def deadly(work):
    def chunk_work(*arguments, **named):
        begun.append(arguments)
        if len(begun) == int(at) and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        done = work(*arguments, **named)
        if len(begun) == int(at):
            os.kill(os.getpid(), signal.SIGKILL)
        return done
    return chunk_work

runs.plan_chunk, runs.bill_chunk = deadly(runs.plan_chunk), deadly(runs.bill_chunk)
runs.run_billing_chunks(run_id=int(run))
"""


@pytest.fixture(autouse=True)
def _people(transactional_db, monkeypatch):
    monkeypatch.setattr(runs, "CHUNK", CHUNK)
    load_shipped_policies()
    for turn in range(PEOPLE):
        person = ResidentFactory()
        InsuredFactory(resident=person)
        if turn % 3 == 1:
            RecognitionFactory(resident=person, of="subsistence_allowance")
        if turn % 5 == 4:
            InsuredSpellFactory(resident=person)


def opened():
    return open_billing(area=harbin(), coverage_year=2025, today=FIRST_DAY)


def killed(run, *, at, when):
    """Have a process work on the run, and see it killed at its chunk number `at`."""
    command = [sys.executable, "-c", WORKER, connection.settings_dict["NAME"], str(run.pk), str(at), when]
    settings = {"DJANGO_SETTINGS_MODULE": "config.settings.test"}
    done = subprocess.run(command, env=os.environ | settings, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()[-2000:]


def outcome(run):
    """Return all that a run left: what everybody owes with its working and history, its groups, its counts."""
    run.refresh_from_db()
    years = ContributionPeriod.objects.filter(coverage_year=2025)
    groups = BillingGroup.objects.filter(run=run).order_by("planned", "billed", "pk")
    return {
        "people": {key: said(key, 2025) for key in years.values_list("resident", flat=True)},
        "rows": [model.objects.count() for model in (Enrollment, ContributionPeriod, AssistanceGrant)],
        "histories": [model.history.count() for model in (Enrollment, ContributionPeriod, AssistanceGrant)],
        "groups": sorted(groups.values_list("planned", "billed", "refusal")),
        "counts": run.counts,
        "state": run.state,
    }


def undisturbed():
    """Return what a run comes to that nobody disturbs; nothing of it stays."""
    with transaction.atomic():
        run = opened()
        run_billing_chunks(run_id=run.pk)
        confirm_billing(run_id=run.pk)
        left = outcome(run_billing_chunks(run_id=run.pk))
        transaction.set_rollback(True)
    assert left["state"] == BillingState.DONE
    return left


def states(job):
    return list(JobChunk.objects.filter(job=job).order_by("seq").values_list("status", flat=True))


@pytest.mark.parametrize("when", ["before", "written"])
def test_a_killed_worker_loses_only_the_chunk_it_was_in(when):
    expected = undisturbed()
    run = opened()
    chunks = PEOPLE // CHUNK

    killed(run, at=2, when=when)
    assert states(run.planning) == [JobStatus.DONE, *[JobStatus.QUEUED] * (chunks - 1)]
    assert waiting_billings() == [run.pk]
    run_billing_chunks(run_id=run.pk)
    run = confirm_billing(run_id=run.pk)
    assert not ContributionPeriod.objects.filter(coverage_year=2025).exists()

    killed(run, at=2, when=when)
    billed = ContributionPeriod.objects.filter(coverage_year=2025).count()
    killed(run, at=2, when=when)
    assert states(run.billing) == [JobStatus.DONE] * 2 + [JobStatus.QUEUED] * (chunks - 2)
    assert 0 < billed < ContributionPeriod.objects.filter(coverage_year=2025).count() < PEOPLE
    assert waiting_billings() == [run.pk]

    assert outcome(run_billing_chunks(run_id=run.pk)) == expected
    assert waiting_billings() == []


def test_one_killed_in_its_last_chunk_is_finished_by_the_next():
    expected = undisturbed()
    run = opened()
    run_billing_chunks(run_id=run.pk)
    confirm_billing(run_id=run.pk)

    killed(run, at=PEOPLE // CHUNK, when="written")

    assert outcome(run_billing_chunks(run_id=run.pk)) == expected
    assert outcome(run_billing_chunks(run_id=run.pk)) == expected
