"""Year ends: planned, run once, killed and taken up again, corrected by late facts."""

import datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from benefits.batch import incentives as batch
from benefits.batch.run_tables import make_year, rows_of
from benefits.models import Accumulator, Claim, IncentiveRevision, IncentiveRun, IncentiveState, RunState
from benefits.services import year_end
from benefits.services.settle import settle_claims
from benefits.services.void import void_claim
from benefits.services.year_end import NotPoolingArea, YearNotOver, propose_year_end
from benefits.services.year_end_checks import TwinDisagrees
from benefits.tasks import launch_year_ends
from exchange.models import Job, JobStatus
from policy.errors import PolicyNotFound, RuleNotPublished
from policy.models import PolicyStatus, PolicyVersion
from registry.models import Resident
from tests.benefits.factories import approved, bill, closed_year, hospital, insured, law, recognized, somebody
from tests.registry.factories import area, daoli, harbin, tangshan

pytestmark = pytest.mark.django_db
NEW_YEAR = datetime.date(2026, 1, 5)


@pytest.fixture(autouse=True)
def _law_and_hospital():
    law()
    hospital()


def policy_also_for(year: int) -> None:
    """Carry the approved policies of 2025 on to another year."""
    for version in PolicyVersion.objects.filter(year=2025):
        text = version.text.replace("year = 2025", f"year = {year}", 1).replace('/2025"', f'/{year}"')
        PolicyVersion.objects.create(
            area=version.area, year=year, number=1, text=text, status=PolicyStatus.APPROVED, title="沿用"
        )


def a_city() -> dict[str, Resident]:
    people = {
        name: somebody(at) for at, name in enumerate(["healthy", "ill", "lapsed", "never", "poor", "gone"])
    }
    for name in ("healthy", "ill", "poor"):
        insured(people[name], 2025)
    insured(people["lapsed"], 2024)
    recognized(people["poor"], "subsistence_allowance", datetime.date(2025, 6, 1))
    settle_claims(claims=[bill(people["ill"], "A1", 5000)], user=None)
    return people


def propose(**changes):
    return propose_year_end(**({"area": harbin(), "year": 2025, "today": NEW_YEAR} | changes))


def run(**changes):
    return closed_year(**({"area": harbin(), "year": 2025, "today": NEW_YEAR} | changes))


def computed(made):
    return rows_of(made.pk, "ORDER BY resident_id", {})


def state(person, year=2025):
    return IncentiveState.objects.get(resident_id=person.pk, year=year)


def test_a_proposal_shows_what_it_then_does_and_counts_for_nothing():
    a_city()

    shown = propose()

    assert (shown.state, IncentiveState.objects.count()) == (RunState.PROPOSED, 0)
    told = dict(shown.counts)
    assert told["persons"] == 6
    assert (told["insured"], told["zero_claim"], told["lapsed"], told["excluded"]) == (3, 2, 1, 1)
    assert told["caps"] == {"396000.00": 1, "400000.00": 4, "404000.00": 1}
    assert told["changes"] == {"-4000.00": 1, "0.00": 4, "4000.00": 1}
    assert sum(sum(part.values()) for part in told["by_town"].values()) == 6
    assert told["by_category"]["subsistence_allowance"] == {"0.00": 1}
    assert told["by_category"][""] == {"-4000.00": 1, "0.00": 3, "4000.00": 1}
    rows = [(row.resident_id, row.next_cap, row.decided_at) for row in computed(shown)]

    applied = approved(shown)

    assert applied.counts == told | {"corrected": 0, "resettled": 0}
    assert applied.following is not None
    assert applied.following.done == applied.following.total == 6
    states = IncentiveState.objects.order_by("resident_id").values_list(
        "resident_id", "next_cap", "decided_at"
    )
    assert list(states) == rows


