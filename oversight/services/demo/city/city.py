"""The whole city: families, then what they hold, how they were insured, what they pay, how ill they were."""

from dataclasses import dataclass

from enrollment.rules.windows import concentrated_period
from oversight.services.demo.city.care import CareMaker
from oversight.services.demo.city.cover import CoverMaker
from oversight.services.demo.city.facts import CityFacts, city_facts
from oversight.services.demo.city.families import FamilyMaker
from oversight.services.demo.city.hardships import HardshipMaker
from oversight.services.demo.city.paying import PayingMaker
from oversight.services.demo.city.people import Family, Person, Village
from policy.dates import Date, days_after
from policy.loader import load_shipped
from policy.policy import Policy

SECOND_LIST = (3, 31)


@dataclass(frozen=True)
class City:
    """Everybody and everything made up; `first_list` and `second_list` are the days agencies' lists speak of."""

    size: int
    seed: int
    facts: CityFacts
    policy: Policy
    villages: list[Village]
    families: list[Family]
    first_list: Date
    second_list: Date

    @property
    def people(self) -> list[Person]:
        """Everybody, household by household."""
        return [person for family in self.families for person in family.members]


def make_city(*, size: int, seed: int) -> City:
    """Return the city of `size` residents that follows from `seed`.

    :param size: residents, at least 100
    """
    facts = city_facts()
    policy = load_shipped(f"{facts.area}/{facts.coverage_year}")
    concentrated = concentrated_period(policy.enrollment)
    second_list = Date(facts.coverage_year, *SECOND_LIST)
    maker = FamilyMaker(facts, seed)
    families = maker.families(size)
    people = [person for family in families for person in family.members]
    HardshipMaker(facts, seed, concentrated=concentrated, second_list=second_list).mark(families)
    CoverMaker(facts, seed, concentrated=concentrated).live(people)
    paying = PayingMaker(facts, seed, policy=policy)
    for person in people:
        paying.pay(person)
    CareMaker(facts, seed, policy=policy).treat(people)
    first_list = days_after(concentrated.first, -1)
    return City(size, seed, facts, policy, maker.villages, families, first_list, second_list)
