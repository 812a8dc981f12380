"""参保率 and 参保动员名单: every figure leads to its list, people are worked on by who may, numbers stay masked."""

import io
import re
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from python_calamine import CalamineWorkbook

from enrollment.models import Contact, OutreachAssignment, UninsuredReason
from policy.services.versions import load_shipped_policies
from registry.models import AccessLog, Role
from tests.enrollment.factories import InsuredFactory
from tests.hardship.factories import RecognitionFactory
from tests.pages.conftest import at_desk, staff
from tests.registry import factories

pytestmark = pytest.mark.django_db
NUMBERS = [factories.identity_number(serial) for serial in range(4)]


@pytest.fixture
def people():
    """Four people of 道里区: three poor, of whom one is insured and one lost."""
    load_shipped_policies()
    made = [
        factories.ResidentFactory(number=number, name=name, phone="13800001234")
        for number, name in zip(NUMBERS, ("甲有保", "乙失联", "丙待办", "丁不困难"), strict=True)
    ]
    for person in made[:3]:
        RecognitionFactory(resident=person)
    InsuredFactory(resident=made[0], year=2025, paid_on="2024-10-08")
    return made


@pytest.fixture
def clerk(db):
    return at_desk(staff(Role.CLERK, factories.harbin()))


def asked(**more):
    return {"area": factories.harbin().pk, "year": 2025, "group": "hardship", "which": "waiting", **more}


def shown(client, page="outreach", **query):
    answer = client.get(reverse(page), query)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def do(client, step, *people, **fields):
    chosen = {**asked(), "people": ",".join(str(each.pk) for each in people)}
    said = {f"said-{name}": value for name, value in fields.items()}
    return client.post(reverse("outreach-work", args=[step]), {**chosen, **said, "answer": ""}, follow=True)


def test_the_list_shows_who_is_waiting_masked(people, clerk):
    page = shown(clerk, **asked())

    assert "丙待办" in page
    assert "甲有保" not in page
    assert "丁不困难" not in page
    assert "138****1234" in page
    assert not any(number in page for number in NUMBERS)
    assert "13800001234" not in page


def test_every_figure_of_the_sheet_is_the_length_of_its_list(people, clerk):
    do(clerk, "reason", people[1], reason="lost", stated_on="2024-12-01", source="visit")

    for group in ("hardship", "all"):
        page = shown(clerk, "participation", **asked(group=group))
        found = re.findall(r'href="(/admin/outreach/\?[^"]+)">([\d,]+)</a>', page)
        assert len(found) >= 6
        for address, figure in found:
            listed = clerk.get(address).context["lines"]
            assert (address, len(listed)) == (address, int(figure.replace(",", "")))


def test_the_sheet_tells_rate_target_and_working(people, clerk):
    page = shown(clerk, "participation", **asked())

    assert "33.33%" in page
    assert "未达标" in page
    assert "参保率不低于99%" in page
    assert "集中参保缴费期" in page
    assert "还没有留存" in page
    assert "通知没有写按户籍地还是居住地" in page
    assert "0.33" not in page


def test_an_earlier_day_stays_chosen_from_the_sheet_to_its_lists(people, clerk):
    page = shown(clerk, "participation", **asked(day="2024-10-01"))
    waiting = re.search(r'href="(/admin/outreach/[^"]+which=waiting[^"]*)">3</a>', page)

    assert "0.00%" in page
    assert "day=2024-10-01" in waiting[1]
    assert [line.name for line in clerk.get(waiting[1]).context["lines"]] == ["甲有保", "乙失联", "丙待办"]
    assert "截至日期不能晚于今天" in shown(clerk, **asked(day="2999-01-01"))


def test_the_sheet_is_taken_away_with_the_agreed_columns(people, clerk):
    answer = clerk.get(reverse("participation"), {**asked(), "xlsx": 1})

    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert rows[0][:6] == ["地区", "任务数", "本地居民", "本地职工", "异地居民", "异地职工"]
    assert rows[0][-2:] == ["完成数", "完成率"]
    assert rows[-1][0] == "合计"
    assert rows[-1][1:3] == [3.0, 1.0]


def test_a_clerk_records_a_contact_a_reason_and_a_colleague(people, clerk):
    colleague = staff(Role.CLERK, factories.daoli(), username="wang")

    do(
        clerk,
        "contact",
        *people[1:3],
        contacted_on="2024-12-01",
        way="phone",
        outcome="promised",
        note="下周缴",
    )
    do(clerk, "reason", people[1], reason="lost", stated_on="2024-12-02", source="visit")
    do(clerk, "assign", people[2], assignee=colleague.pk)

    assert Contact.objects.count() == 2
    assert UninsuredReason.objects.get().resident == people[1]
    assert OutreachAssignment.objects.get().assignee == colleague
    waiting = shown(clerk, **asked())
    assert "答应缴费" in waiting
    assert "wang" in waiting
    assert "乙失联" not in waiting
    assert "乙失联" in shown(clerk, **asked(which="lost"))


