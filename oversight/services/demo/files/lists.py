"""Lists of identities from civil affairs and the disabled persons' federation, with the habits of people who type."""

from collections.abc import Iterable, Sequence

from oversight.services.demo.city.city import City
from oversight.services.demo.city.dice import Dice
from oversight.services.demo.city.hardships import LISTED_BY_CIVIL_AFFAIRS
from oversight.services.demo.city.people import Mark, Person
from oversight.services.demo.files.formats import Cell, DemoFile, Planted, workbook
from policy.dates import Date

CIVIL_AFFAIRS = (
    "序号",
    "身份证号",
    "姓 名",
    "医疗救助身份",
    "镇（街）",
    "村（居）",
    "纳入资助时间",
    "缴费时间",
)
DISABLED = ("序号", "姓名", "残疾人证号", "残疾类别", "残疾等级", "有效期", "镇（街）")
NOBODY = "230099197001010013"
FIRST_LINE = 3  # below the title and the header
NAMES = {  # category → how lists call it in villages and in towns
    "extreme_hardship": (("农村特困人员", "特困供养人员", "分散供养特困人员"), ("城市特困人员", "特困人员")),
    "orphan": (("孤儿", "社会散居孤儿"), ("孤儿",)),
    "unsupported_child": (("事实无人抚养儿童",), ("事实无人抚养",)),
    "subsistence_allowance": (("农村低保", "农村低保对象", "农村低保 "), ("城市低保", "城市低保对象")),
    "subsistence_margin": (("低保边缘家庭成员", "低保边缘户"), ("低保边缘", "低边")),
    "low_income_household": (("低收入家庭",), ("低收入家庭成员",)),
    "illness_impoverished": (("因病致贫重病患者", "因病致贫家庭重病患者"), ("因病致贫重病患者",)),
    "special_care": (("在乡老复员军人", "优抚对象"), ("在乡重点优抚对象",)),
}
SEPARATORS = ("、", "，", "；", "|", " ")
STRAY_SPACES = 3
NEW_NAME = "困境家庭（试点）"
KINDS = ("视力", "听力", "言语", "肢体", "智力", "精神", "多重")
LEVELS = {1: ("一级", "1级", "（一级）"), 2: ("二级", "2级", "Ⅱ级"), 3: ("三级", "3级"), 4: ("四级", "4级")}
REISSUED = 4
VALID_YEARS = 10
REMARK = "备注：本表由民政部门填报，如有疑问请联系经办人。"


def civil_affairs(city: City, *, name: str, as_of: Date) -> DemoFile:
    """Return the full list of a month: who is on it on `as_of`, one line each, and a name nobody has agreed on."""
    dice = Dice(city.seed, f"civil affairs {as_of}")
    rows: list[Sequence[Cell]] = []
    for person in city.people:
        marks = [
            mark for mark in person.marks if mark.category in LISTED_BY_CIVIL_AFFAIRS and mark.covers(as_of)
        ]
        if marks and _is_alive(person, as_of):
            rows.append((len(rows) + 1, *_civil_line(person, marks, dice)))
    unmarked = [
        person for person in city.people if not person.marks and person.past and _is_alive(person, as_of)
    ]
    unknown, second, third = dice.some(unmarked, 3)
    since = f"{as_of:%Y-%m}"
    wrong_number = second.id_number[:17] + _other(second.id_number[17])
    bad: list[tuple[Sequence[Cell], str]] = [
        ((unknown.id_number, unknown.name, NEW_NAME, *_where(unknown), since, None), "身份名称未登记"),
        ((wrong_number, second.name, "农村低保", *_where(second), since, None), "身份证号校验码不符"),
        (
            (third.id_number, third.name, "城市低保", *_where(third), "2024年十三月", None),
            "纳入资助时间看不懂",
        ),
    ]
    planted = []
    for cells, what in bad:
        planted.append(Planted(FIRST_LINE + len(rows), what))
        rows.append((len(rows) + 1, *cells))
    title = f"{as_of:%Y年%m月}资助参保对象全量明细"
    content = workbook(title, CIVIL_AFFAIRS, rows, remark=REMARK)
    return DemoFile(name, content, len(rows), tuple(planted))


