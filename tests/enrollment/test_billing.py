"""A billing run: planned, confirmed, billed in chunks; killed, repeated and shared it comes to the same."""

import datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enrollment.batch import billing_people
from enrollment.models import (
    BillingGroup,
    BillingLeftOut,
    BillingScope,
    BillingState,
    ContributionPeriod,
    Enrollment,
    LeftOut,
    Working,
)
from enrollment.selectors.billing import billing_lines, billing_totals, left_out_of, payer_totals
from enrollment.services.billing import chunk as chunks
from enrollment.services.billing import runs
from enrollment.services.billing.runs import (
    BillingNotPlanned,
    BillingOpen,
    cancel_billing,
    confirm_billing,
    open_billing,
    run_billing_chunks,
)
from enrollment.services.enroll import enroll, withdraw
from enrollment.services.payments import record_payments
from enrollment.services.replay import replay_contributions
from exchange.models import JobStatus
from exchange.services.jobs import pause_job, resume_job
from tests.enrollment.factories import InsuredFactory, row
from tests.hardship.factories import RecognitionFactory, UserFactory
from tests.registry.factories import InsuredSpellFactory, ResidentFactory, daoli, harbin, tangshan

pytestmark = pytest.mark.usefixtures("law")
DAY = datetime.date
FIRST_DAY = DAY(2024, 9, 1)


def insured(**said):
    person = ResidentFactory(**said)
    InsuredFactory(resident=person)
    return person


def planned(**said):
    terms = {"area": harbin(), "coverage_year": 2025, "today": FIRST_DAY}
    run = open_billing(**(terms | said))
    return run_billing_chunks(run_id=run.pk)


def billed(**said):
    run = planned(**said)
    confirm_billing(run_id=run.pk)
    return run_billing_chunks(run_id=run.pk)


@pytest.fixture
def _small_chunks(monkeypatch):
    monkeypatch.setattr(runs, "CHUNK", 2)


def of_year():
    return set(ContributionPeriod.objects.filter(coverage_year=2025).values_list("resident", flat=True))


def test_a_plan_registers_nobody_and_says_what_it_would_do():
    clerk, ordinary = UserFactory(), insured()
    poor = insured()
    RecognitionFactory(resident=poor, of="subsistence_allowance")

    run = planned(user=clerk)

    assert (run.state, run.pay_day, run.started_by) == (BillingState.PLANNED, FIRST_DAY, clerk)
    assert run.counts == {"planned": {"people": 2, "left_out": {}}}
    assert of_year() == set()
    lines = {line.tier: line for line in billing_lines(run)}
    aided = next(line for tier, line in lines.items() if tier)
    assert (lines[""].people, lines[""].due, lines[""].payable) == (1, 400, 400)
    assert (aided.people, aided.due) == (1, 400)
    assert aided.assisted + aided.payable == 400
    totals = billing_totals(lines.values())
    assert totals["due"] == 800
    assert sum(payer_totals(run).values()) == totals["assisted"] == aided.assisted > 0
    assert BillingGroup.objects.get(pk=lines[""].group_id).example == ordinary
    assert BillingGroup.objects.get(pk=lines[""].group_id).working.steps[-1]["label"] == "个人应缴"


def test_everybody_left_out_has_a_reason():
    born = {"born_on": DAY(1990, 1, 1)}
    moved_out = insured(living_area=tangshan(), pooling_area=tangshan(), **born)
    dead = insured(died_on=DAY(2024, 8, 31), **born)
    enrolled, taken_back, employed, lapsed = insured(), insured(), insured(), ResidentFactory()
    enroll(resident_ids=[enrolled.pk, taken_back.pk], coverage_year=2025, on=FIRST_DAY)
    withdraw(resident_ids=[taken_back.pk], coverage_year=2025, reason="外出务工")
    InsuredSpellFactory(resident=employed, starts_on=DAY(2024, 8, 1), ends_on=None)
    InsuredFactory(resident=lapsed, year=2022)
    moved_in, new = ResidentFactory(), ResidentFactory()
    InsuredFactory(resident=moved_in, enrollment__pooling_area=tangshan())

    run = billed()

    reasons = dict(left_out_of(run).values_list("resident", "reason"))
    assert reasons == {
        moved_out.pk: LeftOut.MOVED_OUT,
        dead.pk: LeftOut.DEAD,
        taken_back.pk: LeftOut.WITHDRAWN,
        employed.pk: LeftOut.ELSEWHERE,
        lapsed.pk: LeftOut.LAPSED,
        moved_in.pk: LeftOut.MOVED_IN,
        new.pk: LeftOut.NEVER_INSURED,
    }
    left_out = dict.fromkeys(reasons.values(), 1) | {LeftOut.ENROLLED: 1}
    assert run.counts["billed"] == {"people": 0, "left_out": left_out}


def test_cover_that_ends_before_the_year_does_not_stop_a_renewal():
    person = insured()
    InsuredSpellFactory(resident=person, starts_on=DAY(2024, 3, 1), ends_on=DAY(2024, 12, 1))

    billed()

    assert of_year() == {person.pk}


def test_without_policy_nobody_is_billed_and_the_plan_says_so():
    person = insured()

    run = planned(coverage_year=2031, scope=BillingScope.EVERYONE)

    assert run.counts["planned"] == {"people": 0, "left_out": {"policy_not_found": 1}}
    assert BillingGroup.objects.get(run=run).message.startswith("230102")
    assert left_out_of(run, reason="policy_not_found").get().resident == person