def test_what_is_refused_is_said_by_name(people, clerk):
    page = do(clerk, "reason", people[0], people[1], reason="refused", stated_on="2024-12-02", source="visit")

    said = unescape(page.content.decode())
    assert "已登记 1 人的未参保原因" in said
    assert "甲有保：已在本地参保缴费" in said


def test_a_reason_ends_and_the_person_waits_again(people, clerk):
    do(clerk, "reason", people[1], reason="lost", stated_on="2024-12-02", source="visit")
    do(clerk, "end", people[1], on="2024-12-09", why="已联系上")

    assert "乙失联" in shown(clerk, **asked())
    assert UninsuredReason.objects.get().ended_on is not None


def test_a_reason_against_the_records_is_shown(people, clerk):
    do(clerk, "reason", people[1], reason="lost", stated_on="2024-12-02", source="visit")
    InsuredFactory(resident=people[1], year=2025, paid_on="2024-12-20")

    page = shown(clerk, **asked(which="contradicted"))

    assert "与登记不符：已参保缴费" in page
    assert "有 <a" in shown(clerk, "participation", **asked())


def test_all_that_fit_are_meant_at_once(people, clerk):
    page = clerk.post(reverse("outreach-work", args=["contact"]), {**asked(), "all": "on"})

    assert page.context["people"] == f"{people[1].pk},{people[2].pk}"
    assert "乙失联、丙待办，共 2 人" in page.content.decode()


def test_nobody_works_on_people_of_other_areas(people):
    client = at_desk(staff(Role.CLERK, factories.shangzhi()))
    mine = {"area": factories.shangzhi().pk, "year": 2025, "group": "all", "which": "waiting"}

    answer = client.post(
        reverse("outreach-work", args=["contact"]),
        {
            **mine,
            "people": people[1].pk,
            "answer": "",
            "said-contacted_on": "2024-12-01",
            "said-way": "phone",
            "said-outcome": "promised",
        },
        follow=True,
    )
    other = client.get(reverse("outreach"), asked())

    assert "不在您可办理的范围内" in answer.content.decode()
    assert Contact.objects.count() == 0
    assert "丙待办" not in other.content.decode()


def test_a_viewer_looks_and_does_nothing(people):
    client = at_desk(staff(Role.VIEWER, factories.harbin()))

    page = shown(client, **asked())
    answer = do(client, "contact", people[1], contacted_on="2024-12-01", way="phone", outcome="promised")

    assert "丙待办" in page
    assert "登记联系" not in page
    assert "不在您可办理的范围内" in answer.content.decode()
    assert Contact.objects.count() == 0


def test_the_list_is_taken_away_for_a_reason_and_logged(people, clerk):
    refused = clerk.post(reverse("outreach-export"), asked(), follow=True)
    answer = clerk.post(reverse("outreach-export"), asked(purpose="交街道入户"))

    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert "请填写导出事由" in refused.content.decode()
    assert [row[2] for row in rows[1:]] == ["乙失联", "丙待办"]
    assert rows[1][4] == "138****1234"
    assert not any(number in str(rows) for number in NUMBERS)
    assert set(AccessLog.objects.values_list("resident", flat=True)) == {people[1].pk, people[2].pk}


def test_a_year_without_a_policy_says_so(people, clerk):
    factories.ResidentFactory(living_area=factories.tangshan(), pooling_area=factories.tangshan())
    nothing = at_desk(staff(Role.CLERK, factories.area("310000", name="上海市")))

    page = nothing.get(reverse("participation"), {"year": 2025}).content.decode()

    assert "没有已生效的 2025 年度政策" in page


def test_pages_go_on_after_fifty(people, clerk):
    for serial in range(10, 70):
        factories.ResidentFactory(number=factories.identity_number(serial))

    first = clerk.get(reverse("outreach"), asked(group="all"))
    second = clerk.get(reverse("outreach") + first.context["older"])
    printed = clerk.get(reverse("outreach"), asked(group="all", print=1))

    names = [line.key for line in (*first.context["lines"], *second.context["lines"])]
    assert (len(first.context["lines"]), len(names), len(set(names))) == (50, 63, 63)
    assert second.context["older"] == ""
    assert len(printed.context["lines"]) == 63


def test_the_list_costs_the_same_for_3_people_and_for_30(people, clerk, django_assert_num_queries):
    clerk.get(reverse("outreach"), asked())
    with CaptureQueriesContext(connection) as few:
        clerk.get(reverse("outreach"), asked(group="all"))
    for serial in range(10, 40):
        factories.ResidentFactory(number=factories.identity_number(serial))

    with django_assert_num_queries(len(few)):
        clerk.get(reverse("outreach"), asked(group="all"))
