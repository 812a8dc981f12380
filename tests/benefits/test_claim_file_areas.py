"""A settlement file settles what its area handles, and tells nothing of anybody else."""

import pytest

from benefits.models import Claim, ClaimState
from benefits.services.claim_lists import apply_claims
from benefits.services.settle import settle_claims
from registry.batch.history import update_with_history
from registry.models import Resident
from tests.benefits.factories import bill, hospital, insured, law, somebody
from tests.benefits.test_claim_files import HEADER, line, planned
from tests.registry.factories import daoli, harbin, shangzhi, tangshan

pytestmark = [pytest.mark.django_db, pytest.mark.raw_writes("a claim of another fund")]
TANGSHAN_HOSPITAL = "H13020000001"


@pytest.fixture(autouse=True)
def _law_and_hospitals():
    law()
    hospital()
    hospital(TANGSHAN_HOSPITAL, area=tangshan())


def living_in(area, *, serial=9001):
    """Return somebody who lives in an area, insured with its fund."""
    pooling = tangshan() if area == tangshan() else harbin()
    return insured(somebody(serial, living_area=area, pooling_area=pooling))


def move(person, area):
    update_with_history(Resident.objects.filter(pk=person.pk), {"living_area": area}, reason="迁居")


def told(batch):
    return [(row.outcome, row.code, row.field) for row in batch.rows.order_by("number")]


def file_of(*lines):
    return "\r\n".join([f"{HEADER},原结算单号,更正原因", *lines]).encode("gb18030")


OUTSIDE, NEW = ("refused", "outside_area", "证件号码"), ("new", "", "")


def test_a_county_settles_nobody_of_another_city_and_corrects_none_of_its_claims():
    person = living_in(tangshan())
    settle_claims(
        claims=[bill(person, "T1", 9000, facility_code=TANGSHAN_HOSPITAL, basic_paid=5000)], user=None
    )
    one = line(person, "T9", facility=TANGSHAN_HOSPITAL, basic="500")
    another = line(person, "T1x", facility=TANGSHAN_HOSPITAL, basic="1")

    batch = planned(area=shangzhi(), content=file_of(f"{one},,", f"{another},T1,录错"))

    assert told(batch) == [OUTSIDE] * 2
    assert "由参保地医保经办机构办理" in batch.rows.first().message
    apply_claims(batch=batch)
    assert Claim.objects.get().state == ClaimState.SETTLED


def test_a_wrong_name_of_a_stranger_tells_nothing():
    person = living_in(tangshan())
    person.name = "另一人"

    assert told(planned(line(person, "T9"), area=shangzhi())) == [OUTSIDE]


@pytest.mark.parametrize(
    ("lives", "of", "expected"),
    [
        (daoli, harbin, NEW),
        (daoli, daoli, NEW),
        (daoli, shangzhi, OUTSIDE),
        (harbin, daoli, OUTSIDE),
        (tangshan, harbin, OUTSIDE),
        (tangshan, tangshan, NEW),
    ],
)
def test_an_area_settles_for_its_fund_and_its_own_people(lives, of, expected):
    person = living_in(lives())

    assert told(planned(line(person, "A1", basic="500"), area=of())) == [expected]


@pytest.mark.parametrize(("of", "expected"), [(harbin, NEW), (daoli, OUTSIDE), (tangshan, OUTSIDE)])
def test_somebody_who_moved_to_another_city_is_settled_by_the_fund_they_are_insured_with(of, expected):
    person = living_in(daoli())
    move(person, tangshan())

    assert told(planned(line(person, "A1"), area=of())) == [expected]


def test_a_move_between_plan_and_apply_is_seen():
    person = living_in(daoli())
    batch = planned(line(person, "A1"), area=daoli())
    assert told(batch) == [NEW]
    move(person, shangzhi())

    apply_claims(batch=batch)

    assert told(batch) == [OUTSIDE]
    assert not Claim.objects.exists()


def test_a_correction_of_another_funds_claim_is_refused_even_of_its_own_person():
    """Insured in Tangshan last year and in Harbin this year: Harbin does not undo what Tangshan paid."""
    person = insured(somebody(9001, living_area=daoli(), pooling_area=harbin()))
    paid = settle_claims(claims=[bill(person, "T1", 9000, facility_code=TANGSHAN_HOSPITAL)], user=None)[
        0
    ].claim
    Claim.objects.filter(pk=paid.pk).update(pooling_area=tangshan())
    again = line(person, "T2", facility=TANGSHAN_HOSPITAL, to="2025-3-10")

    assert told(planned(area=harbin(), content=file_of(f"{again},T1,录错"))) == [OUTSIDE]


def test_the_area_costs_the_same_queries_for_few_and_many(django_assert_max_num_queries):
    planned(line(living_in(daoli(), serial=9050), "A9"), area=daoli())  # reads the law
    few = [living_in(daoli(), serial=9001)]
    many = [living_in(daoli(), serial=9100 + at) for at in range(8)]
    with django_assert_max_num_queries(60) as one:
        planned(*[line(each, f"A{at}") for at, each in enumerate(few)], area=daoli())
    with django_assert_max_num_queries(60) as eight:
        planned(*[line(each, f"B{at}") for at, each in enumerate(many)], area=daoli())
    assert len(eight) == len(one)
