"""Forms of lists: the template reads empty, the sample reads and plans without an error, the wide sheet is wide."""

import datetime
from pathlib import Path

import pytest

from exchange.models import InboundRow, RowOutcome
from exchange.parsers.templates import sample_of, template_of
from exchange.parsers.writer import write_xlsx
from hardship.parsers.deaths import FORM as DEATHS
from hardship.parsers.disabled_federation import read_disabled_federation
from hardship.parsers.kinds import IDENTITY_LISTS
from hardship.parsers.listed import ListedIdentity
from hardship.parsers.poverty_exit import FORM as REGISTER
from hardship.parsers.poverty_exit import read_poverty_exit
from hardship.parsers.rural_affairs import read_rural_affairs
from hardship.parsers.rural_affairs_form import FORM as WIDE
from hardship.services.lists import plan_list
from hardship.services.load_categories import load_categories
from registry.rules.identity_numbers import read_identity_number
from tests.hardship.factories import RecognitionFactory
from tests.registry.factories import ResidentFactory, harbin

DAY = datetime.date(2025, 3, 31)
HEAD, SON, OTHER = "13029919530707013X", "130299198502281112", "230199196503010428"
KINDS = pytest.mark.parametrize("kind", IDENTITY_LISTS)


def wide(**cells):
    """Return the wide sheet with one line."""
    line = {"证件号码": HEAD, "姓名": "郑样例"} | cells
    return write_xlsx(WIDE.headings, [[line.get(heading) for heading in WIDE.headings]])


def register(*rows):
    headings = ["户编号", "姓名", "证件号码", "户类型", "脱贫年度"]
    return read_poverty_exit(write_xlsx(headings, rows), "名册.xlsx", on=DAY)


def test_the_guide_names_every_list_and_its_required_columns():
    guide = (Path(__file__).parents[2] / "docs/list-formats.md").read_text()
    forms = {each.label: each.form for each in IDENTITY_LISTS.values()} | {"卫生健康死亡人员名单": DEATHS}

    for label, form in forms.items():
        (line,) = (line for line in guide.splitlines() if line.startswith(f"| {label} |"))
        assert all(column.aliases[0] in line for column in form.read if column.required), label


@KINDS
def test_an_empty_template_lists_nobody(kind):
    each = IDENTITY_LISTS[kind]

    parsed = each.read(template_of(each.form), "表样.xlsx", on=DAY)

    assert (parsed.people, parsed.errors) == ((), ())


@KINDS
@pytest.mark.django_db
def test_a_sample_plans_without_an_error(kind):
    each = IDENTITY_LISTS[kind]
    load_categories()
    content = sample_of(each.form)
    for person in each.read(content, "样例.xlsx", on=DAY).people:
        known = read_identity_number(person.id_number, on=DAY)
        ResidentFactory(number=person.id_number, name=person.name, born_on=known.born_on, sex=known.sex)

    batch = plan_list(kind=kind, content=content, file_name="样例.xlsx", area=harbin(), as_of=DAY)

    outcomes = set(InboundRow.objects.filter(batch=batch).values_list("outcome", flat=True))
    assert outcomes <= {RowOutcome.NEW, RowOutcome.UNCHANGED}
    assert batch.counts[RowOutcome.NEW] >= 1
    assert set(InboundRow.objects.filter(batch=batch).values_list("sheet", flat=True)) == {each.form.title}


def test_the_wide_sheet_is_read_by_its_few_columns():
    assert len(WIDE.headings) > 110

    (person,) = read_rural_affairs(
        wide(户类型="脱贫户", 监测对象类别="脱贫不稳定户", 风险是否已消除="否", 识别监测时间="202403"),
        "x",
        on=DAY,
    ).people

    assert [each.name for each in person.identities] == ["脱贫户", "脱贫不稳定户"]
    assert person.hearsay == ()


@pytest.mark.parametrize(
    ("said", "hearsay"),
    [("是", ("低保对象",)), ("农村低保", ("低保对象",)), ("否", ()), ("未享受", ()), ("", ())],
)
def test_what_the_rural_office_says_of_the_allowance_is_hearsay_and_no_identity(said, hearsay):
    (person,) = read_rural_affairs(wide(户类型="一般农户", 享受低保政策情况=said), "x", on=DAY).people

    assert (person.identities, person.hearsay) == ((), hearsay)


