"""Grants stand once per person and year, follow decisions until the payment, and keep their history."""

import datetime
from decimal import Decimal

import pytest

from hardship.models import AssistanceGrant, Recognition
from hardship.rules.premium_assistance import Grant, LosingTier, PayerShare
from hardship.services.grants import (
    AssistanceFrozen,
    GrantDecision,
    freeze_grants,
    reverse_grants,
    save_grants,
    thaw_grants,
)
from hardship.services.supports import Support, SupportBeyondOffer, record_support
from policy.trace import Step
from tests.registry.factories import ResidentFactory, UserFactory

pytestmark = pytest.mark.django_db
DAY = datetime.date(2024, 10, 8)
SIXTY = Grant(
    "sixty",
    "定额资助",
    {"basic": Decimal(240), "ltc": Decimal(30)},
    Decimal(270),
    (
        PayerShare("basic", ("medical_assistance_fund", "county"), Decimal(240)),
        PayerShare("ltc", ("county",), Decimal(30)),
    ),
    (LosingTier("small", "其他", Decimal(30)),),
)
FULL = Grant("full", "全额资助", {"basic": Decimal(400)}, Decimal(400))
NOTHING = Grant(None, "不符合资助条件", {"basic": Decimal("0.00")}, Decimal("0.00"))


def decision(person, grant=SIXTY, **changes):
    values = {
        "resident_id": person.pk,
        "coverage_year": 2025,
        "grant": grant,
        "trace": (Step("资助金额", Decimal(270), "唐医保函〔2024〕45号 二(一)"),),
        "policy_key": "130200/2025",
        "decided_on": DAY,
    }
    return GrantDecision(**values | changes)


def save(*decisions):
    return save_grants(decisions=decisions, reason="enroll 130200/2025")


def test_a_decision_is_kept_with_payers_losers_and_working():
    person = ResidentFactory()
    clerk = UserFactory()

    saved = save_grants(decisions=[decision(person)], reason="enroll 130200/2025", user=clerk)

    grant = AssistanceGrant.objects.get()
    assert saved == {person.pk: grant}
    assert (grant.tier, grant.total, grant.aid) == ("sixty", 270, {"basic": "240.00", "ltc": "30.00"})
    assert grant.payers[0] == {
        "component": "basic",
        "payers": ["medical_assistance_fund", "county"],
        "amount": "240.00",
    }
    assert grant.losing == [{"tier": "small", "label": "其他", "total": "30.00"}]
    assert grant.trace == [{"label": "资助金额", "figure": "270", "clause": "唐医保函〔2024〕45号 二(一)"}]
    (record,) = grant.history.all()
    assert (record.history_user, record.history_change_reason) == (clerk, "enroll 130200/2025")


@pytest.mark.parametrize("model", [AssistanceGrant, Recognition])
def test_history_looks_up_no_account(model):
    field = model.history.model._meta.get_field("history_user")

    assert (field.db_constraint, field.db_index) == (False, False)


def test_history_outlives_the_account_that_decided():
    person, clerk = ResidentFactory(), UserFactory()
    save_grants(decisions=[decision(person)], reason="enroll 130200/2025", user=clerk)

    clerk.delete()

    (record,) = AssistanceGrant.objects.get().history.all()
    assert (record.history_user, record.history_change_reason) == (None, "enroll 130200/2025")


def test_the_same_decision_again_changes_nothing():
    person = ResidentFactory()
    first = save(decision(person))

    again = save(decision(person, decided_on=DAY + datetime.timedelta(days=9)))

    assert again == first
    assert first[person.pk].history.count() == 1
    assert AssistanceGrant.objects.get().decided_on == DAY


def test_another_decision_replaces_an_open_grant_and_no_tier_reverses_it():
    person = ResidentFactory()
    save(decision(person))

    raised = save(decision(person, FULL))[person.pk]
    gone = save(decision(person, NOTHING))
    back = save(decision(person))[person.pk]

    assert (raised.tier, raised.total, raised.payers) == ("full", 400, [])
    assert gone == {}
    assert back.pk != raised.pk
    assert [row.reversed_at is None for row in AssistanceGrant.objects.order_by("pk")] == [False, True]
    assert raised.history.count() == 3


def test_nothing_decided_for_somebody_without_a_grant_leaves_no_row():
    assert save(decision(ResidentFactory(), NOTHING)) == {}
    assert save() == {}
    assert not AssistanceGrant.objects.exists()


def test_a_frozen_grant_keeps_and_refuses_for_everybody_in_the_call():
    paid, unpaid = ResidentFactory.create_batch(2)
    save(decision(paid))
    assert len(freeze_grants(resident_ids=[paid.pk], coverage_year=2025, reason="pay TX1")) == 1
    assert freeze_grants(resident_ids=[paid.pk], coverage_year=2025, reason="pay TX1") == []

    with pytest.raises(AssistanceFrozen) as caught:
        save(decision(paid, FULL), decision(unpaid))

    assert caught.value.details["resident_ids"] == [paid.pk]
    assert AssistanceGrant.objects.get().tier == "sixty"
    assert save(decision(paid))[paid.pk].total == 270


def test_a_reversed_payment_opens_its_grant_and_a_refund_reverses_it():
    person = ResidentFactory()
    save(decision(person))
    freeze_grants(resident_ids=[person.pk], coverage_year=2025, reason="pay TX1")

    thaw_grants(resident_ids=[person.pk], coverage_year=2025, reason="reverse TX1")
    assert save(decision(person, FULL))[person.pk].tier == "full"

    freeze_grants(resident_ids=[person.pk], coverage_year=2025, reason="pay TX2")
    assert len(reverse_grants(resident_ids=[person.pk], coverage_year=2025, reason="refund TX2")) == 1
    assert AssistanceGrant.objects.filter(reversed_at=None).count() == 0


def test_any_number_of_decisions_cost_the_same_queries(django_assert_num_queries):
    for count in (3, 30):
        people = ResidentFactory.create_batch(count)
        # three nested transactions (6), standing, rewriting none, keys, COPY, its savepoint, history
        with django_assert_num_queries(12):
            save(*map(decision, people))


def test_support_stays_within_the_offer():
    person = ResidentFactory()

    def given(amount):
        support = Support(giver="某某村", offered=Decimal(50), amount=Decimal(amount), given_on=DAY)
        return record_support(resident=person, coverage_year=2025, support=support)

    assert given("40").amount == Decimal(40)
    for amount in ("50.01", "-1"):
        with pytest.raises(SupportBeyondOffer):
            given(amount)
