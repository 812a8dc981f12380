"""Lists in which what a household has in common is one cell merged over its members."""

import pytest

from enrollment.services.quote import quote
from hardship.models import Recognition
from policy.services.versions import load_shipped_policies
from tests.exchange.test_reading_sheets import book
from tests.hardship.lists import apply, day, number, outcomes, people, plan
from tests.registry.factories import tangshan

pytestmark = pytest.mark.django_db

RURAL = [
    "户编号",
    "姓名",
    "证件号码",
    "户类型",
    "监测对象类别",
    "风险是否已消除",
    "识别监测时间",
    "消除监测时间",
]
CIVIL = ["身份证号码", "姓名", "医疗救助身份", "纳入资助时间"]
OCTOBER, PAY_DAY = day("2024-10-31"), day("2024-11-15")


def put(head, rows, *merges, **more):
    """Return a list in force, read of a workbook in which some ranges are merged, each keeping the text given."""

    def merge(sheet):
        for cells, text in merges:
            sheet.merge_range(cells, text)

    content = book(("名单", [head, *rows], merge))
    return apply(plan(content, area=tangshan(), as_of=OCTOBER, **more))


def aid(residents):
    found = quote(resident_ids=[each.pk for each in residents], coverage_year=2025, paid_on=PAY_DAY)
    return [int(found[each.pk].dues.assisted) for each in residents]


def folk():
    load_shipped_policies()
    return people(2, living_area=tangshan(), hukou_area=tangshan(), pooling_area=tangshan())


def member(serial, *cells):
    return ["H1", f"人{serial}", number(serial), *cells]


@pytest.mark.parametrize(
    ("cells", "merges", "expected"),
    [
        (
            ("脱贫户", "脱贫不稳定户", "", "", ""),
            [("F2:F3", "是"), ("G2:G3", "202403"), ("H2:H3", "202408")],
            270,
        ),
        (("脱贫户", "", "否", "202403", ""), [("E2:E3", "脱贫不稳定户")], 390),
        (("", "突发严重困难户", "否", "202403", ""), [("A2:A3", "H1"), ("D2:D3", "脱贫户")], 390),
        (
            ("", "", "", "", ""),
            [("D2:D3", "脱贫户"), ("E2:E3", "脱贫不稳定户"), ("F2:F3", "否"), ("G2:G3", "202403")],
            390,
        ),
    ],
)
def test_members_of_a_household_get_what_the_merged_cell_beside_them_says(cells, merges, expected):
    residents = folk()

    put(RURAL, [member(0, *cells), member(1, *cells)], *merges, kind="rural_affairs")

    assert aid(residents) == [expected, expected]
    assert len(set(Recognition.objects.values_list("category", "valid_from", "valid_to", "document"))) == len(
        Recognition.objects.all()
    ) // len(residents)


def test_a_first_day_merged_over_two_people_is_both_of_theirs():
    folk()
    rows = [[number(serial), f"人{serial}", "低保", ""] for serial in range(2)]

    put(CIVIL, rows, ("D2:D3", "2024-03-05"))

    assert set(Recognition.objects.values_list("valid_from", flat=True)) == {day("2024-03-05")}


def test_a_number_merged_over_two_people_sends_a_full_list_back():
    folk()
    rows = [[number(serial), f"人{serial}", "低保", ""] for serial in range(2)]

    def merge(sheet):
        sheet.merge_range("A2:A3", number(0))

    batch = plan(book(("名单", [CIVIL, *rows], merge)), area=tangshan(), as_of=OCTOBER)

    assert batch.status == "refused"
    assert outcomes(batch) == [(3, "refused", "merged_cells")]
