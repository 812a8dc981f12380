"""The page of a year end: started by a supervisor, approved and taken back by a reviewer, read by others."""

import datetime

import pytest

from benefits.models import IncentiveRun, IncentiveState, RunState
from benefits.services.year_end import run_year_end_chunks
from registry.batch.history import update_with_history
from registry.models import AccessLog, Resident, Role
from tests.benefits.factories import insured, law, somebody
from tests.pages.conftest import at_desk, staff
from tests.pages.test_actions import meant
from tests.registry import factories

pytestmark = pytest.mark.django_db
LIST = "/admin/benefits/incentiverun/"


@pytest.fixture(autouse=True)
def _city():
    law()
    insured(somebody(1))
    insured(somebody(2), 2024)


@pytest.fixture
def boss():
    return at_desk(staff(Role.SUPERVISOR, factories.harbin(), username="boss"))


@pytest.fixture
def reviewer():
    return at_desk(staff(Role.REVIEWER, factories.harbin(), username="reviewer"))


@pytest.fixture
def page(boss) -> str:
    """Return the address of a proposal."""
    boss.post(f"{LIST}start_run/", {"area": factories.harbin().pk, "year": 2025})
    run = IncentiveRun.objects.get()
    assert (run.state, run.started_by.username) == (RunState.COMPUTING, "boss")
    run_year_end_chunks(run_id=run.pk)
    return f"{LIST}{run.pk}"


def shown(client, page) -> str:
    return client.get(f"{page}/change/").content.decode()


def test_only_supervisors_start_one_and_only_of_a_year_that_is_over(boss, reviewer):
    asked = {"area": factories.harbin().pk, "year": 2025}

    refused = reviewer.post(f"{LIST}start_run/", asked)
    early = boss.post(f"{LIST}start_run/", asked | {"year": 2099}).content.decode()

    assert refused.status_code == 403
    assert "尚未结束" in early
    assert not IncentiveRun.objects.exists()


def test_it_shows_how_far_it_is_then_what_it_changes(boss):
    boss.post(f"{LIST}start_run/", {"area": factories.harbin().pk, "year": 2025})
    run = IncentiveRun.objects.get()
    page = f"{LIST}{run.pk}"

    assert "正在核算，批准前不生效" in shown(boss, page)
    assert "0 / 2 行" in boss.get(f"{page}/change/?part=progress").content.decode()
    run_year_end_chunks(run_id=run.pk)

    assert boss.get(f"{page}/change/?part=progress").headers["HX-Refresh"] == "true"
    html = shown(boss, page)
    for text in ("待复核", "提高 4,000.00 元", "降低 4,000.00 元", "无困难身份", "按居住的乡镇街道"):
        assert text in html


def test_whoever_started_it_is_not_asked_to_approve_and_may_not(boss, page):
    assert f"{page}/approve/" not in shown(boss, page)

    answer = boss.post(f"{page}/approve/", meant(reason="抽查无误"))

    assert answer.status_code == 403
    assert not IncentiveState.objects.exists()


def test_a_reviewer_approves_and_takes_it_back(reviewer, page):
    reviewer.post(f"{page}/approve/", meant(reason="抽查无误"))

    run = IncentiveRun.objects.get()
    assert (run.state, run.reason, run.decided_by.username) == (RunState.APPLIED, "抽查无误", "reviewer")
    assert IncentiveState.objects.count() == 2
    assert "正在更正核算后有变化的人员" in shown(reviewer, page)
    run_year_end_chunks(run_id=run.pk)
    html = shown(reviewer, page)
    assert "次年结算重新结算（笔）" in html
    reviewer.post(f"{page}/undo/", meant(reason="名单有误"))
    assert IncentiveRun.objects.get().state == RunState.UNDONE
    assert not IncentiveState.objects.exists()
    assert "名单有误" in shown(reviewer, page)


def test_clerks_and_other_areas_decide_nothing(page):
    clerk = at_desk(staff(Role.CLERK, factories.harbin(), username="clerk"))
    stranger = at_desk(staff(Role.REVIEWER, factories.tangshan(), username="stranger"))

    for client in (clerk, stranger):
        for step in ("approve", "reject", "cancel", "undo", "pause", "resume"):
            answer = client.post(f"{page}/{step}/", meant(reason="无"))
            assert answer.status_code in (302, 403, 404), step

    assert IncentiveRun.objects.get().state == RunState.PROPOSED


