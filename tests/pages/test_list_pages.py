"""The page of a list: what it would do, in sums and row by row; who confirms; what goes back to who sent it."""

import datetime
import io
import re
import zipfile
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from python_calamine import CalamineWorkbook

from exchange.models import BatchStatus, InboundBatch, InboundRow
from hardship.models import Recognition
from hardship.services.lists import replan_list
from registry.models import Role
from registry.services import change_id_number
from tests.hardship.factories import RecognitionFactory
from tests.hardship.lists import apply, civil, number, people, plan
from tests.pages.conftest import at_desk, staff
from tests.registry import factories

pytestmark = pytest.mark.django_db
BATCH = "/admin/exchange/inboundbatch"


@pytest.fixture
def clerk():
    return staff(Role.CLERK, factories.harbin(), username="clerk")


@pytest.fixture
def reviewer():
    return staff(Role.REVIEWER, factories.harbin(), username="reviewer")


@pytest.fixture
def a_plan(clerk) -> InboundBatch:
    """One new, one of another level, one who would be ended, one unknown name, one that is no name."""
    _, other, gone, _ = people(4)
    RecognitionFactory(
        resident=other, attributes={"residence": "urban"}, valid_from=datetime.date(2024, 1, 1)
    )
    RecognitionFactory(resident=gone, of="extreme_hardship", valid_from=datetime.date(2023, 5, 1))
    return plan(
        civil((0, "人0", "特困"), (1, "人1", "农村低保"), (3, "人3", "五好家庭"), (4, "=人4", "低保")),
        user=clerk,
    )


def shown(client, batch: InboundBatch, query: str = "") -> str:
    return client.get(f"{BATCH}/{batch.pk}/change/{query}").content.decode()


def confirmed(client, batch: InboundBatch, **more: str):
    """Confirm what the page shows; a page without a button is posted to all the same."""
    page = f"{BATCH}/{batch.pk}/apply_batch/"
    return client.post(page, {"seen": client.get(page).context["form"]["seen"].value(), **more})


def test_before_anybody_confirms_the_page_says_in_sums_what_would_happen_and_who_would_be_ended(
    clerk, a_plan
):
    page = shown(at_desk(clerk), a_plan)

    assert "登记还没有任何改动" in page
    for outcome, label in (
        ("new", "新增"),
        ("changed", "变更"),
        ("ended", "取消"),
        ("held", "待处理"),
        ("refused", "退回"),
    ):
        assert re.search(rf'outcome={outcome}#rows"><b>1</b>\s*<strong>{label}</strong>', page), outcome
    assert page.index("将被取消的人") < page.index("逐行结果")
    assert "自 2023-05-01 起" in page
    assert "2025-03-31 起不再享有" in page
    assert (
        "将取消 1 条认定，占清单所涉在册 1 条的 100.0%，超过 5%；其中道里区 1 条，超过该地区现有 1 条的 5%："
        "您是导入人，须请另一位同事打开本页确认。" in page
    )


def test_every_change_stands_beside_what_is_on_record(clerk, a_plan):
    page = shown(at_desk(clerk), a_plan, "?outcome=changed")

    assert "变更 低保对象" in page
    assert "：城市；自 2024-01-01 起" in page
    assert "：农村；自 2025-03-31 起" in page


def test_an_amendment_names_what_it_changes_and_nothing_else(clerk):
    (person,) = people(1)
    RecognitionFactory(
        resident=person, attributes={"allowance_number": "8"}, valid_from=datetime.date(2024, 1, 1)
    )
    batch = plan(civil((0, "人0", "农村低保")), user=clerk)

    page = unescape(shown(at_desk(clerk), batch, "?outcome=changed"))

    assert "更新 低保对象" in page
    assert "<span>城乡属性：没有注明</span>" in page
    assert "<span>城乡属性：农村</span>" in page
    assert "allowance_number" not in page
    assert InboundRow.objects.get(batch=batch).message == "更新 低保对象（城乡属性：没有注明 → 农村）"


