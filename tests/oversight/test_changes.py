"""Who changed what, in one page: every kind of record, within the viewer's areas, field by field, masked."""

import csv
import datetime
import io
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from python_calamine import CalamineWorkbook

from enrollment.services.supports import Offer, give_support, withdraw_support
from hardship.models import AssistanceGrant, Category, Recognition
from hardship.services.recognitions import correct_recognitions, end_recognitions, void_recognitions
from registry.batch.history import update_with_history, write_with_history
from registry.models import AccessLog, Resident, Role
from registry.models.history import caused_by
from tests.exchange.factories import InboundBatchFactory
from tests.hardship.factories import RecognitionFactory
from tests.pages import world
from tests.pages.conftest import at_desk, staff
from tests.registry import factories

pytestmark = pytest.mark.django_db
PAGE = "/admin/changes/"
NUMBER = factories.identity_number(7)


@pytest.fixture
def wang():
    return factories.ResidentFactory(number=NUMBER)


@pytest.fixture
def clerk():
    return staff(Role.CLERK, factories.harbin())


@pytest.fixture
def desk(clerk):
    return at_desk(clerk)


@pytest.fixture
def tangshan_clerk():
    return at_desk(staff(Role.CLERK, factories.tangshan()))


def shown(client, **asked):
    answer = client.get(PAGE, {"since": "2000-01-01", **asked})
    assert answer.status_code == 200
    assert not answer.context["form"].errors
    return answer.context["lines"]


def told(line):
    return {each.label: (each.old, each.new) for each in line.differences}


def test_an_identity_tells_who_what_why_and_out_of_which_row(wang, clerk, desk):
    batch = InboundBatchFactory(file_name="低保三月.xlsx", area=factories.harbin())
    category = RecognitionFactory(resident=wang).category
    Recognition.objects.all().delete()
    with caused_by(batch.pk):
        (record,) = write_with_history(
            [
                Recognition(
                    resident=wang,
                    category=category,
                    valid_from=datetime.date(2025, 1, 1),
                    attributes={"residence": "rural"},
                    authority="civil_affairs",
                    batch=batch,
                    row_number=7,
                )
            ],
            reason=f"apply identities.civil_affairs 2025-03-31 批次{batch.pk}",
            user=clerk,
        )
    correct_recognitions(
        corrections={record.pk: {"attributes": {"residence": "urban"}}}, reason="民政更正", user=clerk
    )
    end_recognitions(recognition_ids=[record.pk], on=datetime.date(2025, 6, 1), reason="收入超标", user=clerk)

    ended, corrected, began = shown(desk, person=wang.pk, kind="hardship.recognition")[:3]

    assert (ended.operation, ended.who, ended.reason) == ("变更", clerk.username, "收入超标")
    assert told(ended) == {"终止日期（不含）": ("", "2025-06-01")}
    assert told(corrected) == {"属性·城乡": ("农村", "城市")}
    assert began.operation == "登记"
    assert told(began)["困难身份"] == ("", category.label)
    assert began.batch.text == f"批次{batch.pk} 低保三月.xlsx"
    assert began.row_number == 7
    assert began.person.text == "王桂兰"
    assert began.number == wang.masked_id_number
    assert shown(desk, batch=batch.pk) == [began]


def test_a_record_that_is_gone_is_still_told(wang, clerk, desk):
    record = RecognitionFactory(resident=wang)
    void_recognitions(recognition_ids=[record.pk], reason="误录他人", user=clerk)

    gone = shown(desk, kind="hardship.recognition", record=record.pk)[0]

    assert (gone.operation, gone.reason, gone.record.address) == ("删除", "误录他人", "")
    assert told(gone)["起始日期"] == ("2024-01-01", "")


def test_a_grant_names_the_version_of_the_policy(wang, desk):
    world.law()
    Category.objects.get_or_create(code="orphan", defaults={"label": "孤儿", "issuer": "civil_affairs"})
    world.hardship(wang)
    update_with_history(
        AssistanceGrant.objects.all(), {"frozen_at": timezone.now()}, reason="freeze 230100/2025"
    )

    frozen, decided = shown(desk, kind="hardship.assistancegrant", policy="230100/2025")

    assert frozen.policy.text == "230100/2025 第1版"
    assert frozen.policy.address
    assert frozen.reason == "锁定 230100/2025"
    assert list(told(frozen)) == ["锁定时间"]
    assert told(decided)["资助金额"] == ("", "240.00")


def test_support_for_a_year_nobody_is_registered_for_tells_its_giver_and_why_it_went(wang, clerk, desk):
    world.law()
    day = datetime.date(2024, 10, 20)
    offer = Offer(giver="柳树村", offered=Decimal(100), given_on=day)
    given = give_support(resident=wang, coverage_year=2025, offer=offer, user=clerk)
    withdraw_support(support=given, on=day, reason="登记错人", user=clerk)

    gone, came = shown(desk, person=wang.pk, kind="hardship.thirdpartysupport")

    assert (came.operation, came.who, came.reason) == ("登记", clerk.username, "第三方扶持登记")
    assert {"出资方": ("", "柳树村"), "实际支持金额": ("", "100.00")}.items() <= told(came).items()
    assert (gone.operation, gone.reason) == ("登记", "第三方扶持冲回 登记错人")
    assert told(gone)["实际支持金额"] == ("", "-100.00")


def test_numbers_are_masked_and_a_change_of_number_shows_both(wang, desk):
    from registry.services import change_id_number

    other = factories.identity_number(8)
    change_id_number(
        resident=wang,
        id_kind="resident_id",
        id_number=other,
        reason="更正号码",
        user=None,
        on=datetime.date(2025, 5, 1),
    )

    html = desk.get(PAGE, {"person": wang.pk}).content.decode()

    assert NUMBER not in html
    assert other not in html
    assert told(shown(desk, person=wang.pk, kind="registry.resident")[0])["证件号码（密文）"] == (
        "230199********" + NUMBER[-4:],
        "230199********" + other[-4:],
    )


