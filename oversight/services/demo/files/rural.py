"""The rural affairs export (防返贫监测个人信息表): one wide line a person, in GB18030."""

from collections.abc import Sequence

from oversight.services.demo.city.city import City
from oversight.services.demo.city.dice import Dice
from oversight.services.demo.city.hardships import MONITORED
from oversight.services.demo.city.people import Family, Person
from oversight.services.demo.files.formats import Cell, DemoFile, Planted, columns, text_file
from policy.dates import Date

LABELS = {
    "at_risk_of_poverty": "边缘易致贫户",
    "unstable_exit": "脱贫不稳定户",
    "sudden_hardship": "突发严重困难户",
    "fallen_into_poverty": "返贫致贫人口",
}
WHO = columns(
    "省 市 县 乡 村 户编号 人编号 姓名 证件类型 证件号码 与户主关系 性别 出生日期 民族 政治面貌 "
    "文化程度 在校生状况 健康状况 劳动技能"
)
STATE = columns(
    "户类型 监测对象类别 风险是否已消除 识别监测时间 消除监测时间 风险消除方式 致贫/返贫风险1 "
    "致贫/返贫风险2 致贫/返贫风险3 致贫/返贫风险4 致贫/返贫风险5 享受低保政策情况 "
    "享受特困供养政策情况 整户无劳动能力兜底保障户 是否参加城乡居民基本医疗保险 "
    "是否参加城镇职工基本医疗保险 是否参加大病保险 是否参加商业补充医疗保险 是否接受医疗救助 "
    "是否接受其他健康帮扶 是否参加城乡居民基本养老保险 是否参加城镇职工基本养老保险 "
    "是否享受最低生活保障"
)
MONTHLY = tuple(
    f"{month}月{what}"
    for month in range(1, 13)
    for what in ("务工地点", "务工收入", "帮扶措施", "走访次数", "监测情况")
)
TAIL = columns(
    "工资性收入 生产经营性收入 财产性收入 转移性收入 合规自付支出 人均纯收入 是否危房户 "
    "是否解决安全饮用水 帮扶责任人 帮扶责任人单位"
)
HEADER = (*WHO, *STATE, *MONTHLY, *TAIL)
RISKS = ("因病", "因残", "缺劳动力", "因灾", "务工就业不稳")
FIRST_LINE = 2


def rural_affairs(city: City, *, name: str, as_of: Date) -> DemoFile:
    """Return who had exited poverty or was monitored on `as_of`."""
    dice = Dice(city.seed, "rural affairs")
    rows: list[Sequence[Cell]] = []
    for family in city.families:
        for number, person in enumerate(family.members, start=1):
            if _is_listed(person, as_of):
                rows.append(_line(family, person, number, dice))
    no_number = list(rows[0])
    no_number[HEADER.index("证件号码")] = str(no_number[HEADER.index("证件号码")])[:17]
    strange = _line(*_ordinary(city), dice)
    strange[HEADER.index("监测对象类别")] = "其他户"
    bad = ((no_number, "证件号码只有17位"), (strange, "监测对象类别不认识"))
    planted = tuple(Planted(FIRST_LINE + len(rows) + place, what) for place, (_, what) in enumerate(bad))
    rows += [cells for cells, _ in bad]
    content = text_file(HEADER, rows, encoding="gb18030")
    return DemoFile(name, content, len(rows), planted)


def _ordinary(city: City) -> tuple[Family, Person, int]:
    """Return somebody in a village whom the list does not concern."""
    return next(
        (family, family.head, 1)
        for family in city.families
        if not family.village.is_urban and not family.head.marks and not family.head.died_on
    )


def _is_listed(person: Person, as_of: Date) -> bool:
    alive = person.died_on is None or person.died_on > as_of
    return alive and any(
        mark.category in (*MONITORED, "exited_poverty") and mark.covers(as_of) for mark in person.marks
    )


def _line(family: Family, person: Person, number: int, dice: Dice) -> list[Cell]:
    village = person.village
    risk = dice.pick(RISKS)
    told: dict[str, Cell] = {
        "省": "黑龙江省",
        "市": "哈尔滨市",
        "县": village.county,
        "乡": village.town,
        "村": village.name,
        "户编号": family.number,
        "人编号": f"{family.number}{number:02d}",
        "姓名": person.name,
        "证件类型": "居民身份证",
        "证件号码": person.id_number,
        "与户主关系": "户主" if number == 1 else person.relation,
        "性别": "男" if person.sex == "1" else "女",
        "出生日期": f"{person.born_on:%Y%m%d}",
        "健康状况": "患有大病" if risk == "因病" else "健康",
        "劳动技能": "普通劳动力",
        "帮扶责任人": "演示干部",
        **_state(person, risk),
    }
    return [told.get(column) for column in HEADER]


def _state(person: Person, risk: str) -> dict[str, Cell]:
    held = {mark.category: mark for mark in person.marks}
    told: dict[str, Cell] = {
        "户类型": "脱贫户" if "exited_poverty" in held else "一般农户",
        "享受低保政策情况": "是" if "subsistence_allowance" in held else "否",
        "享受特困供养政策情况": "是" if "extreme_hardship" in held else "否",
        "整户无劳动能力兜底保障户": "否",
        "是否参加城乡居民基本医疗保险": "是" if person.past else "否",
        "是否参加城镇职工基本医疗保险": "是" if person.employment else "否",
        "是否参加大病保险": "是" if person.past else "否",
    }
    monitored = next((held[category] for category in MONITORED if category in held), None)
    if monitored is not None:
        over = monitored.eliminated_on
        told |= {
            "监测对象类别": LABELS[monitored.category],
            "风险是否已消除": "是" if over else "否",
            "识别监测时间": f"{monitored.since:%Y%m}",
            "消除监测时间": f"{over:%Y%m}" if over else None,
            "风险消除方式": "自然消除" if over else None,
            "致贫/返贫风险1": risk,
        }
    return told