def test_a_row_that_changes_something_still_says_what_the_list_and_the_records_part_over(clerk):
    person, other = people(2)
    RecognitionFactory(resident=person, valid_from=datetime.date(2024, 9, 1))
    RecognitionFactory(resident=person, of="severe_disability", attributes={"level": 2})
    RecognitionFactory(resident=other)
    batch = plan(
        civil((0, "人0", "农村低保、重度残疾人（一级）", "2023-01-01"), (1, "人1", "农村低保")), user=clerk
    )

    page = unescape(shown(at_desk(clerk), batch, "?outcome=changed&code=start_differs"))

    assert "城乡属性：没有注明 → 农村" not in page  # told once, in the table of changes
    assert "清单称低保对象自 2023-01-01 起，登记自 2024-09-01 起，不作改动" in page
    assert "清单称重度残疾人（残疾等级：1），登记为“残疾等级：2”，以残联的认定为准，不作改动" in page
    plain = unescape(shown(at_desk(clerk), batch, "?outcome=changed&q=人1"))
    assert "不作改动" not in plain


def test_rows_with_a_problem_say_where_and_why(clerk, a_plan):
    page = shown(at_desk(clerk), a_plan)

    assert "第5行" in page
    assert "“=人4”不是姓名，请检查各栏是否填错位置" in page
    assert "栏目：姓名" in page
    assert "身份“五好家庭”没有对照" in page


def test_a_row_is_found_by_number_or_the_beginning_of_a_name_only_in_its_batch(clerk, a_plan):
    client = at_desk(clerk)

    by_number = shown(client, a_plan, f"?q={number(1)}")
    by_name = shown(client, a_plan, "?q=人3")
    nobody = shown(client, a_plan, "?q=人9")

    rows = '<section class="oy-section oy-below" id="rows"'
    assert "人1" in by_number[by_number.index(rows) :]
    assert "人0" not in by_number[by_number.index(rows) :]
    assert "五好家庭" in by_name
    assert "没有这样的行" in nobody
    assert "230199********0022" in by_number


def test_sums_by_area_lead_to_their_rows(clerk):
    people(1)
    factories.ResidentFactory(number=number(1), name="人1", living_area=factories.shangzhi())
    batch = plan(civil((0, "人0", "低保"), (1, "人1", "低保"), (2, "人2", "低保")), user=clerk)
    client = at_desk(clerk)

    areas = shown(client, batch, "?view=areas")
    there = shown(client, batch, "?outcome=new&area=230183")

    assert "尚志市" in areas
    assert "外地或未登记的人" in areas
    assert "outcome=new&amp;area=230183" in areas
    assert "人1" in there
    assert "人0" not in there


def test_people_are_known_by_every_number_they_ever_had(clerk):
    person, _ = people(2)
    batch = plan(civil((0, "人零", "低保"), (1, "人1", "低保")), user=clerk)
    change_id_number(resident=person, id_number=number(50), reason="换证")
    row = InboundRow.objects.get(batch=batch, payload__name="人零")
    client = at_desk(clerk)

    areas = shown(client, batch, "?view=areas")
    there = shown(client, batch, "?outcome=all&area=230102")
    page = client.get(f"/admin/exchange/inboundrow/{row.pk}/change/").content.decode()

    assert "外地或未登记的人" not in areas
    assert "人零" in there
    assert "人0，" in page
    assert "没有登记" not in page
    for each in (number(0), number(50)):
        assert "人零" in shown(client, batch, f"?q={each}")


def test_an_address_nobody_types_is_answered_too(clerk, a_plan):
    client = at_desk(clerk)

    for query in ("?q=%00", "?area=%00", "?code=%00", "?q=人%001"):
        assert client.get(f"{BATCH}/{a_plan.pk}/change/{query}").status_code == 200


def test_pages_follow_one_another_without_a_gap_and_cost_the_same_for_few_and_many(clerk):
    people(1)
    batch = plan(civil((0, "人0", "低保")), user=clerk)
    client = at_desk(clerk)
    shown(client, batch, "?outcome=all")
    with CaptureQueriesContext(connection) as few:
        shown(client, batch, "?outcome=all")
    InboundRow.objects.bulk_create(
        InboundRow(
            batch=batch, number=max(0, place - 59), outcome="unchanged", payload={"name": f"行{place:03}"}
        )
        for place in range(1, 131)
    )

    with CaptureQueriesContext(connection) as many:
        page = shown(client, batch, "?outcome=all")
    names, steps = re.findall(r"行\d{3}", page), 1
    while following := re.search(r'href="([^"]*)#rows" rel="next"', page):
        page = shown(client, batch, following[1].replace("&amp;", "&"))
        names += re.findall(r"行\d{3}", page)
        steps += 1

    assert names == [f"行{place:03}" for place in range(1, 131)]
    assert steps == 3
    assert len(many) == len(few)