def civil_affairs_with_blank(city: City, *, name: str, as_of: Date) -> DemoFile:
    """Return a full list in which one line lacks the number: it must be refused whole, so that nobody is ended."""
    dice = Dice(city.seed, "civil affairs with a blank")
    holders = [person for person in city.people if any(mark.category == "orphan" for mark in person.marks)]
    lines = [
        _civil_line(person, [Mark("orphan", city.first_list.replace(day=1))], dice) for person in holders
    ]
    lines.append([None, *_civil_line(holders[0], [Mark("orphan", as_of)], dice)[1:]])
    rows = [(number, *line) for number, line in enumerate(lines, start=1)]
    planted = (Planted(FIRST_LINE + len(rows) - 1, "缺少身份证号，整份名单应退回"),)
    content = workbook("资助参保对象全量明细（补报）", CIVIL_AFFAIRS, rows, remark=REMARK)
    return DemoFile(name, content, len(rows), planted)


def disabled_federation(city: City, *, name: str, as_of: Date) -> DemoFile:
    """Return the federation's list: certificates of twenty signs, the reissued ones with a suffix."""
    dice = Dice(city.seed, "disabled federation")
    rows: list[Sequence[Cell]] = []
    for person in city.people:
        for mark in person.marks:
            if mark.level is not None and mark.kind is not None and _is_alive(person, as_of):
                suffix = "B1" if dice.chance(REISSUED) else ""
                number = f"{person.id_number}{mark.kind}{mark.level}{suffix}"
                until = mark.since.replace(year=mark.since.year + VALID_YEARS)
                what = (KINDS[mark.kind - 1], dice.pick(LEVELS[mark.level]), until, person.village.town)
                rows.append((len(rows) + 1, person.name, number, *what))
    planted = []
    good = rows[0]
    for cells, wrong in (
        ((*good[1:2], str(good[2])[:15], *good[3:]), "残疾人证号位数不对"),
        (("周五", f"{NOBODY[:17]}012", *good[3:]), "证号中的身份证号校验码不符"),
    ):
        planted.append(Planted(FIRST_LINE + len(rows), wrong))
        rows.append((len(rows) + 1, *cells))
    content = workbook("持证残疾人名单", DISABLED, rows)
    return DemoFile(name, content, len(rows), tuple(planted))


def _civil_line(person: Person, marks: Iterable[Mark], dice: Dice) -> list[Cell]:
    names = []
    for mark in marks:
        rural, urban = NAMES[mark.category]
        names.append(dice.pick(urban if person.village.is_urban else rural))
        since = mark.since
    number = person.id_number.lower() if dice.chance(STRAY_SPACES) else person.id_number
    name = f" {person.name} " if dice.chance(STRAY_SPACES) else person.name
    return [number, name, dice.pick(SEPARATORS).join(names), *_where(person), _written(since, dice), None]


def _where(person: Person) -> tuple[str, str]:
    return person.village.town, person.village.name


def _written(day: Date, dice: Dice) -> Cell:
    """Return a day in one of the forms people write; those without a day only for the first of a month."""
    forms: list[Cell] = [day, f"{day.year}-{day.month}-{day.day}", f"{day:%Y%m%d}", f"{day:%Y/%m/%d}"]
    if day.day == 1:
        forms += [f"{day:%Y%m}", f"{day.year}/{day.month}", f"{day.year}年{day.month}月"]
    return dice.pick(forms)


def _is_alive(person: Person, day: Date) -> bool:
    return person.born_on <= day and (person.died_on is None or person.died_on > day)


def _other(digit: str) -> str:
    return "0" if digit != "0" else "1"
