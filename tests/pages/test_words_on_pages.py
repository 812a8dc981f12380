"""Words, orders and figures on pages, as staff read them."""

from types import SimpleNamespace

import pytest

from benefits.admin.caps import happened
from benefits.admin.claims import layers_html
from benefits.models import IncentiveRevision
from benefits.rules.incentives import YearFacts
from exchange.admin.schedules import crontab_text
from registry.models import Role
from tests.pages import world
from tests.pages.conftest import at_desk, staff
from tests.registry import factories

pytestmark = pytest.mark.django_db


def test_layers_stand_in_the_order_money_is_paid_however_they_are_stored():
    stored = {
        name: [{"label": name, "figure": "1.00"}]
        for name in ("cap", "assistance", "basic", "critical_illness")
    }

    shown = str(layers_html(stored))

    places = [shown.index(f"<h3>{name}</h3>") for name in ("封顶线", "基本医保", "大病保险", "医疗救助")]
    assert places == sorted(places)


def test_a_corrected_state_is_found_only_by_its_area(harbin_clerk, tangshan_clerk):
    resident = factories.ResidentFactory(name="更正人")
    row = IncentiveRevision.objects.create(
        resident_id=resident.pk,
        year=2025,
        before={"continuous_years": 4, "zero_claim_pending": True, "next_cap": "400000.00"},
        after={"continuous_years": 4, "zero_claim_pending": False, "next_cap": "404000.00"},
        reason="list 3",
    )
    listed = "/admin/benefits/incentiverevision/"

    page = harbin_clerk.get(listed).content.decode()
    detail = harbin_clerk.get(f"{listed}{row.pk}/change/").content.decode()
    file = harbin_clerk.get(f"/admin/registry/resident/{resident.pk}/change/").content.decode()

    assert "更正人" in page
    assert "清单导入 批次 3" in page
    assert "次年封顶线</b>：400,000.00 → 404,000.00" in page
    assert "连续参保年数</b>" not in page
    assert "400,000.00" in detail
    assert "404,000.00" in file
    assert "更正人" not in tangshan_clerk.get(listed).content.decode()
    assert tangshan_clerk.get(f"{listed}{row.pk}/change/").status_code == 302


def test_the_file_says_first_whether_the_person_is_covered(harbin_clerk):
    resident = factories.ResidentFactory()

    page = harbin_clerk.get(f"/admin/registry/resident/{resident.pk}/change/").content.decode()

    assert "不享受待遇" in page
    assert "请办理参保登记并缴费。" in page
    assert page.index('id="entitlement"') < page.index('id="identities"')


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (YearFacts(2025, insured=True, zero_claim=True), "参保、当年零报销"),
        (YearFacts(2025, insured=False, employee_covered=True), "职工医保在保"),
        (YearFacts(2025, insured=False, excluded=True, zero_claim=True), "未参保、救助对象除外"),
        (
            YearFacts(2025, insured=True, increase_used=True, critical_illness_paid=True),
            "参保、用到奖励额度、有大病支付",
        ),
    ],
)
def test_a_year_of_the_ledger_says_what_happened(facts: YearFacts, said: str):
    assert happened(facts) == said


def test_money_stands_in_groups_of_three_on_lists_and_pages_and_plain_in_exports():
    user = staff(Role.CLERK, factories.harbin())
    client = at_desk(user)
    resident = world.build(user)
    claim = resident.claims.first()
    plain, grouped = f"{claim.total:.2f}", f"{claim.total:,.2f}"

    listed = client.get("/admin/benefits/claim/").content.decode()
    page = client.get(f"/admin/benefits/claim/{claim.pk}/change/").content.decode()
    export = b"".join(client.get("/admin/benefits/claim/export_csv/")).decode()

    assert plain != grouped
    assert grouped in listed
    assert grouped in page
    assert plain in export
    assert grouped not in export


def test_related_records_are_named_without_their_numbers():
    user = staff(Role.CLERK, factories.harbin())
    resident = world.build(user)
    claim = resident.claims.select_related("facility").first()

    page = at_desk(user).get(f"/admin/benefits/claim/{claim.pk}/change/").content.decode()

    assert f">{claim.facility.name}</a>" in page
    assert f"#{claim.facility.pk} {claim.facility.name}" not in page


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (("*", "*", "*", "*", "*"), "每分钟"),
        (("*/10", "*", "*", "*", "*"), "每 10 分钟"),
        (("5", "*", "*", "*", "*"), "每小时第 5 分"),
        (("0", "4", "*", "*", "*"), "每天 04:00"),
        (("0", "3", "1", "*", "*"), "每月 1 日 03:00"),
        (("0", "2", "5", "1", "*"), "每年 1 月 5 日 02:00"),
        (("0", "2", "*", "*", "1-5"), "0 2 * * 1-5"),
    ],
)
def test_a_schedule_reads_as_staff_say_it(written: tuple[str, ...], said: str):
    minute, hour, day, month, weekday = written
    times = SimpleNamespace(
        minute=minute, hour=hour, day_of_month=day, month_of_year=month, day_of_week=weekday
    )

    assert crontab_text(times) == said


def test_another_areas_row_is_refused_in_words_that_tell_nothing(tangshan_clerk):
    resident = factories.ResidentFactory(name="外区人")

    answer = tangshan_clerk.get(f"/admin/registry/resident/{resident.pk}/change/", follow=True)

    page = answer.content.decode()
    assert "没有这条记录，或不在您的管辖范围内。" in page
    assert "外区人" not in page
