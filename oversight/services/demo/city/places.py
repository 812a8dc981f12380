"""Made-up towns and villages in the real counties; their codes use numbers that are given to no town (9xx)."""

from oversight.services.demo.city.facts import CityFacts, County
from oversight.services.demo.city.people import Village

FIRST_TOWN = 901
ORDINALS = "一二三四五六七八九十"
PEOPLE_PER_TOWN = 25  # in the weights of city.toml
FEWEST_TOWNS, MOST_TOWNS = 2, 5
VILLAGES = 3


def villages_of(facts: CityFacts) -> dict[str, list[Village]]:
    """Return county code → its villages and communities, streets first."""
    return {county.code: _villages(county) for county in facts.counties}


def _villages(county: County) -> list[Village]:
    towns = min(max(county.people // PEOPLE_PER_TOWN, FEWEST_TOWNS), MOST_TOWNS)
    streets = min(max(round(towns * county.urban), 1), towns - 1)
    found = []
    for place in range(towns):
        is_urban = place < streets
        town = f"演示{ORDINALS[place]}{'街道' if is_urban else '镇'}"
        town_code = f"{county.code}{FIRST_TOWN + place}"
        for number in range(1, VILLAGES + 1):
            name = (
                f"演示{ORDINALS[place * VILLAGES + number - 1] if place < VILLAGES else f'{place}{number}'}"
            )
            found.append(
                Village(
                    code=f"{town_code}{(0 if is_urban else 200) + number:03d}",
                    name=f"{name}{'社区' if is_urban else '村'}",
                    town_code=town_code,
                    town=town,
                    county_code=county.code,
                    county=county.name,
                    is_urban=is_urban,
                )
            )
    return found
