"""Whose a list is: the agency that sends it by agreement stands on the list and on every recognition it begins."""

import pytest

from exchange.models import AgencyKind
from hardship.models import Recognition
from hardship.services.deaths import plan_deaths
from tests.exchange.factories import AgencyFactory, ListAgreementFactory
from tests.hardship.lists import MARCH, apply, civil, people, plan
from tests.hardship.test_deaths import dead
from tests.registry.factories import harbin

pytestmark = pytest.mark.django_db


def test_a_list_that_does_not_say_whose_it_is_is_the_agencys_that_agreed_to_send_it():
    (person,) = people(1)
    agreement = ListAgreementFactory()

    batch = apply(plan(civil((0, "人0", "农村低保"))))

    assert batch.agency == agreement.agency
    assert Recognition.objects.get(resident=person).agency == agreement.agency


def test_a_list_that_says_whose_it_is_is_theirs_whatever_was_agreed():
    people(1)
    ListAgreementFactory()
    other = AgencyFactory(name="道里区民政局")

    assert plan(civil((0, "人0", "农村低保")), agency=other).agency == other


@pytest.mark.parametrize("agreed", [{"mode": "supplementary"}, {"kind": "identities.poverty_exit"}])
def test_another_agreement_names_nobody(agreed):
    people(1)
    ListAgreementFactory(**agreed)

    assert plan(civil((0, "人0", "农村低保"))).agency is None


def test_the_list_of_the_dead_is_the_agencys_that_agreed_to_send_it():
    health = AgencyFactory(kind=AgencyKind.HEALTH_COMMISSION)
    ListAgreementFactory(agency=health, kind="deaths", mode="supplementary")
    said = {"content": dead((0, "人0", "2025-03-08")), "file_name": "死亡.xlsx", "area": harbin()}

    assert plan_deaths(**said, as_of=MARCH).agency == health
