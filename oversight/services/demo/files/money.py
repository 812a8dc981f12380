"""What the tax authority collected (GBK: signs it lacks are lost), its own totals, and what hospitals settled."""

import datetime
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from oversight.services.demo.city.city import City
from oversight.services.demo.city.people import Person, Visit
from oversight.services.demo.files.formats import Cell, DemoFile, Planted, columns, text_file, workbook

PAYMENTS = columns("电子税票号码 姓名 证件号码 缴费年度 缴费金额 缴费日期 征收渠道 类型 原流水号")
TOTALS = columns("征收地区划 到账日期 征收渠道 笔数 净额")
TOTALS_FILE = "12-tax-totals.csv"
PLANTED_MONTH = "2024-10"
FEN = Decimal("0.01")
CLAIMS = columns(
    "结算单号 机构编码 姓名 证件号码 就医类别 入院日期 出院日期 结算日期 总费用 政策范围内费用 "
    "乙类先行自付 自费 基本医保支付"
)
KINDS = {
    "inpatient": "住院",
    "outpatient": "普通门诊",
    "outpatient_chronic": "门诊慢特病",
    "prenatal": "产前检查",
    "delivery": "住院分娩",
}
TEXT_FIRST_LINE, BOOK_FIRST_LINE = 2, 3
NOBODY = "230099196001010019"  # of no place, and of nobody in any city


def payments(city: City) -> DemoFile:
    """Return the payment file: in the order money came in, with rows that cannot be booked."""
    rows = _collected(city)
    bad = _spoiled(city, rows)
    planted = tuple(Planted(TEXT_FIRST_LINE + len(rows) + place, each.what) for place, each in enumerate(bad))
    content = text_file(PAYMENTS, [*rows, *(each.cells for each in bad)], encoding="gbk")
    return DemoFile("10-payments.csv", content, len(rows) + len(bad), planted)


def tax_totals(city: City) -> DemoFile:
    """Return the tax authority's own totals of the payment file by day and channel; three are wrong."""
    sums: defaultdict[tuple[str, str], list[Any]] = defaultdict(lambda: [0, Decimal(0)])
    rows = _collected(city)
    for cells in (*rows, *(each.cells for each in _spoiled(city, rows) if each.is_taken)):
        *_, amount, day, channel, kind, _ = cells
        total = sums[str(day), str(channel)]
        total[0] += 1
        total[1] += Decimal(str(amount)) * (1 if kind == "缴费" else -1)
    places = sorted(sums)
    first = next(place for place, (day, _) in enumerate(places) if day.startswith(PLANTED_MONTH))
    wrong = (
        (first, 0, FEN, "净额多报一分"),
        (first + 1, 1, Decimal(0), "多报一笔"),
        (first + 2, 0, Decimal(400), "净额多报400元"),
    )
    for place, count, amount, _ in wrong:
        sums[places[place]][0] += count
        sums[places[place]][1] += amount
    lines = [(city.facts.area, *place, *sums[place]) for place in places]
    planted = tuple(Planted(TEXT_FIRST_LINE + place, what) for place, _, _, what in wrong)
    return DemoFile(TOTALS_FILE, text_file(TOTALS, lines), len(lines), planted)


@dataclass(frozen=True, slots=True)
class _Bad:
    """A row that cannot be booked: `is_taken` = the money came in all the same, and is held."""

    cells: Sequence[Cell]
    what: str
    is_taken: bool = False


def _collected(city: City) -> list[tuple[Cell, ...]]:
    year = city.facts.coverage_year
    due = sorted(
        ((each.paid_on, each.serial, person, each) for person in city.people for each in person.payments),
        key=lambda found: found[:2],
    )
    rows: list[tuple[Cell, ...]] = []
    for _, serial, person, each in due:
        kind = "冲正" if each.reverses else "缴费"
        who = (serial, person.name, person.id_number, year)
        rows.append((*who, abs(each.amount), each.paid_on, each.channel, kind, each.reverses or None))
    return rows


