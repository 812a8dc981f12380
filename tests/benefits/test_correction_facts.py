"""What a correction knows of the person: what the claim it corrects knew, and nothing that came since."""

import datetime
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from benefits.models import Claim, PayoutAdjustment
from benefits.services.facilities import load_facilities
from benefits.services.manual_entries import begin_amendment, new_claim_of
from benefits.services.replay import replayed_claims
from benefits.services.settle import settle_claims
from casework.models import Case
from hardship.services.recognitions import NewRecognition, end_recognitions, recognize
from policy.models import PolicyVersion
from registry.batch.history import update_with_history
from registry.models import Resident
from tests.benefits.factories import bill, hospital, insured, law
from tests.benefits.test_claim_corrections import correcting
from tests.benefits.test_retroactive import decided, looked
from tests.benefits.test_year_end import policy_also_for
from tests.hardship.factories import category

pytestmark = pytest.mark.django_db
DAY = datetime.date
LOW = "subsistence_allowance"
ORDINARY, HELPED = (Decimal(71500), Decimal(0)), (Decimal(81300), Decimal(21490))


@pytest.fixture(autouse=True)
def _law_and_hospital():
    law()
    hospital()


def known(person):
    category(LOW)
    (made,) = recognize(
        rows=[NewRecognition(resident_id=person.pk, category=LOW, valid_from=DAY(2025, 2, 1))], reason="test"
    )
    return made


def paid(claim):
    return claim.critical_illness_paid, claim.assistance_paid


def settled(claim) -> Claim:
    (outcome,) = settle_claims(claims=[claim], user=None)
    assert outcome.claim is not None, outcome.message
    return outcome.claim


def a_fen_more(first, **changes):
    """Return the bill with a fen more that the patient pays alone."""
    return correcting(first, total=first.total + Decimal("0.01"), **changes)


def replays(person) -> None:
    decisions = replayed_claims(resident_ids=[person.pk]).decisions
    assert decisions
    assert [each.refusal for each in decisions] == [""] * len(decisions)
    assert [each.stored for each in decisions] == [each.replayed for each in decisions]


@pytest.mark.parametrize("settled_on", [DAY(2025, 3, 10), DAY(2025, 6, 2)])
def test_a_correction_of_a_fen_brings_in_no_identity_known_late(settled_on):
    person = insured()
    first = bill(person, "A1", 112000, basic_paid=0)
    before = settled(first)
    assert paid(before) == ORDINARY
    known(person)

    claim = settled(a_fen_more(first, settled_on=settled_on))

    assert (paid(claim), claim.categories, claim.known_at) == (ORDINARY, [], before.known_at)
    replays(person)


def test_a_correction_leaves_what_two_people_decided_not_to_apply():
    person = insured()
    first = bill(person, "A1", 112000, basic_paid=0)
    settled(first)
    start = timezone.now()
    known(person)
    looked(start)
    decided(Case.objects.get(kind="retroactive_change"), "leave")
    start = timezone.now()

    claim = settled(a_fen_more(first))

    assert paid(claim) == ORDINARY
    assert looked(start) == {}
    moved = PayoutAdjustment.objects.filter(claim=claim)
    assert not moved.exists()


@pytest.mark.parametrize("settled_on", [DAY(2025, 3, 10), DAY(2025, 6, 2)])
def test_a_correction_keeps_what_two_people_decided_to_apply(settled_on):
    person = insured()
    first = bill(person, "A1", 112000, basic_paid=0)
    settled(first)
    start = timezone.now()
    known(person)
    looked(start)
    decided(Case.objects.get(kind="retroactive_change"), "claims")
    frozen_and_helped = paid(Claim.objects.get(number="A1"))
    assert frozen_and_helped == (Decimal(71500), Decimal(28350))

    claim = settled(a_fen_more(first, settled_on=settled_on))

    assert paid(claim) == frozen_and_helped
    replays(person)


def test_a_correction_keeps_an_identity_that_ended_since():
    person = insured()
    made = known(person)
    first = bill(person, "A1", 112000, basic_paid=0)
    assert paid(settled(first)) == HELPED
    end_recognitions(recognition_ids=[made.pk], on=DAY(2025, 3, 1), reason="迟报退出")

    assert paid(settled(a_fen_more(first))) == HELPED
    replays(person)


def test_a_correction_into_a_year_registered_for_later_is_looked_at_as_of_then():
    policy_also_for(2026)
    for version in PolicyVersion.objects.filter(year=2026):
        version.approved_at = timezone.now()
        version.save()
    person = insured()
    first = bill(person, "A1", 112000, day=DAY(2025, 12, 30), basic_paid=0)
    settled(first)
    known(person)
    insured(person, 2026)
    day = DAY(2026, 1, 5)

    claim = settled(correcting(first, admitted_on=day, discharged_on=day, settled_on=day))

    assert (claim.coverage_year, paid(claim)) == (2026, ORDINARY)
    replays(person)


def test_a_second_correction_knows_what_the_first_claim_knew():
    person = insured()
    first = bill(person, "A1", 112000, basic_paid=0)
    settled(first)
    known(person)
    second = a_fen_more(first)
    settled(second)

    assert paid(settled(correcting(second, total=first.total))) == ORDINARY
    replays(person)


def test_a_correction_keeps_the_grade_its_original_was_settled_by():
    person = insured()
    first = bill(person, "A1", 20000)
    before = settled(first)
    content = "机构编码,机构名称,级别,区划代码\r\nH23010000001,医院,一级,230100".encode()
    load_facilities(content=content, file_name="a.csv")

    claim = settled(a_fen_more(first))

    assert (claim.grade, claim.basic_paid) == ("grade_3", before.basic_paid)
    assert settled(bill(person, "A9", 20000, day=DAY(2025, 1, 20))).grade == "grade_1"


def test_an_amendment_by_hand_stays_on_the_settlement_day_of_its_original():
    claim = settled(bill(insured(), "A1", 112000, basic_paid=0))
    manual = begin_amendment(claim=claim, reason="录错", user=User.objects.create(username="clerk"))

    assert new_claim_of(manual, []).settled_on == DAY(2025, 3, 10)
    manual.discharged_on = DAY(2025, 3, 20)
    assert new_claim_of(manual, []).settled_on == DAY(2025, 3, 20)


def test_a_correction_after_a_birthday_was_put_right_knows_the_age_of_then():
    person = insured()
    first = bill(person, "A1", 112000, basic_paid=0)
    before = settled(first)
    update_with_history(Resident.objects.filter(pk=person.pk), {"born_on": DAY(1950, 1, 1)}, reason="更正")

    claim = settled(a_fen_more(first))

    assert claim.person_facts == before.person_facts
    replays(person)
