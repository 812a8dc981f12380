"""Year ends as proposals: who may decide, what is refused, how they are taken back, and who is counted where."""

import datetime
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from benefits.batch.run_tables import rows_of, run_table
from benefits.models import Claim, IncentiveRevision, IncentiveRun, IncentiveState, RunState
from benefits.services import year_end
from benefits.services.settle import settle_claims
from benefits.services.year_end import YearBeforeOpen, propose_year_end, run_year_end_chunks
from benefits.services.year_end_decisions import (
    YearEndInUse,
    approve_year_end,
    cancel_year_end,
    reject_year_end,
    undo_year_end,
)
from benefits.tasks import resume_year_ends
from exchange.models import JobStatus
from exchange.services.jobs import pause_job
from policy.errors import DomainError
from registry.models import Resident, Role
from tests.benefits.factories import approved, bill, closed_year, hospital, insured, law, reviewer, somebody
from tests.benefits.test_year_end import policy_also_for
from tests.registry.factories import StaffScopeFactory, area, harbin

pytestmark = pytest.mark.django_db
NEW_YEAR = datetime.date(2026, 1, 5)


@pytest.fixture(autouse=True)
def _law_and_hospital():
    law()
    hospital()


@pytest.fixture
def person() -> Resident:
    return insured(somebody(1))


@pytest.fixture
def proposed(person) -> IncentiveRun:
    return propose_year_end(area=harbin(), year=2025, today=NEW_YEAR, user=reviewer("proposer"))


def decide(service, run, *, by="second", reason="抽查无误"):
    return service(run_id=run.pk, user=reviewer(by), reason=reason)


def refused(service, run, **given) -> str:
    with pytest.raises(DomainError) as error:
        decide(service, run, **given)
    return error.value.message


def test_whoever_proposed_does_not_approve_and_everybody_says_why(proposed):
    assert refused(approve_year_end, proposed, by="proposer") == "发起人不能复核自己的核算"
    assert refused(approve_year_end, proposed, reason=" ") == "请填写原因"
    assert IncentiveState.objects.count() == 0

    done = decide(approve_year_end, proposed)

    assert (done.state, done.decided_by, done.reason) == (RunState.APPLIED, reviewer("second"), "抽查无误")
    assert IncentiveState.objects.count() == 1


WRONG = [
    (approve_year_end, RunState.COMPUTING),
    (approve_year_end, RunState.REJECTED),
    (approve_year_end, RunState.UNDONE),
    (reject_year_end, RunState.APPLIED),
    (cancel_year_end, RunState.APPLIED),
    (cancel_year_end, RunState.CANCELLED),
    (undo_year_end, RunState.PROPOSED),
    (undo_year_end, RunState.UNDONE),
]


@pytest.mark.parametrize(("service", "state"), WRONG)
def test_what_a_state_does_not_allow_is_refused_in_words(proposed, service, state):
    IncentiveRun.objects.update(state=state)

    assert "不能这样办理" in refused(service, proposed)
    assert IncentiveRun.objects.get().state == state


@pytest.mark.parametrize(
    ("service", "state"),
    [(reject_year_end, RunState.REJECTED), (cancel_year_end, RunState.CANCELLED)],
)
def test_after_one_given_up_another_may_be_made(proposed, service, state):
    assert decide(service, proposed, reason="名单有误").state == state

    again = propose_year_end(area=harbin(), year=2025, today=NEW_YEAR)

    assert again.pk != proposed.pk
    assert len(rows_of(proposed.pk, "", {})) == len(rows_of(again.pk, "", {})) == 1
    assert approved(again).state == RunState.APPLIED


@pytest.mark.parametrize(
    "tampered",
    [
        "UPDATE {run} SET next_cap = 500000",
        "UPDATE {run} SET decided_at = now()",
        "DELETE FROM {run}",
    ],
)
def test_rows_changed_since_they_were_shown_are_not_applied(proposed, tampered):
    with connection.cursor() as cursor:
        cursor.execute(tampered.format(run=run_table(proposed.pk)))

    assert "与展示的不一致" in refused(approve_year_end, proposed)
    assert (IncentiveState.objects.count(), IncentiveRun.objects.get().state) == (0, RunState.PROPOSED)