def test_a_billed_person_pays_and_is_quoted_anew_like_anybody_else():
    person = insured()
    billed()
    shared = ContributionPeriod.objects.get(resident=person, coverage_year=2025)
    assert (shared.trace, shared.steps[-1]["figure"]) == ([], "400.00")

    (outcome,) = record_payments(rows=[row(person, DAY(2024, 10, 8))])

    paid = ContributionPeriod.objects.get(resident=person, coverage_year=2025)
    assert (outcome.code, paid.trace, paid.steps[-1]["figure"]) == ("", [], "400.00")
    replayed = replay_contributions(resident_ids=[person.pk], coverage_year=2025)
    assert len(replayed) == 2
    assert all(each.stored == each.replayed for each in replayed)


@pytest.mark.usefixtures("_small_chunks")
def test_a_broken_run_goes_on_and_bills_nobody_twice(monkeypatch):
    people = {insured().pk for _ in range(5)}
    run = planned()
    confirm_billing(run_id=run.pk)
    write, calls = chunks.write_contributions, []

    def dies_once(bill, *, grants):
        calls.append(bill)
        if len(calls) == 2:
            raise RuntimeError("killed")
        return write(bill, grants=grants)

    monkeypatch.setattr(chunks, "write_contributions", dies_once)
    broken = run_billing_chunks(run_id=run.pk)
    assert (broken.state, broken.billing.status, len(of_year())) == (
        BillingState.BILLING,
        JobStatus.FAILED,
        3,
    )
    assert Enrollment.objects.filter(coverage_year=2025).count() == 3

    whole = run_billing_chunks(run_id=run.pk)

    assert (whole.state, of_year()) == (BillingState.DONE, people)
    assert whole.counts["billed"] == {"people": 5, "left_out": {}}
    assert run_billing_chunks(run_id=run.pk).counts == whole.counts


def test_a_sample_finds_people_taken_for_alike_who_are_not(monkeypatch):
    for _ in range(4):
        insured()
        RecognitionFactory(resident=insured(), of="subsistence_allowance")
    blind = billing_people.PEOPLE.replace("held.identities, supported", "NULL, supported")
    monkeypatch.setattr(billing_people, "PEOPLE", blind)

    run = billed()

    assert (run.state, run.billing.status) == (BillingState.BILLING, JobStatus.FAILED)
    assert "GroupDisagrees" in run.billing.chunks.get().error
    assert of_year() == set()


def test_a_second_run_bills_only_newcomers():
    first = insured()
    billed()
    before = ContributionPeriod.objects.get(resident=first, coverage_year=2025)
    newcomer = insured()

    run = billed()

    assert run.counts["billed"] == {"people": 1, "left_out": {LeftOut.ENROLLED: 1}}
    assert of_year() == {first.pk, newcomer.pk}
    assert ContributionPeriod.objects.get(pk=before.pk).decided_at == before.decided_at
    assert Working.objects.count() == 1
    assert not BillingLeftOut.objects.filter(run=run).exists()


def test_an_open_run_is_taken_up_and_other_terms_are_refused():
    insured()
    run = planned()

    assert open_billing(area=harbin(), coverage_year=2025, today=DAY(2024, 9, 9)) == run
    with pytest.raises(BillingOpen):
        open_billing(area=harbin(), coverage_year=2025, today=FIRST_DAY, scope=BillingScope.EVERYONE)
    cancel_billing(run_id=run.pk)
    with pytest.raises(BillingNotPlanned):
        confirm_billing(run_id=run.pk)
    assert open_billing(area=harbin(), coverage_year=2025, today=FIRST_DAY) != run


@pytest.mark.usefixtures("_small_chunks")
def test_a_paused_run_rests_until_it_is_resumed():
    people = {insured().pk for _ in range(3)}
    run = planned()
    confirm_billing(run_id=run.pk)
    run.refresh_from_db()
    pause_job(job=run.billing)

    assert run_billing_chunks(run_id=run.pk).state == BillingState.BILLING
    assert of_year() == set()

    resume_job(job=run.billing)
    assert run_billing_chunks(run_id=run.pk).state == BillingState.DONE
    assert of_year() == people


def test_a_chunk_asks_as_often_for_many_as_for_few():
    def queries(people):
        for _ in range(people):
            RecognitionFactory(resident=insured())
            insured()
        run = planned()
        confirm_billing(run_id=run.pk)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert run_billing_chunks(run_id=run.pk).counts["billed"]["people"] == 2 * people
        return len(asked)

    queries(1)  # what later runs find in place already
    assert queries(2) == queries(12)


def test_a_town_is_billed_alone():
    here, elsewhere = insured(), insured(living_area=harbin())

    run = billed(area=daoli())

    assert of_year() == {here.pk}
    assert run.counts["billed"]["left_out"] == {}
    assert elsewhere.pk not in of_year()


def test_the_command_plans_and_bills_and_says_both():
    insured()
    said = StringIO()

    call_command("bill_year", area="230100", year=2025, pay_day=FIRST_DAY, stdout=said)
    assert "可开单 1 人" in said.getvalue()
    assert of_year() == set()
    call_command("bill_year", area="230100", year=2025, pay_day=FIRST_DAY, wet_run=True, stdout=said)
    assert "已开单 1 人" in said.getvalue()
    assert len(of_year()) == 1

    with pytest.raises(CommandError, match="load_areas"):
        call_command("bill_year", area="999999", year=2025)
