"""The register of those who exited poverty (脱贫人口名册), household by household.

Members of a household stand below one another; its number, kind and year are often written on the first line only, or
merged over all: a blank cell means the same as in the line above, of the same sheet and as far as that could be read.
The register speaks for 脱贫人口 alone: whether somebody is monitored, the monitoring export says (`rural_affairs.py`).
"""

import datetime
import re
from dataclasses import dataclass

from exchange.parsers.cells import ROUNDED
from exchange.parsers.forms import Form
from exchange.parsers.tables import Column, Row, read_table
from hardship.parsers.listed import (
    ID_NUMBER,
    NAME,
    ListedPerson,
    ParsedList,
    RowRefused,
    household_of,
    id_number_of,
    name_of,
    parsed_list,
)
from hardship.rules.identity_names import made_alike
from hardship.rules.stated_identities import ListedIdentity

FORM = Form(
    title="脱贫人口名册",
    columns=(
        "省",
        "市",
        "县",
        "乡",
        "村",
        Column(
            "household",
            ("户编号", "户号", "家庭编号"),
            note="只写在一户第一行的，以下各行视为同一户",
            is_shared=True,
        ),
        "人编号",
        Column("name", NAME, note="与身份证一致"),
        Column("id_number", ("证件号码", *ID_NUMBER), is_key=True, note="18位公民身份号码，按文本填写；一人一行"),
        "与户主关系",
        Column(
            "household_type",
            ("户类型", "农户类型", "脱贫户类型", "户属性"),
            note="脱贫户；同一户只写在第一行的，以下各行相同",
            choices=("脱贫户", "脱贫不稳定户", "一般农户"),
            is_shared=True,
        ),
        Column(
            "exit_year",
            ("脱贫年度", "脱贫年份", "脱贫时间"),
            required=False,
            note="如 2019；尚未脱贫的不列入本名册",
            is_shared=True,
        ),
        "健康状况",
        "劳动技能",
    ),
    notes=(
        "本名册只说明谁是脱贫人口；监测对象（脱贫不稳定户、边缘易致贫户、突发严重困难户）以防返贫监测名单为准。",
        "全量名册须包含全部脱贫人口；不在名册上的人，其脱贫人口身份将在核对后终止，其他身份不受影响。",
    ),
    people=(
        {
            "省": "样例省",
            "市": "样例市",
            "县": "样例县",
            "乡": "样例镇",
            "村": "样例村",
            "户编号": "990100000001",
            "人编号": "99010000000101",
            "姓名": "孙样例",
            "证件号码": "13029919530707013X",
            "与户主关系": "户主",
            "户类型": "脱贫户",
            "脱贫年度": "2019",
        },
        {"姓名": "周样例", "证件号码": "130299198502281112", "与户主关系": "之子"},
        {
            "乡": "样例镇",
            "村": "样例村",
            "户编号": "990100000002",
            "姓名": "吴样例",
            "证件号码": "230199196503010428",
            "与户主关系": "户主",
            "户类型": "脱贫户",
            "脱贫年度": "2020年",
        },
    ),
)  # fmt: skip
IDENTITY = "脱贫人口"
EXITED = re.compile(r"(?<![未非])脱贫(不稳定)?(户|人口|家庭)?(继续)?(享受政策)?$")
NOT_EXITED = {"一般农户", "一般户", "非脱贫户", "普通农户", "边缘易致贫户", "突发严重困难户", "无", "否"}
FIRST_YEAR = 2014  # 建档立卡始于 2014 年
YEAR = re.compile(r"(\d{4})(?:年度?)?(?:\d{1,2}月?)?(?:[-/.].*)?")


@dataclass(slots=True)
class _Household:
    """What the lines so far said of the household they are in."""

    sheet: str = ""
    number: str = ""
    kind: str = ""
    year: str = ""

    def take(self, row: Row) -> None:
        """Take the next line in, readable or not: a number of its own, or another sheet, begins another household.

        Of a line with a cell that lost its result nothing is filled in: that may be the cell that began a household.
        """
        number = row["household"]
        if row.fault is not None or row.sheet != self.sheet or (number and number != self.number):
            lost = ROUNDED.fullmatch(number)
            self.sheet, self.number, self.kind, self.year = row.sheet, "" if lost else number, "", ""
        self.kind = made_alike(row["household_type"]) or self.kind
        self.year = row["exit_year"] or self.year


def read_poverty_exit(content: bytes, file_name: str, *, on: datetime.date) -> ParsedList:
    """Return the people of the register; who belongs to an ordinary household has not exited poverty.

    :param on: day the register speaks of
    :raises ListUnreadable: if it is no such register
    """
    table = read_table(content, file_name, columns=FORM.read)
    household = _Household()

    def person(row: Row) -> ListedPerson:
        number = id_number_of(row, on=on)
        household_of(row)
        identities = _identities(household, on=on)
        return ListedPerson(
            row.number, number, name_of(row), identities, f"户编号 {household.number}"[:100], row.sheet
        )

    return parsed_list(
        table, person, identify=lambda row: id_number_of(row, on=on), before_each=household.take
    )


def _identities(household: _Household, *, on: datetime.date) -> tuple[ListedIdentity, ...]:
    if not household.number:
        raise RowRefused(
            "户编号为空，且本表上方没有读得出的同户的行",
            column="household",
            code="blank_household",
            spoils_full_list=True,
        )
    if not household.kind:
        raise RowRefused("户类型为空", column="household_type", code="blank_identity", spoils_full_list=True)
    if household.kind in NOT_EXITED:
        return ()
    if not EXITED.search(household.kind):
        raise RowRefused(
            f"户类型“{household.kind[:20]}”不是名册中的写法",
            column="household_type",
            code="household_type_unknown",
        )
    if not household.year:
        return (ListedIdentity(IDENTITY),)
    found = YEAR.fullmatch(made_alike(household.year))
    if found is None or not FIRST_YEAR <= int(found[1]) <= on.year:
        raise RowRefused(
            f"脱贫年度应为 {FIRST_YEAR} 至 {on.year} 的年份", column="exit_year", code="exit_year_unreadable"
        )
    return (ListedIdentity(IDENTITY, {"exit_year": int(found[1])}),)