def test_another_policy_than_it_was_computed_by_is_refused(proposed):
    IncentiveRun.objects.update(policy_digest="another")

    assert "有变更" in refused(approve_year_end, proposed)


def test_the_year_before_is_decided_first(proposed):
    policy_also_for(2026)

    with pytest.raises(YearBeforeOpen):
        propose_year_end(area=harbin(), year=2026, today=datetime.date(2027, 1, 5))


def test_undone_it_counts_no_more_and_another_may_be_made(person, proposed):
    policy_also_for(2026)
    insured(person, 2026)
    done = approved(proposed)

    undone = decide(undo_year_end, done, reason="名单有误")

    assert (undone.state, undone.undo_reason) == (RunState.UNDONE, "名单有误")
    assert IncentiveState.objects.count() == 0
    assert len(rows_of(done.pk, "", {})) == 1
    settle_claims(claims=[bill(person, "B1", 900000, day=datetime.date(2026, 3, 1), basic_paid=0)], user=None)
    assert Claim.objects.get().critical_illness_paid == Decimal(400000)
    assert closed_year(area=harbin(), year=2025, today=NEW_YEAR).counts["resettled"] == 1
    assert Claim.objects.get().critical_illness_paid == Decimal(404000)


def test_what_claims_met_is_not_undone(person, proposed):
    policy_also_for(2026)
    insured(person, 2026)
    done = approved(proposed)
    settle_claims(claims=[bill(person, "B1", 900000, day=datetime.date(2026, 3, 1), basic_paid=0)], user=None)

    with pytest.raises(YearEndInUse, match="次年结算 1 笔") as error:
        decide(undo_year_end, done)

    assert error.value.details == {"claims": 1, "corrections": 0, "later": 0}
    assert IncentiveState.objects.count() == 1


def test_claims_below_every_cap_do_not_keep_a_run(person, proposed):
    policy_also_for(2026)
    insured(person, 2026)
    done = approved(proposed)
    settle_claims(claims=[bill(person, "B1", 5000, day=datetime.date(2026, 3, 1))], user=None)

    assert decide(undo_year_end, done).state == RunState.UNDONE


def test_what_a_late_fact_corrected_is_not_undone_but_what_the_run_did_goes_with_it(person, proposed):
    settle_claims(claims=[bill(person, "A1", 5000, settled_on=datetime.date(2026, 1, 6))], user=None)
    done = approved(proposed)
    assert (done.counts["corrected"], IncentiveRevision.objects.get().run) == (1, done)
    settle_claims(claims=[bill(somebody(2), "A2", 5000)], user=None)
    assert decide(undo_year_end, done).state == RunState.UNDONE

    again = closed_year(area=harbin(), year=2025, today=NEW_YEAR)
    insured(healthy := somebody(3))
    assert again.counts["persons"] == 2
    settle_claims(claims=[bill(healthy, "A3", 5000)], user=None)
    assert decide(undo_year_end, again).state == RunState.UNDONE


def test_a_later_year_stands_on_it(proposed):
    policy_also_for(2026)
    done = approved(proposed)
    propose_year_end(area=harbin(), year=2026, today=datetime.date(2027, 1, 5))

    assert "2026 年度核算" in refused(undo_year_end, done)


def test_it_is_not_undone_while_claims_are_being_settled_anew(proposed):
    done = decide(approve_year_end, proposed)

    assert "还没有办完" in refused(undo_year_end, done)


@pytest.mark.raw_writes("somebody moves")
def test_whoever_another_area_counted_is_left_out_and_counted(person, proposed):
    qiqihar = area("230200", name="齐齐哈尔市", parent=harbin().parent)
    approved(proposed)
    Resident.objects.filter(pk=person.pk).update(pooling_area=qiqihar)
    somebody(2, pooling_area=qiqihar)

    moved = closed_year(area=qiqihar, year=2025, today=NEW_YEAR)

    assert (moved.counts["persons"], moved.counts["elsewhere"]) == (1, 1)
    assert IncentiveState.objects.get(resident_id=person.pk).run_id == proposed.pk


@pytest.mark.raw_writes("somebody moves")
def test_whoever_two_runs_counted_at_once_is_in_force_once(person, proposed):
    qiqihar = area("230200", name="齐齐哈尔市", parent=harbin().parent)
    Resident.objects.filter(pk=person.pk).update(pooling_area=qiqihar)
    second = propose_year_end(area=qiqihar, year=2025, today=NEW_YEAR)
    approved(proposed)

    assert "有 1 人已由其他统筹地区核算并生效" in refused(approve_year_end, second)