def _spoiled(city: City, rows: Sequence[tuple[Cell, ...]]) -> list[_Bad]:
    year = city.facts.coverage_year
    first, second, third = (list(row) for row in rows[:3])
    unpaid = next(person for person in city.people if _could_renew(person, year - 1))
    dead = next(person for person in city.people if person.died_on and person.died_on < city.first_list)
    refund = _paying(city, "90000007", unpaid.name, unpaid.id_number)
    return [
        _Bad(first, "同一流水重复报送"),
        _Bad([second[0], *second[1:4], Decimal("399.00"), *second[5:]], "同一流水金额不同"),
        _Bad(_paying(city, "90000001", "吴六", NOBODY), "查无此人", is_taken=True),
        _Bad(_paying(city, "90000002", dead.name, dead.id_number), "缴费时已死亡", is_taken=True),
        _Bad(
            _paying(city, "90000003", unpaid.name, unpaid.id_number, amount="4000.00"),
            "金额多于应缴",
            is_taken=True,
        ),
        _Bad(
            _paying(city, "90000004", unpaid.name, unpaid.id_number, year=year + 1),
            "该年度政策尚未发布",
            is_taken=True,
        ),
        _Bad(_paying(city, "90000005", third[1], third[2], amount="四百元"), "金额不是数字"),
        _Bad(_paying(city, "90000006", third[1], third[2], day="2024年9月31日"), "缴费日期不存在"),
        _Bad([*refund[:7], "退费", "查无此流水"], "退费没有原缴费", is_taken=True),
    ]


def _could_renew(person: Person, year: int) -> bool:
    """Return whether somebody insured in `year` has neither paid nor been helped with the whole premium."""
    idle = not person.payments and person.benefit_start is None and person.died_on is None
    return idle and year in {past.year for past in person.past}


def _paying(  # noqa: PLR0913 - the cells of one line
    city: City,
    serial: str,
    name: Cell,
    number: Cell,
    *,
    amount: str = "400.00",
    year: int | None = None,
    day: str = "2024-10-15",
) -> list[Cell]:
    year = year or city.facts.coverage_year
    return [f"3230102410{serial}", name, number, year, amount, day, "办税服务厅", "缴费", None]


def claims(city: City) -> DemoFile:
    """Return the settlement file: bills in the order of settlement, with some that cannot be settled."""
    bills = sorted(
        (
            (visit.discharged_on, visit.number, person, visit)
            for person in city.people
            for visit in person.visits
        ),
        key=lambda found: found[:2],
    )
    rows = [_bill(person, visit) for _, _, person, visit in bills]
    late = [
        person for person in city.people if not person.benefit_start and not person.employment and person.past
    ]
    first = list(rows[0])
    bad: list[tuple[list[Cell], str]] = [
        (["JS-BAD-1", "H00000000000", *first[2:]], "机构编码不存在"),
        (["JS-BAD-2", first[1], "郑七", NOBODY, *first[4:]], "查无此人"),
        (["JS-BAD-3", *first[1:8], Decimal("1.00"), *first[9:]], "分项之和与总费用不等"),
        (["JS-BAD-4", *first[1:5], first[6], datetime.date(2024, 1, 1), *first[7:]], "出院早于入院"),
        (["JS-BAD-5", *first[1:2], late[0].name, late[0].id_number, *first[4:]], "未参保"),
        (["JS-BAD-6", *first[1:4], "美容", *first[5:]], "就医类别不认识"),
        (
            [first[0], *first[1:8], Decimal("99999.00"), Decimal("99999.00"), Decimal(0), Decimal(0), None],
            "单号重复而金额不同",
        ),
    ]
    planted = tuple(Planted(BOOK_FIRST_LINE + len(rows) + place, what) for place, (_, what) in enumerate(bad))
    everything = [*rows, *(cells for cells, _ in bad)]
    content = workbook(f"{city.facts.coverage_year}年度医疗费用结算明细", CLAIMS, everything)
    return DemoFile("11-claims.xlsx", content, len(everything), planted)


def _bill(person: Person, visit: Visit) -> list[Cell]:
    return [
        visit.number,
        visit.facility,
        person.name,
        person.id_number,
        KINDS[visit.kind],
        visit.admitted_on,
        visit.discharged_on,
        visit.discharged_on,
        visit.total,
        visit.eligible,
        visit.class_b_copay,
        visit.out_of_scope,
        None,
    ]