def test_run_leaves_the_state_of_everybody():
    people = a_city()

    done = run()

    assert done.state == RunState.APPLIED
    assert (state(people["healthy"]).zero_claim_pending, state(people["ill"]).zero_claim_pending) == (
        True,
        False,
    )
    assert (state(people["lapsed"]).lapsed_years, state(people["lapsed"]).next_cap) == (1, Decimal(396000))
    assert (state(people["never"]).ever_insured, state(people["never"]).lapsed_years) == (False, 0)
    assert (state(people["poor"]).excluded, state(people["poor"]).next_cap) == (True, Decimal(400000))


def test_the_dead_have_no_state_after_their_last_year():
    died_before, died_in = (
        insured(somebody(at, died_on=day), 2024)
        for at, day in enumerate((datetime.date(2024, 12, 31), datetime.date(2025, 1, 1)))
    )

    assert run().counts["persons"] == 1
    assert state(died_in).lapsed_years == 1
    assert not IncentiveState.objects.filter(resident_id=died_before.pk).exists()


def test_run_twice_does_nothing():
    a_city()
    first = run()
    before = list(IncentiveState.objects.order_by("resident_id").values())

    second = propose()

    assert second.pk == first.pk
    assert (IncentiveRun.objects.count(), Job.objects.count()) == (1, 2)
    assert list(IncentiveState.objects.order_by("resident_id").values()) == before


def test_a_broken_run_goes_on_where_it_stopped(monkeypatch):
    a_city()
    monkeypatch.setattr(year_end, "CHUNK", 2)
    calls = []

    def breaks(*args, **kwargs):
        calls.append(kwargs)
        if len(calls) == 2:
            raise RuntimeError("power cut")
        return batch.write_states(*args, **kwargs)

    monkeypatch.setattr(year_end, "write_states", breaks)
    broken = propose()
    assert broken.state == RunState.FAILED
    assert broken.job.status == JobStatus.FAILED
    assert len(computed(broken)) == 4

    done = propose()

    assert done.pk == broken.pk
    assert done.state == RunState.PROPOSED
    assert len(calls) == 4
    assert len(computed(done)) == done.counts["persons"] == 6


def test_a_chunk_whose_sample_disagrees_is_not_written(monkeypatch):
    a_city()

    def disagrees(*_args, **_kwargs):
        raise TwinDisagrees("resident 1")

    monkeypatch.setattr(year_end, "check_sample", disagrees)

    failed = propose()
    assert failed.state == RunState.FAILED
    assert computed(failed) == []


def test_chunks_of_a_run_are_not_worked_out_by_another_policy_than_it_names():
    a_city()
    opened = year_end.open_year_end(area=harbin(), year=2025, today=NEW_YEAR)
    IncentiveRun.objects.update(policy_digest="another")

    given_up = year_end.run_year_end_chunks(run_id=opened.pk)

    assert (given_up.state, given_up.reason) == (RunState.CANCELLED, "核算发起后政策有变更，请重新核算")
    assert computed(opened) == []
    assert propose().counts["persons"] == 6


def test_people_are_held_before_the_moment_of_their_states_is_taken():
    a_city()

    with CaptureQueriesContext(connection) as seen:
        done = run()

    statements = [each["sql"] for each in seen]
    held = next(at for at, each in enumerate(statements) if "FOR NO KEY UPDATE" in each and "died_on" in each)
    written = next(at for at, each in enumerate(statements) if "written AS (INSERT" in each)
    moments = set(IncentiveState.objects.values_list("decided_at", flat=True))
    assert held < written
    assert len(moments) == 1
    assert done.started_at < moments.pop() < done.proposed_at < done.applied_at