def test_paused_it_rests_and_resumed_it_goes_on(monkeypatch, person):
    opened = year_end.open_year_end(area=harbin(), year=2025, today=NEW_YEAR)
    pause_job(job=opened.job)
    assert run_year_end_chunks(run_id=opened.pk).state == RunState.COMPUTING
    assert resume_year_ends() == 0

    resumed = year_end.resume_year_end(run_id=opened.pk)

    assert resumed.job.status == JobStatus.QUEUED
    assert run_year_end_chunks(run_id=opened.pk).state == RunState.PROPOSED


def test_the_schedule_takes_up_what_a_killed_worker_left(person):
    opened = year_end.open_year_end(area=harbin(), year=2025, today=NEW_YEAR)

    assert year_end.waiting_year_ends() == [opened.pk]
    run = run_year_end_chunks(run_id=opened.pk)
    assert year_end.waiting_year_ends() == []
    decide(approve_year_end, run)
    assert year_end.waiting_year_ends() == [opened.pk]
    run_year_end_chunks(run_id=opened.pk)
    assert year_end.waiting_year_ends() == []


def test_the_schedule_closes_what_a_worker_killed_after_its_last_chunk_left_open(monkeypatch, proposed):
    decide(approve_year_end, proposed)
    with monkeypatch.context() as killed:
        killed.setattr(year_end, "_close", lambda *, run_id: None)
        run_year_end_chunks(run_id=proposed.pk)

    assert year_end.waiting_year_ends() == [proposed.pk]

    assert run_year_end_chunks(run_id=proposed.pk).counts["resettled"] == 0
    assert year_end.waiting_year_ends() == []


def test_approving_costs_as_many_queries_for_few_as_for_many():
    counts = []
    for serial, people in enumerate((1, 2, 40)):  # the first one makes the year's part of the table
        place = area(f"23{serial + 2}200", name=f"市{serial}", parent=harbin().parent, pooling=True)
        for at in range(people):
            somebody(serial * 100 + at, pooling_area=place)
        run = propose_year_end(area=place, year=2025, today=NEW_YEAR)
        reviewer()
        with CaptureQueriesContext(connection) as captured:
            approved(run)
        counts.append(len(captured))

    assert counts[1] == counts[2]


def said(*words, **given) -> str:
    out = StringIO()
    call_command("recalculate_incentives", *words, area="230100", year=2025, stdout=out, **given)
    return out.getvalue()


def test_the_command_proposes_and_another_person_approves_and_undoes(person):
    boss, second = reviewer("boss"), reviewer("second")
    for user, role in ((boss, Role.SUPERVISOR), (second, Role.REVIEWER)):
        StaffScopeFactory(user=user, area=harbin(), role=role)

    assert "状态：待复核" in said("--propose", by="boss")
    assert "次年封顶线 404000.00：1 人" in said("--status")
    with pytest.raises(CommandError, match="发起人不能复核"):
        said("--approve", by="boss", reason="抽查无误")
    with pytest.raises(CommandError, match="没有这项权限"):
        said("--cancel", by="second", reason="重算")
    assert "状态：已生效（抽查无误）" in said("--approve", by="second", reason="抽查无误")
    assert IncentiveState.objects.count() == 1
    assert "状态：已撤销" in said("--undo", by="second", reason="名单有误")
    assert IncentiveState.objects.count() == 0
    said("--propose")
    assert "状态：已取消（不办了）" in said("--cancel", by="boss", reason="不办了")


@pytest.mark.parametrize(
    ("words", "given", "message"),
    [
        (["--propose"], {"area": "999999"}, "load_areas"),
        (["--propose"], {"area": "130200"}, "没有规定"),
        (["--status"], {}, "还没有核算"),
        (["--propose"], {"by": "nobody"}, "没有用户"),
    ],
)
def test_the_command_says_what_is_wrong(words, given, message):
    area("130200", name="唐山市", parent=area("130000", name="河北省"), pooling=True)

    with pytest.raises(CommandError, match=message):
        call_command("recalculate_incentives", *words, **({"area": "230100", "year": 2025} | given))
