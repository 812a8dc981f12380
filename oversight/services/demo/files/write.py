"""All files of a city, and one more that names what is wrong with them on purpose."""

from collections.abc import Iterator
from pathlib import Path

from oversight.services.demo.city.city import City
from oversight.services.demo.files.formats import DemoFile, text_file
from oversight.services.demo.files.lists import civil_affairs, civil_affairs_with_blank, disabled_federation
from oversight.services.demo.files.money import claims, payments, tax_totals
from oversight.services.demo.files.registers import (
    areas,
    deaths,
    facilities,
    history,
    insured_elsewhere,
    residents,
)
from oversight.services.demo.files.rural import rural_affairs

PLANTED = ("文件", "行", "问题")


def demo_files(city: City) -> list[DemoFile]:
    """Return the files in the order in which a bureau would take them in."""
    return [
        areas(city),
        residents(city),
        history(city),
        civil_affairs(city, name="04-civil-affairs.xlsx", as_of=city.first_list),
        rural_affairs(city, name="05-rural-affairs.csv", as_of=city.first_list),
        disabled_federation(city, name="06-disabled-federation.xlsx", as_of=city.first_list),
        civil_affairs(city, name="07-civil-affairs-next.xlsx", as_of=city.second_list),
        civil_affairs_with_blank(city, name="07-civil-affairs-blank.xlsx", as_of=city.second_list),
        deaths(city),
        facilities(city),
        payments(city),
        claims(city),
        tax_totals(city),
        insured_elsewhere(city),
    ]


def write_files(city: City, folder: Path) -> list[DemoFile]:
    """Write the files into `folder`, made if missing, and return them with the list of planted lines."""
    folder.mkdir(parents=True, exist_ok=True)
    files = demo_files(city)
    files.append(_planted(files))
    for each in files:
        (folder / each.name).write_bytes(each.content)
    return files


def _planted(files: list[DemoFile]) -> DemoFile:
    rows = list(_lines(files))
    return DemoFile("planted.csv", text_file(PLANTED, rows), len(rows))


def _lines(files: list[DemoFile]) -> Iterator[tuple[str, int, str]]:
    for each in files:
        for planted in each.planted:
            yield each.name, planted.line, planted.what