def test_it_is_sent_back_or_cancelled(boss, reviewer, page):
    reviewer.post(f"{page}/reject/", meant(reason="名单有误"))
    assert IncentiveRun.objects.get().state == RunState.REJECTED
    boss.post(f"{LIST}start_run/", {"area": factories.harbin().pk, "year": 2025})

    again = IncentiveRun.objects.latest("pk")
    boss.post(f"{LIST}{again.pk}/pause/", meant())
    assert "已暂停" in shown(boss, f"{LIST}{again.pk}")
    boss.post(f"{LIST}{again.pk}/resume/", meant())
    boss.post(f"{LIST}{again.pk}/cancel/", meant(reason="不办了"))

    assert IncentiveRun.objects.latest("pk").state == RunState.CANCELLED


def test_as_many_queries_for_many_people_as_for_few(page, reviewer, django_assert_max_num_queries):
    with django_assert_max_num_queries(40):
        shown(reviewer, page)


def number(serial: int) -> str:
    return factories.identity_number(serial, born_on=datetime.date(1960, 1, 1))


def looked(client, page, **asked) -> str:
    return client.get(f"{page}/people_of_run/", asked).content.decode()


def test_staff_check_the_same_sample_and_search(boss, reviewer, page):
    both = looked(boss, page), looked(reviewer, page)
    for html in both:
        assert html.count("过程</a>") == 2
        assert "随机抽查 30 人" in html

    assert looked(reviewer, page, change="4000.00").count("过程</a>") == 1
    assert looked(reviewer, page, who=number(2)).count("过程</a>") == 1
    assert "没有符合条件的人员" in looked(reviewer, page, who="没有这人")
    assert "没有符合条件的人员" in looked(reviewer, page, who=number(9))


def test_towns_of_one_name_are_told_apart_and_nobody_is_left_out(boss):
    for (code, name), person in zip(
        (("230102", "道里区"), ("230103", "南岗区")), Resident.objects.order_by("pk"), strict=True
    ):
        county = factories.area(code, name=name, parent=factories.harbin())
        town = factories.area(f"{code}001", name="新华街道", parent=county)
        update_with_history(Resident.objects.filter(pk=person.pk), {"living_area": town}, reason="correct")
    boss.post(f"{LIST}start_run/", {"area": factories.harbin().pk, "year": 2025})
    run = IncentiveRun.objects.get()
    run_year_end_chunks(run_id=run.pk)

    html = shown(boss, f"{LIST}{run.pk}")

    assert "道里区 新华街道" in html
    assert "南岗区 新华街道" in html
    assert "道里区 新华街道" in looked(boss, f"{LIST}{run.pk}")


def test_an_impossible_person_shows_the_sample(reviewer, page):
    assert "随机抽查" in looked(reviewer, page, person="9" * 30)


def test_everybodys_working_names_its_clauses_and_what_came_since(reviewer, page):
    lapsed = Resident.objects.order_by("pk").last()

    before = looked(reviewer, page, person=lapsed.pk)
    insured(lapsed, 2025)
    after = looked(reviewer, page, person=lapsed.pk)

    assert "断保" in before
    assert "黑医保发〔2024〕45号" in before
    assert "核算后有新的记录" not in before
    assert "核算后有新的记录：按最新记录，次年封顶线为" in after


def test_a_file_of_the_people_is_logged(reviewer, page):
    answer = reviewer.get(f"{page}/people_of_run/", {"xlsx": 1})

    assert answer.headers["Content-Type"].endswith("spreadsheetml.sheet")
    assert AccessLog.objects.filter(purpose__contains="年终激励核算").count() == 2


def test_one_that_is_not_computed_has_nobody_to_show(boss):
    boss.post(f"{LIST}start_run/", {"area": factories.harbin().pk, "year": 2025})
    run = IncentiveRun.objects.get()

    assert boss.get(f"{LIST}{run.pk}/people_of_run/").status_code == 403
