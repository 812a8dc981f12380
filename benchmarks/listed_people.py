"""People with real identity numbers and the list that civil affairs sends about all of them."""

import datetime
from collections.abc import Iterator
from pathlib import Path

from django.db import connection
from stdnum.cn import ric

from exchange.parsers.headers import Column
from exchange.parsers.writer import write_xlsx
from hardship.parsers.rural_affairs_form import FORM as WIDE
from hardship.services.load_categories import load_categories
from policy.services.versions import load_shipped_policies
from registry.batch.copying import copy_rows
from registry.models import Area, Resident
from registry.models.sealing import blind_index, seal

FIRST_BIRTHDAY = datetime.date(1940, 1, 1)
A_DAY = 250  # people born on one day
HEAD = ("序号", "镇（街）", "姓名", "身份证号码", "医疗救助身份", "纳入资助时间", "低保证号")
SAID = ("农村低保", "城市低保", "特困人员", "低保、重度残疾人（一、二级）", "低保边缘家庭成员", "孤儿")


def number_of(place: int) -> str:
    """Return a valid identity number of its own for each place."""
    day, order = divmod(place, A_DAY)
    body = f"230199{FIRST_BIRTHDAY + datetime.timedelta(days=day):%Y%m%d}{order * 2:03d}"
    return body + ric.calc_check_digit(body + "0")


def make_listed_city(people: int) -> Area:
    """Register `people` residents of Harbin; return Harbin."""
    load_shipped_policies()
    load_categories()
    province = Area.objects.create(code="230000", name="黑龙江省", level="province", path="230000/")
    city = Area.objects.create(
        code="230100",
        name="哈尔滨市",
        level="city",
        parent=province,
        path="230000/230100/",
        is_pooling_area=True,
    )
    for first in range(0, people, 10_000):
        copy_rows(
            Resident(
                name=f"居民{place}",
                sealed_id_number=seal(number_of(place)),
                id_index=blind_index(number_of(place)),
                sex="2",
                born_on=FIRST_BIRTHDAY + datetime.timedelta(days=place // A_DAY),
                hukou_area=city,
                living_area=city,
                pooling_area=city,
            )
            for place in range(first, min(first + 10_000, people))
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE registry_resident")
    return city


def write_list(file: Path, *, people: int) -> None:
    """Write the list of everybody, as civil affairs sends it."""

    def lines() -> Iterator[tuple[object, ...]]:
        for place in range(people):
            since = f"2024/{place % 12 + 1}/1"
            paper = f"哈民保{place:08d}"
            yield place + 1, "某某镇", f"居民{place}", number_of(place), SAID[place % len(SAID)], since, paper

    file.write_bytes(write_xlsx(HEAD, lines(), title="资助参保对象全量明细"))


def write_wide_list(file: Path, *, people: int) -> None:
    """Write the monitoring system's sheet of everybody, all its hundred columns and more filled in."""
    head = [column.aliases[0] if isinstance(column, Column) else column for column in WIDE.columns]
    same = ["否" if name.startswith("是否") else f"某某{name[-2:]}" for name in head]
    own = {name: head.index(name) for name in ("姓名", "证件号码", "户编号", "户类型")}
    blank = [head.index(column.aliases[0]) for column in WIDE.columns if isinstance(column, Column)]

    def lines() -> Iterator[list[object]]:
        for place in range(people):
            line: list[object] = list(same)
            for each in blank:
                line[each] = ""
            line[own["姓名"]], line[own["证件号码"]] = f"居民{place}", number_of(place)
            line[own["户编号"]], line[own["户类型"]] = f"9901{place // 3:08d}", "脱贫户"
            yield line

    file.write_bytes(write_xlsx(head, lines(), title=WIDE.title))