@pytest.mark.django_db
def test_hearsay_is_held_against_the_records_and_changes_nothing():
    load_categories()
    known = ResidentFactory(number=HEAD, name="郑样例")

    def message():
        batch = plan_list(
            kind="rural_affairs", content=wide(户类型="一般农户", 享受低保政策情况="是"), file_name="x.xlsx",
            area=harbin(), as_of=DAY,
        )  # fmt: skip
        row = InboundRow.objects.get(batch=batch)
        return row.outcome, row.message

    alone = message()
    RecognitionFactory(resident=known)
    agreed = message()

    assert alone == (
        RowOutcome.UNCHANGED,
        "清单未给出困难身份；清单称享受低保对象，登记簿中没有，以认定部门的名单为准",
    )
    assert agreed == (RowOutcome.UNCHANGED, "清单未给出困难身份")


def test_members_take_what_the_first_line_of_their_household_says():
    parsed = register(
        ["99001", "甲", HEAD, "脱贫户", "2019年"],
        ["", "乙", SON, "", ""],
        ["99002", "丙", OTHER, "一般农户", ""],
    )

    exited = (ListedIdentity("脱贫人口", {"exit_year": 2019}),)
    assert [(each.identities, each.document) for each in parsed.people] == [
        (exited, "户编号 99001"),
        (exited, "户编号 99001"),
        ((), "户编号 99002"),
    ]


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        (["", "甲", HEAD, "脱贫户", "2019"], "blank_household", "户编号"),
        (["99001", "甲", HEAD, "", "2019"], "blank_identity", "户类型"),
        (["99001", "甲", HEAD, "未脱贫户", ""], "household_type_unknown", "户类型"),
        (["99001", "甲", HEAD, "脱贫户", "2013"], "exit_year_unreadable", "脱贫年度"),
        (["99001", "甲", HEAD, "脱贫户", "2026"], "exit_year_unreadable", "脱贫年度"),
        (["99001", "甲", HEAD, "脱贫户", "前年"], "exit_year_unreadable", "脱贫年度"),
    ],
)
def test_a_line_of_the_register_that_cannot_be_right_names_its_column(row, code, column):
    (error,) = register(row).errors

    assert (error.code, error.column, error.number, error.sheet) == (code, column, 2, "名单")


@pytest.mark.django_db
def test_the_register_ends_only_those_who_exited_poverty():
    load_categories()
    left_out = ResidentFactory(number=SON, name="乙")
    for category in ("exited_poverty", "unstable_exit", "subsistence_allowance"):
        RecognitionFactory(resident=left_out, of=category)
    ResidentFactory(number=HEAD, name="孙样例")
    rows = [[None] * 5 + ["99001", None, "孙样例", HEAD, "户主", "脱贫户", "2019"]]

    batch = plan_list(
        kind="poverty_exit", content=write_xlsx(REGISTER.headings, rows), file_name="x.xlsx", area=harbin(), as_of=DAY
    )  # fmt: skip

    ended = InboundRow.objects.filter(batch=batch, outcome=RowOutcome.ENDED)
    assert [change["category"] for row in ended for change in row.payload["changes"]] == ["exited_poverty"]


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        (["13029919530707013X11B1", "视力残疾", "一级", "长期"], ""),
        (["13029919530707013X11", "1", "1", "20300101"], ""),
        (["13029919530707013X31", "语言残疾", "1级", ""], ""),
        (["13029919530707013X11", "肢体", "一级", ""], "certificate_contradictory"),
        (["13029919530707013X11", "视力", "二级", ""], "certificate_contradictory"),
        (["13029919530707013X1", "视力", "一级", ""], "certificate_invalid"),
        (["13029919530707013X81", "", "", ""], "certificate_invalid"),
    ],
)
def test_a_certificate_agrees_with_what_its_row_says(cells, code):
    content = write_xlsx(["姓名", "残疾人证号", "残疾类别", "残疾等级", "有效期"], [["甲", *cells]])

    parsed = read_disabled_federation(content, "x.xlsx", on=DAY)

    assert [error.code for error in parsed.errors] == ([code] if code else [])