def test_problem_rows_go_back_as_a_file_masked_and_without_formulas(clerk, a_plan):
    answer = at_desk(clerk).get(f"{BATCH}/{a_plan.pk}/export_problems/")

    content = io.BytesIO(answer.content)
    rows = CalamineWorkbook.from_filelike(content).get_sheet_by_index(0).to_python()
    assert rows[0] == ["位置", "姓名", "证件号码（脱敏）", "清单内容", "结果", "涉及栏目", "原因或说明"]
    told = [(row[0], row[1], row[4]) for row in rows[1:]]
    assert told == [("工作表“名单”第4行", "人3", "待处理"), ("工作表“名单”第5行", "=人4", "退回")]
    assert "<f>" not in zipfile.ZipFile(content).read("xl/worksheets/sheet1.xml").decode()
    assert number(3) not in str(rows)


LEFT_UNSAID = "登记的特困人员清单没有写到，补充名单不作改动"
STARTS = (
    "清单称低保对象自 2023-01-01 起，登记自 2024-09-01 起，不作改动；"
    "名单生效后可在本行采用名单的起始日期，或保留登记"
)


@pytest.fixture
def remarked(clerk) -> InboundBatch:
    """Two unchanged of whom there is something to say, one who has changed too, and one plain."""
    some = people(4)
    for person in some:
        RecognitionFactory(resident=person, valid_from=datetime.date(2024, 9, 1))
    RecognitionFactory(resident=some[0], of="extreme_hardship")
    said = ((0, "人0", "低保"), (1, "人1", "低保", "2023-01-01"), (2, "人2", "农村低保", "2023-01-01"))
    return plan(civil(*said, (3, "人3", "低保")), user=clerk, mode="supplementary")


def test_unchanged_rows_with_a_remark_are_counted_and_shown_by_themselves(clerk, remarked):
    client = at_desk(clerk)

    page = shown(client, remarked)
    told = shown(client, remarked, "?outcome=unchanged&remarked=1")
    found = shown(client, remarked, "?outcome=unchanged&remarked=1&q=人1")

    assert 'href="?outcome=unchanged&amp;remarked=1#rows">其中有说明 2</a>' in page
    assert (LEFT_UNSAID in told, STARTS in told, "人3" in told) == (True, True, False)
    assert '<input type="hidden" name="remarked" value="1">' in told
    assert '<a href="?outcome=unchanged#rows" class="oy-chosen" aria-current="true">未变 3</a>' in told
    assert (LEFT_UNSAID in found, STARTS in found) == (False, True)


def test_the_file_for_the_sender_says_of_rows_what_the_page_says(clerk, remarked):
    answer = at_desk(clerk).get(f"{BATCH}/{remarked.pk}/export_problems/")

    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert [(row[1], row[4], row[6]) for row in rows[1:]] == [
        ("人0", "未变", LEFT_UNSAID),
        ("人1", "未变", STARTS),
        ("人2", "变更", STARTS),
    ]


def test_a_list_of_which_nothing_is_to_be_said_has_no_file(clerk):
    (person,) = people(1)
    RecognitionFactory(resident=person)
    batch = plan(civil((0, "人0", "低保")), user=clerk)

    assert "导出问题行" not in shown(at_desk(clerk), batch)


def test_who_planned_too_many_endings_may_not_confirm_and_a_reviewer_may(clerk, reviewer, a_plan):
    own = at_desk(clerk).get(f"{BATCH}/{a_plan.pk}/apply_batch/").content.decode()
    confirmed(at_desk(clerk), a_plan, ended_checked="on")
    a_plan.refresh_from_db()
    assert a_plan.status == BatchStatus.PLANNED
    assert 'name="seen"' not in own

    unchecked = confirmed(at_desk(reviewer), a_plan).content.decode()
    confirmed(at_desk(reviewer), a_plan, ended_checked="on")

    a_plan.refresh_from_db()
    assert "请先核对将被取消的人" in unchecked
    assert a_plan.status == BatchStatus.APPLIED
    page = shown(at_desk(clerk), a_plan)
    assert "生效（clerk确认、reviewer复核），办理 3 行。还有 2 行没有办理" in page
    assert Recognition.objects.filter(category="extreme_hardship", valid_to=None).count() == 1