@pytest.mark.parametrize("role", Role.values)
def test_every_role_sees_changes_of_its_area_and_no_others(role, wang):
    RecognitionFactory(resident=wang)
    near, far = (at_desk(staff(role, area)) for area in (factories.harbin(), factories.tangshan()))

    assert {line.kind for line in shown(near)} >= {"参保人", "身份认定"}
    assert {line.person.text for line in shown(far) if line.person} == set()
    assert far.get(PAGE, {"person": wang.pk}).context["lines"] == []
    assert "不在您的管辖范围内" in far.get(PAGE, {"person": wang.pk}).content.decode()


def test_without_a_scope_nothing_is_seen(wang):
    client = at_desk(factories.UserFactory(is_staff=True))

    assert shown(client) == []


def test_changes_of_who_acts_where_are_told_to_administrators_and_auditors(desk):
    root = at_desk(factories.UserFactory(is_staff=True, is_superuser=True))
    auditor = at_desk(staff(Role.AUDITOR, factories.harbin()))

    assert shown(root, kind="registry.staffscope") != []
    assert shown(auditor, kind="registry.staffscope") != []
    assert desk.get(PAGE, {"kind": "registry.staffscope"}).context["form"].errors


def test_the_number_comes_by_post_and_leaves_no_trace_in_an_address(wang, desk, tangshan_clerk):
    answer = desk.post(PAGE, {"number": NUMBER, "since": "2025-01-01"})
    refused = tangshan_clerk.post(PAGE, {"number": NUMBER})

    assert answer.headers["Location"] == f"{PAGE}?since=2025-01-01&person={wang.pk}"
    assert refused.status_code == 200
    assert "不在您的管辖范围内" in refused.content.decode()


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"staff": "li"}, 1),
        ({"words": "迁"}, 1),
        ({"words": "居住证"}, 1),
        ({"words": "MOVE 居"}, 1),
        ({"until": "2001-01-01"}, 0),
        ({"words": "没有的事由"}, 0),
        ({"batch": "5"}, 0),
    ],
)
def test_conditions_narrow(asked, found, wang, desk):
    li = factories.UserFactory(username="li")
    update_with_history(Resident.objects.filter(pk=wang.pk), {"phone": "1"}, reason="move 居住证", user=li)

    assert len(shown(desk, person=wang.pk, **asked)) == found


def test_pages_follow_one_another_through_changes_of_one_moment(desk):
    people = factories.ResidentFactory.create_batch(70)
    update_with_history(Resident.objects.all(), {"phone": "1"}, reason="correct")
    RecognitionFactory(resident=people[0])
    seen = []
    address = f"{PAGE}?since=2000-01-01"
    while address:
        context = desk.get(address).context
        seen += [
            (line.at, line.kind, line.operation, line.record.text, line.number) for line in context["lines"]
        ]
        address = context["older"]

    everything = 70 * 2 + 1
    assert sum(line[1] in ("参保人", "身份认定") for line in seen) == everything
    assert [line[0] for line in seen] == sorted((line[0] for line in seen), reverse=True)
    assert seen[0][1] == "身份认定"


def test_a_mark_nobody_made_is_no_error(desk):
    for mark in ("x", "2025-13-01T00:00|1|1", "2025-01-01T00:00|1|1", "2025-01-01T00:00:00+08:00|a|1"):
        assert desk.get(PAGE, {"since": "2000-01-01", "after": mark}).status_code == 200


def test_a_page_costs_the_same_for_few_and_for_many(clerk, desk):
    world.law()
    for _ in range(2):
        world.build(clerk)

    def queries():
        with CaptureQueriesContext(connection) as seen:
            assert desk.get(PAGE, {"since": "2000-01-01"}).status_code == 200
        return len(seen)

    queries()
    few = queries()
    for _ in range(8):
        world.build(clerk)

    assert queries() <= few
    assert few <= 94  # two for each kind of record shown


def test_what_staff_wrote_is_shown_as_text(wang, desk):
    update_with_history(
        Resident.objects.filter(pk=wang.pk), {"name": "<b>王</b>"}, reason="<script>1</script>"
    )

    html = desk.get(PAGE, {"person": wang.pk}).content.decode()

    assert "<script>1" not in html
    assert "&lt;script&gt;1" in html
    assert "<b>王</b>" not in html


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_an_export_is_masked_logged_and_no_formula(suffix, wang, clerk, desk):
    update_with_history(Resident.objects.filter(pk=wang.pk), {"name": "=1+1"}, reason="=cmd|x")

    answer = desk.post(f"{PAGE}export/?person={wang.pk}", {"purpose": "审计调阅", "format": suffix})

    if suffix == "csv":
        rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert rows[1][8] == "'=cmd|x"
    else:
        rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
        assert rows[1][8] == "=cmd|x"  # text: the writer stores no formula
    assert len(rows) == 3
    assert NUMBER not in str(rows)
    log = AccessLog.objects.get()
    assert (log.user, log.resident, log.purpose) == (clerk, wang, "导出变更记录：审计调阅")


def test_an_export_needs_a_reason_and_its_area(wang, desk, tangshan_clerk):
    without = desk.post(f"{PAGE}export/?person={wang.pk}", {"purpose": " "})
    outside = tangshan_clerk.post(f"{PAGE}export/?person={wang.pk}", {"purpose": "想看"})

    assert without.status_code == outside.status_code == 302
    assert desk.get(f"{PAGE}export/?person={wang.pk}").status_code == 405
    assert not AccessLog.objects.exists()
