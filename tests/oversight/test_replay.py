"""What was decided is decided again from what was known then, whatever was recorded later."""

import datetime
import io
import os
from collections import Counter
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benefits.models import Claim, Facility
from casework.models import Case
from enrollment.models import ContributionPeriod
from enrollment.services.enroll import enroll
from enrollment.services.payments import record_payments
from enrollment.services.quote import quote
from hardship.models import AssistanceGrant, Recognition
from hardship.services.recognitions import void_recognitions
from oversight.services.replay import replay, replay_of
from tests.benefits.factories import hospital, law
from tests.benefits.test_retroactive import decided, late, looked
from tests.enrollment.factories import row
from tests.oversight.lives import WHAT_HAPPENS, Lives
from tests.registry.factories import ResidentFactory

pytestmark = pytest.mark.django_db
EXAMPLES = int(os.environ.get("REPLAY_EXAMPLES", "12"))
DAY = datetime.date


@pytest.fixture
def lives():
    return Lives()


def decisions():
    return list(replay_of().decisions())


def differing():
    return [each for each in decisions() if not each.equal]


def told(*arguments):
    out = io.StringIO()
    call_command("replay_decisions", *arguments, stdout=out)
    return out.getvalue()


def test_every_decision_replays_as_it_was_stored_after_any_later_edits():
    lives = Lives()
    found = []
    kinds = Counter()

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(WHAT_HAPPENS, min_size=15, max_size=30))
    def holds(happenings):
        before = transaction.savepoint()
        try:
            for person in lives.people:
                person.refresh_from_db()
            for what in happenings:
                lives.happen(what)
            replayed = decisions()
            found.append(len(replayed))
            kinds.update(each.kind for each in replayed)
            assert [each for each in replayed if not each.equal] == []
        finally:
            transaction.savepoint_rollback(before)

    holds()
    assert max(found) > min(found) >= len(decisions())  # the lives do decide things
    assert kinds.keys() >= {"contribution", "claim", "incentive_state"}


def test_what_became_known_later_changes_no_decision_of_before(lives):
    person = lives.people[1]
    paid = ContributionPeriod.objects.get(resident=person, coverage_year=2025)
    lives.happen(("struck_out", 1))
    lives.happen(("recognized", 1, "extreme_hardship", DAY(2023, 1, 1), None))
    lives.happen(("moved", 1, 3, True))

    again = replay(paid)

    assert again is not None
    assert again.equal
    assert again.replayed["assisted"] == paid.assisted > 0
    now = quote(resident_ids=[person.pk], coverage_year=2025, paid_on=paid.quoted_on)[person.pk]
    assert (now.dues.grant.tier, now.policy_key) != (again.stored["grant_tier"], again.policy_key)


def test_a_grant_replays_with_its_payers_and_the_tiers_that_lost(lives):
    lives.happen(("recognized", 1, "severe_disability", DAY(2023, 1, 1), None))
    grant = AssistanceGrant.objects.get(resident=lives.people[1], coverage_year=2025)

    again = replay(grant)

    assert again is not None
    assert again.equal
    assert again.replayed["grant_payers"] == grant.payers
    assert again.replayed["grant_total"] == grant.total
    assert again.trace


def test_a_decision_replays_under_the_version_it_was_taken_under(lives):
    person = ResidentFactory()
    lives.people[0] = person
    for number in range(2):
        lives.happen(("treated", 1, DAY(2025, 3, 15), 30_000))
        lives.happen(("law_changed", number))
        lives.happen(("recognized", 0, "subsistence_allowance", DAY(2023, 9, 1), None))
        lives.happen(("paid", 0, 2025, DAY(2024, 11, 1), False))

    digests = {claim.policy_digest for claim in Claim.objects.filter(coverage_year=2025)}

    assert len(digests) == 2
    assert differing() == []


def test_each_time_a_claim_was_settled_anew_is_a_decision(lives):
    lives.happen(("treated", 1, DAY(2024, 11, 10), 200_000))
    lives.happen(("treated", 1, DAY(2024, 4, 10), 100_000))  # comes late, before the one above
    lives.happen(("recognized", 1, "subsistence_allowance", DAY(2023, 9, 1), None))
    lives.happen(("claim_voided", 1))
    last = Claim.objects.get(total=200_000)

    own = set(last.history.values_list("history_id", flat=True))
    times = [each for each in decisions() if each.kind == "claim" and each.key in own]

    assert last.history.values("reckoned_at").distinct().count() == 3
    assert len(times) == 3
    assert differing() == []
    assert replay(last).replayed["critical_illness_paid"] == last.critical_illness_paid