def test_a_plan_that_changed_since_it_was_shown_is_not_confirmed(reviewer, a_plan):
    client = at_desk(reviewer)

    answer = client.post(
        f"{BATCH}/{a_plan.pk}/apply_batch/", {"seen": "another", "ended_checked": "on"}, follow=True
    )

    a_plan.refresh_from_db()
    assert "方案已重新比对，请重新查看" in answer.content.decode()
    assert answer.redirect_chain == [(f"{BATCH}/{a_plan.pk}/change/", 302)]
    assert a_plan.status == BatchStatus.PLANNED


def test_a_colleagues_plan_with_the_same_sums_is_not_confirmed_from_an_old_page(reviewer, a_plan):
    client = at_desk(reviewer)
    to_confirm = re.search(
        rf'href="({BATCH}/{a_plan.pk}/apply_batch/\?seen=[0-9a-f]+)"', shown(client, a_plan)
    )[1]
    seen = client.get(to_confirm).context["form"]["seen"].value()
    replan_list(batch=a_plan)

    by_link = client.get(to_confirm, follow=True)
    by_button = client.post(to_confirm, {"seen": seen, "ended_checked": "on"}, follow=True)

    a_plan.refresh_from_db()
    assert "方案已重新比对，请重新查看" in by_link.content.decode()
    assert "方案已重新比对，请重新查看" in by_button.content.decode()
    assert a_plan.status == BatchStatus.PLANNED


def test_following_the_link_to_confirm_writes_nothing_and_another_area_cannot(
    a_plan, reviewer, tangshan_clerk
):
    at_desk(reviewer).get(f"{BATCH}/{a_plan.pk}/apply_batch/")
    strange = tangshan_clerk.post(f"{BATCH}/{a_plan.pk}/apply_batch/", {"seen": "{}"})
    stolen = tangshan_clerk.get(f"{BATCH}/{a_plan.pk}/export_problems/")

    a_plan.refresh_from_db()
    assert (strange.status_code, stolen.status_code) == (403, 404)
    assert a_plan.status == BatchStatus.PLANNED


def test_a_waiting_plan_is_compared_anew_without_the_file(clerk):
    people(1)
    batch = plan(civil((0, "人0", "低保"), (7, "人7", "低保")), user=clerk)
    factories.ResidentFactory(number=number(7), name="人7")

    at_desk(clerk).post(f"{BATCH}/{batch.pk}/replan/", {"_form_submitted": "True"})

    batch.refresh_from_db()
    assert (batch.status, batch.counts) == (BatchStatus.PLANNED, {"new": 2})
    assert not Recognition.objects.exists()


def test_what_stands_unchanged_needs_nobody(clerk):
    (person,) = people(1)
    RecognitionFactory(resident=person, attributes={"residence": "rural"})
    batch = plan(civil((0, "人0", "农村低保")), user=clerk)

    page = shown(at_desk(clerk), batch)
    apply(batch)
    after = shown(at_desk(clerk), batch)

    assert "不取消任何认定（清单所涉在册 1 条）。" in page
    assert "需要处理" not in page
    assert "人0" in page
    assert "办理 0 行。没有遗留的行。" in after


def test_those_who_come_back_are_counted_apart_among_the_changed(clerk):
    one, _ = people(2)
    RecognitionFactory(resident=one, valid_from=datetime.date(2023, 1, 1), valid_to=datetime.date(2024, 1, 1))
    batch = plan(civil((0, "人0", "农村低保"), (1, "人1", "农村低保")), user=clerk)
    client = at_desk(clerk)

    html = shown(client, batch)
    listed = shown(client, batch, "?outcome=changed&code=reappeared")

    assert 'href="?outcome=changed&amp;code=reappeared#rows">其中重新纳入 1</a>' in html
    assert ("人0" in listed, "人1" in listed) == (True, False)
    assert "其中重新纳入 1" in client.get(f"{BATCH}/{batch.pk}/apply_batch/").content.decode()
