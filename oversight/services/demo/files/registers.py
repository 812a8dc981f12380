"""What the bureau's own platform hands over: made-up places, the register of residents, past years, hospitals."""

import datetime
from collections.abc import Iterator
from decimal import Decimal

from oversight.services.demo.city.city import City
from oversight.services.demo.city.people import Person
from oversight.services.demo.files.formats import Cell, DemoFile, Planted, columns, text_file

RESIDENT_SCHEME, EMPLOYEE_SCHEME = "390", "310"
IDENTITY_CARD, BIRTH_CERTIFICATE = "居民身份证", "出生医学证明"
SEXES = {"1": "男", "2": "女"}
RESIDENTS = columns(
    "姓名 证件类型 证件号码 户编号 户主姓名 与户主关系 户籍地区划 居住地区划 联系电话 退出现役日期 性别 出生日期"
)
HISTORY = columns("姓名 证件号码 参保年度 统筹区 险种 缴费日期 个人缴费金额 开始日期 结束日期")
FACILITIES = ("机构编码", "机构名称", "级别", "所在地区划", "机构账号")
DEATHS = columns("序号 姓名 身份证号码 死亡时间 镇街 备注")
VERIFIED = columns("姓名 证件号码 居民医保所属区划 是否参保居民 参保年度(居民) 居民医保参保状态")
ELSEWHERE = "230200"  # another city of the province
MOST_VERIFIED = 10
AREAS = ("code", "name", "level", "parent", "is_pooling_area")
GRADES = {"grade_3": "三级甲等", "grade_2": "二级甲等", "grade_1": "一级"}
FIRST_LINE = 2
NOBODY = "230099195001010014"


def areas(city: City) -> DemoFile:
    """Return the towns and villages, as `load_areas` reads them."""
    towns = {
        each.town_code: (each.town_code, each.town, "town", each.county_code, 0) for each in city.villages
    }
    villages = [(each.code, each.name, "village", each.town_code, 0) for each in city.villages]
    rows = [*towns.values(), *villages]
    return DemoFile("01-areas.csv", text_file(AREAS, rows, encoding="utf-8"), len(rows))


def residents(city: City) -> DemoFile:
    """Return the register, household by household, with four lines that cannot be right."""
    rows = [
        _registered(person, family.number, family.head.name)
        for family in city.families
        for person in family.members
    ]
    good = rows[0]
    mistyped = good[2][:-1] + ("0" if good[2][-1] != "0" else "1")
    bad = (
        (("张三", good[1], mistyped, *good[3:]), "身份证号校验码不符"),
        (("", good[1], NOBODY, *good[3:]), "缺少姓名"),
        (("钱二", good[1], NOBODY, *good[3:6], "230199", *good[7:]), "户籍地区划不存在"),
        (("孙三", good[1], NOBODY, *good[3:9], "2025-13-45", *good[10:]), "退出现役日期不存在"),
    )
    planted = tuple(Planted(FIRST_LINE + len(rows) + place, what) for place, (_, what) in enumerate(bad))
    rows += [line for line, _ in bad]
    return DemoFile("02-residents.csv", text_file(RESIDENTS, rows), len(rows), planted)


def _registered(person: Person, household: str, head: str) -> tuple[str, ...]:
    return (
        person.name,
        BIRTH_CERTIFICATE if person.has_certificate else IDENTITY_CARD,
        person.id_number,
        household,
        head,
        person.relation,
        person.hukou,
        person.village.code,
        person.phone,
        person.discharged_on.isoformat() if person.discharged_on else "",
        SEXES[person.sex] if person.has_certificate else "",
        person.born_on.isoformat() if person.has_certificate else "",
    )


def history(city: City) -> DemoFile:
    """Return coverage years before this one, and jobs with employee insurance."""
    years = range(min(map(int, city.facts.rate("cover.past_premium"))), city.facts.coverage_year + 1)
    rows = [row for person in city.people for row in _past(person, city.facts.area, years)]
    bad: list[tuple[Cell, ...]] = [
        ("李四", NOBODY, 2023, city.facts.area, RESIDENT_SCHEME, "2022-10-08", "350.00", "", ""),
        (*rows[0][:2], "二〇二三", *rows[0][3:]),
    ]
    planted = (
        Planted(FIRST_LINE + len(rows), "查无此人"),
        Planted(FIRST_LINE + len(rows) + 1, "参保年度不是数字"),
    )
    return DemoFile("03-history.csv", text_file(HISTORY, [*rows, *bad]), len(rows) + len(bad), planted)


def _past(person: Person, area: str, years: range) -> Iterator[tuple[Cell, ...]]:
    for past in person.past:
        paid = (past.paid_on, past.amount.quantize(Decimal("0.01")), None, None)
        yield (person.name, person.id_number, past.year, area, RESIDENT_SCHEME, *paid)
    for job in person.employment:
        for year in years:
            first, last = datetime.date(year, 1, 1), datetime.date(year, 12, 31)
            starts, ends = max(job.first_on, first), min(job.last_on or last, last)
            if starts <= ends:
                yield (person.name, person.id_number, year, area, EMPLOYEE_SCHEME, None, None, starts, ends)


def facilities(city: City) -> DemoFile:
    """Return the hospitals."""
    rows = [
        (each.code, each.name, GRADES[each.grade], each.area, each.agency) for each in city.facts.facilities
    ]
    return DemoFile("09-facilities.csv", text_file(FACILITIES, rows), len(rows))


def deaths(city: City) -> DemoFile:
    """Return the health commission's list of the dead."""
    dead = sorted(
        (person for person in city.people if person.died_on is not None),
        key=lambda person: (person.died_on, person.id_number),
    )
    rows = [
        (number, person.name, person.id_number, person.died_on, person.village.town, None)
        for number, person in enumerate(dead, start=1)
    ]
    return DemoFile("08-deaths.csv", text_file(DEATHS, rows), len(rows))


def insured_elsewhere(city: City) -> DemoFile:
    """Return what the national platform knows of people in hardship: one is insured in another city as well."""
    rows = [
        (person.name, person.id_number, area, "是", city.facts.coverage_year, "正常参保")
        for person, area in zip(
            verified_people(city), [ELSEWHERE, *[city.facts.area] * MOST_VERIFIED], strict=False
        )
    ]
    return DemoFile("13-insured-elsewhere.csv", text_file(VERIFIED, rows), len(rows))


def verified_people(city: City) -> list[Person]:
    """Return whom the platform is asked about: people in hardship who paid and are insured here."""
    paying = (
        person
        for person in city.people
        if person.marks and person.payments and person.benefit_start and not person.has_certificate
    )
    return [person for person in paying if person.died_on is None][:MOST_VERIFIED]