@pytest.mark.raw_writes("records altered past the program")
def test_a_stored_figure_that_does_not_follow_is_named_and_ends_with_1(lives):
    claim = Claim.objects.get(total=8_000)
    claim.history.update(basic_paid=claim.basic_paid + 1, out_of_pocket=claim.out_of_pocket - 1)
    out = io.StringIO()

    with pytest.raises(SystemExit) as ended:
        call_command("replay_decisions", stdout=out)

    assert ended.value.code == 1
    text = out.getvalue()
    assert f"{claim.resident.masked_id_number} 2024 年度费用结算" in text
    assert f"基本医保支付：原为 {claim.basic_paid + 1}，复算为 {claim.basic_paid}" in text
    assert "1 项不一致" in text
    assert claim.resident.name not in text


@pytest.mark.raw_writes("records altered past the program")
def test_the_command_counts_what_it_replayed(lives):
    everything = told()
    city = told("--area", "130200", "--year", "2025")
    nobody = told("--area", "130200", "--year", "2024")
    ContributionPeriod.objects.update(decided_at=None)

    assert "0 项不一致" in everything
    assert city.endswith("1 人：1 项一致，0 项不一致\n")
    assert nobody.endswith("1 人：0 项一致，0 项不一致\n")
    assert told("--sample", "2").splitlines()[-1].startswith("2 人：")
    assert "没有留存核定时间" in told()
    with pytest.raises(CommandError, match="没有代码为 999999 的地区"):
        told("--area", "999999")


@pytest.mark.raw_writes("records altered past the program")
def test_a_bureau_without_the_law_of_then_is_told_so(lives):
    paid = ContributionPeriod.objects.get(resident=lives.people[1], coverage_year=2025)
    before = paid.decided_at - datetime.timedelta(days=1)
    paid.history.update(decided_at=before)
    paid.decided_at = before

    again = replay(paid)

    assert again is not None
    assert again.replayed is None
    assert again.refusal == "核定时的记录里没有此人"
    assert not again.equal


@pytest.mark.raw_writes("records altered past the program")
def test_the_grade_of_the_hospital_is_that_of_then(lives):
    Facility.objects.update(grade="grade_1")

    assert differing() == []


def test_a_chunk_costs_the_same_queries_for_few_and_for_many(lives):
    def insured(count):
        people = [ResidentFactory().pk for _ in range(count)]
        enroll(resident_ids=people, coverage_year=2025, on=DAY(2024, 10, 8))
        record_payments(
            rows=[
                row(each.resident, DAY(2024, 10, 9))
                for each in ContributionPeriod.objects.filter(resident__in=people)
            ]
        )

    def cost():
        with CaptureQueriesContext(connection) as seen:
            decisions()
        return len(seen)

    insured(3)
    few = cost()
    insured(27)

    assert cost() == few
    assert few <= 35


def test_two_years_paid_in_one_file_are_decided_one_after_the_other(lives):
    newborn = lives.people[2]
    lives.happen(("paid_two_years", 2, DAY(2025, 2, 28)))

    years = ContributionPeriod.objects.filter(resident=newborn).order_by("decided_at")

    assert [each.coverage_year for each in years] == [2024, 2025]
    assert sum((each.paid for each in years), Decimal(0)) > 0
    assert differing() == []


def test_what_a_case_decided_of_settled_claims_replays_too():
    law()
    hospital()
    person, start = late()
    looked(start)
    decided(Case.objects.get(kind="retroactive_change"), "claims")
    ids = Recognition.objects.values_list("pk", flat=True)
    void_recognitions(recognition_ids=list(ids), reason="差错")

    replayed = decisions()

    assert [each.equal for each in replayed] == [True] * 4
    assert [each.stored["assistance_paid"] for each in replayed] == [
        0,
        0,
        Decimal("11457.60"),
        Decimal("2884.00"),
    ]
    assert {each.resident_id for each in replayed} == {person.pk}