def test_a_changed_policy_begins_another_run():
    a_city()
    started = year_end.open_year_end(area=harbin(), year=2025, today=NEW_YEAR)
    end, _ = year_end.year_end_of(area=harbin(), year=2025, today=NEW_YEAR)
    batch.write_states(end, run_id=started.pk, first=1, last=10**9)
    IncentiveRun.objects.update(policy_digest="another")

    done = propose()

    assert done.pk != started.pk
    assert IncentiveRun.objects.get(pk=started.pk).state == RunState.CANCELLED
    assert len(computed(done)) == len(computed(started)) == 6


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"today": datetime.date(2025, 12, 31)}, YearNotOver),
        ({"area": "county"}, NotPoolingArea),
        ({"area": "tangshan"}, RuleNotPublished),
        ({"year": 2019}, PolicyNotFound),
    ],
)
def test_refuse_what_cannot_be_run(changes, error):
    places = {"county": daoli, "tangshan": tangshan}
    if "area" in changes:
        changes = {"area": places[changes["area"]]()}

    with pytest.raises(error):
        run(**changes)

    assert IncentiveRun.objects.count() == 0


def test_the_day_after_the_year_is_over():
    assert propose(today=datetime.date(2026, 1, 1)).state == RunState.PROPOSED


def test_as_many_queries_for_few_as_for_many():
    parent = harbin().parent
    qiqihar = area("230200", name="齐齐哈尔市", parent=parent)
    counts = []
    for place, people in ((harbin(), range(20)), (qiqihar, range(20, 220))):
        for at in people:
            somebody(at, pooling_area=place)
    PolicyVersion.objects.filter(area="230100").delete()  # both under the province's law
    policy_also_for(2024)
    make_year(2025)
    for place in (harbin(), qiqihar):
        run(area=place, year=2024)
        year_end.year_end_of(area=place, year=2025, today=NEW_YEAR)  # the policy is read once
        with CaptureQueriesContext(connection) as captured:
            run(area=place)
        counts.append(len(captured))

    assert counts[0] == counts[1]


def test_the_cap_of_the_next_year_holds_for_its_claims():
    policy_also_for(2026)
    people = a_city()
    run()
    insured(people["healthy"], 2026)
    day = datetime.date(2026, 3, 1)

    (outcome,) = settle_claims(
        claims=[bill(people["healthy"], "B1", 900000, day=day, basic_paid=0)], user=None
    )

    assert outcome.claim.critical_illness_paid == Decimal(404000)
    assert Accumulator.objects.get(coverage_year=2026).increase_used
    assert any("零报销激励 1 档" in step["label"] for step in outcome.claim.trace["cap"])


def test_claims_settled_before_the_year_end_get_the_cap_it_brings():
    policy_also_for(2026)
    people = a_city()
    insured(people["lapsed"], 2026)
    insured(people["healthy"], 2026)
    early = datetime.date(2026, 1, 2)
    settle_claims(
        claims=[
            bill(people["lapsed"], "B1", 900000, day=early, basic_paid=0),
            bill(people["healthy"], "B2", 900000, day=early, basic_paid=0),
        ],
        user=None,
    )
    assert set(Claim.objects.filter(coverage_year=2026).values_list("critical_illness_paid", flat=True)) == {
        Decimal(400000)
    }

    assert run().counts["resettled"] == 2

    paid = dict(Claim.objects.filter(coverage_year=2026).values_list("number", "critical_illness_paid"))
    assert paid == {"B1": Decimal(396000), "B2": Decimal(404000)}


def test_a_late_claim_takes_the_zero_claim_credit_back_and_a_reversal_returns_it():
    people = a_city()
    run()

    (late,) = settle_claims(
        claims=[bill(people["healthy"], "A2", 3000, settled_on=datetime.date(2026, 2, 1))], user=None
    )

    assert state(people["healthy"]).zero_claim_pending is False
    assert state(people["healthy"]).next_cap == Decimal(400000)
    revision = IncentiveRevision.objects.get()
    assert (revision.before["next_cap"], revision.after["next_cap"]) == ("404000.00", "400000.00")

    void_claim(claim=late.claim, user=None, reason="误报")

    assert state(people["healthy"]).next_cap == Decimal(404000)
    assert IncentiveRevision.objects.count() == 2


def test_the_schedule_runs_every_pooling_area_that_has_people():
    a_city()

    results = launch_year_ends()

    assert results == {"230100": RunState.COMPUTING}
