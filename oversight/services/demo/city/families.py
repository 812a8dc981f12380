"""Households of several shapes, village by village, until the city has as many people as asked for."""

import datetime
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from oversight.services.demo.city.dice import Dice
from oversight.services.demo.city.facts import CityFacts
from oversight.services.demo.city.names import full_name, surname
from oversight.services.demo.city.numbers import FEMALE, MALE, NumberRegister
from oversight.services.demo.city.people import Family, Person, Village
from oversight.services.demo.city.places import villages_of

CITY_DIGITS = 4
WITH_PHONE = 70
NO_PHONE = "10000"  # no telephone number begins like this
SONS = 52
OLDEST_CHILD_AT_HOME = 30
YOUNGEST_PARENT = 20
YEAR_DAYS = 365
BY_CERTIFICATE = 15  # of a hundred newborns


@dataclass(frozen=True, slots=True)
class Member:
    """A place in a household: relation to the head, sex and age at the end of the year the city is known until."""

    relation: str
    sex: str
    age: int
    has_family_name: bool = True


class FamilyMaker:
    """Makes households; numbers and registers are given once for the city."""

    def __init__(self, facts: CityFacts, seed: int) -> None:
        self._facts = facts
        self._dice = Dice(seed, "families")
        self._numbers = NumberRegister(Dice(seed, "numbers"))
        self._villages = villages_of(facts)
        self._count: Counter[str] = Counter()

    def families(self, size: int) -> list[Family]:
        """Return households that hold `size` people together."""
        found, left = [], size
        while left > 0:
            family = self._family(most=left)
            found.append(family)
            left -= len(family.members)
        return found

    @property
    def villages(self) -> list[Village]:
        """Every village of the city."""
        return [village for villages in self._villages.values() for village in villages]

    def _family(self, *, most: int) -> Family:
        village = self._village()
        self._count[village.county_code] += 1
        family = Family(f"{village.county_code}{self._count[village.county_code]:08d}", village)
        shape = self._dice.weighted(self._facts.rate("household"))
        hukou, name = self._hukou(village), surname(self._dice)
        for member in members(shape, self._dice)[:most]:
            family.members.append(self._person(member, village, hukou, family_name=name))
        return family

    def _village(self) -> Village:
        weights = {county.code: float(county.people) for county in self._facts.counties}
        code = self._dice.weighted(weights)
        county = next(each for each in self._facts.counties if each.code == code)
        is_urban = self._dice.chance(county.urban * 100)
        return self._dice.pick([each for each in self._villages[code] if each.is_urban is is_urban])

    def _hukou(self, village: Village) -> str:
        if self._dice.chance(self._facts.rate("elsewhere_share") * 100):
            elsewhere: list[str] = self._facts.rate("elsewhere")
            return self._dice.pick(elsewhere)
        if self._dice.chance(self._facts.rate("other_county_share") * 100):
            return self._dice.pick([each.code for each in self._facts.counties])
        return village.code

    def _person(self, member: Member, village: Village, hukou: str, *, family_name: str) -> Person:
        dice = self._dice
        last = self._facts.known_until.replace(year=self._facts.known_until.year - member.age)
        born_on = dice.day(last - datetime.timedelta(days=YEAR_DAYS - 1), last)
        own = family_name if member.has_family_name else surname(dice)
        has_certificate = member.age == 0 and dice.chance(BY_CERTIFICATE)
        return Person(
            id_number=self._numbers.new_certificate()
            if has_certificate
            else self._numbers.new(city=hukou[:CITY_DIGITS], born_on=born_on, sex=member.sex),
            has_certificate=has_certificate,
            name=full_name(dice, family=own, is_male=member.sex == MALE),
            sex=member.sex,
            born_on=born_on,
            relation=member.relation,
            village=village,
            hukou=hukou,
            phone=f"{NO_PHONE}{dice.number(0, 999999):06d}" if dice.chance(WITH_PHONE) else "",
        )


def members(shape: str, dice: Dice) -> Sequence[Member]:
    """Return who lives in a household of this shape, the head first."""
    match shape:
        case "elder_alone":
            return [Member("本人或户主", dice.pick([MALE, FEMALE]), dice.number(60, 92))]
        case "elders":
            return list(_couple(dice, dice.number(60, 85)))
        case "couple":
            return list(_couple(dice, dice.number(28, 59)))
        case "single_parent":
            age = dice.number(28, 48)
            return [Member("本人或户主", FEMALE, age), *_children(dice, age, outside=True)]
        case "three_generations":
            age = dice.number(30, 48)
            elders = [
                Member("父亲", MALE, age + dice.number(23, 30)),
                Member("母亲", FEMALE, age + dice.number(21, 28), has_family_name=False),
            ]
            return [*_couple(dice, age), *_children(dice, age), *elders]
        case _:
            age = dice.number(26, 50)
            return [*_couple(dice, age), *_children(dice, age)]


def _couple(dice: Dice, age: int) -> Iterator[Member]:
    yield Member("本人或户主", MALE, age)
    yield Member("配偶", FEMALE, max(22, age - dice.number(-2, 4)), has_family_name=False)


def _children(dice: Dice, parent_age: int, *, outside: bool = False) -> Iterator[Member]:
    """Yield one or two children; `outside` ones bear the name of a parent who is not in the household."""
    youngest = max(0, parent_age - dice.number(22, 34))
    for number in range(dice.weighted({1: 70.0, 2: 30.0})):
        age = youngest + 3 * number
        if age > OLDEST_CHILD_AT_HOME or parent_age - age < YOUNGEST_PARENT:
            continue
        son = dice.chance(SONS)
        yield Member("子" if son else "女", MALE if son else FEMALE, age, has_family_name=not outside)
