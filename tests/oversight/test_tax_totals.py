"""The tax authority's totals by list and by its programs: the latest data count, and nothing changes silently."""

import datetime
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from enrollment.services.lists import FileSource, apply_list, plan_list
from exchange.models import BatchStatus, InboundRow
from exchange.parsers.tables import ListUnreadable
from oversight.models import Difference, Reconciliation, TaxTotal
from oversight.parsers.tax_totals import read_totals
from oversight.services.reconcile import reconcile
from oversight.services.settle_differences import close_month
from oversight.services.tax_totals import TAX_TOTALS
from tests.contract import city
from tests.registry.factories import UserFactory, daoli, harbin, shangzhi

DAY = datetime.date
HEAD = "征收地区划,到账日期,征收渠道,笔数,净额"
NOVEMBER = DAY(2024, 11, 20)


def planned(*lines, as_of=NOVEMBER, area=None):
    content = "\n".join((HEAD, *lines)).encode()
    source = FileSource(content=content, file_name="汇总.csv", area=area or harbin(), as_of=as_of)
    return plan_list(kind=TAX_TOTALS, source=source)


def taken(*lines, user=None, **where):
    return apply_list(kind=TAX_TOTALS, batch=planned(*lines, **where), user=user)


def told(batch):
    rows = InboundRow.objects.filter(batch=batch).order_by("number")
    return [(row.outcome, row.code) for row in rows]


def totals():
    rows = TaxTotal.objects.order_by("area__code", "day", "channel")
    return [(row.area.code, row.day.day, row.channel, row.count, row.amount) for row in rows]


@pytest.fixture(autouse=True)
def _places(db):
    daoli()
    shangzhi()


def test_totals_are_recorded_once_and_say_where_they_come_from():
    clerk = UserFactory()
    batch = taken("230102,2024-11-19,手机,3,1200.00", "230102,2024-11-19,,1,-400", user=clerk)

    assert told(batch) == [("new", ""), ("new", "")]
    assert totals() == [("230102", 19, "", 1, Decimal("-400.00")), ("230102", 19, "手机", 3, Decimal(1200))]
    (first, *_) = TaxTotal.history.all()
    assert (first.history_batch, first.history_user, first.history_change_reason) == (
        batch.pk,
        clerk,
        f"list {batch.pk}",
    )
    again = taken("230102,2024-11-19,手机,3,1200")
    assert told(again) == [("unchanged", "")]
    assert TaxTotal.history.count() == 2


def test_later_data_correct_and_the_plan_says_so_before():
    taken("230102,2024-11-19,手机,3,1200.00")
    before = TaxTotal.objects.get().recorded_at
    plan = planned("230102,2024-11-19,手机,2,800.00", as_of=DAY(2024, 11, 25))

    (row,) = InboundRow.objects.filter(batch=plan)
    assert (row.outcome, row.message) == ("changed", "原报 3 笔 1200.00 元，改为 2 笔 800.00 元")
    assert TaxTotal.objects.get().count == 3
    apply_list(kind=TAX_TOTALS, batch=plan)

    total = TaxTotal.objects.get()
    assert (total.count, total.amount, total.as_of) == (2, 800, DAY(2024, 11, 25))
    assert total.recorded_at > before
    assert [each.count for each in TaxTotal.history.order_by("history_id")] == [3, 2]


def test_older_data_change_nothing():
    taken("230102,2024-11-19,手机,3,1200.00", as_of=DAY(2024, 11, 25))

    batch = taken("230102,2024-11-19,手机,2,800.00")

    assert told(batch) == [("conflict", "older_data")]
    assert totals() == [("230102", 19, "手机", 3, 1200)]


def test_data_that_agree_are_of_the_later_day_from_then_on():
    taken("230102,2024-11-19,手机,3,1200.00")
    before = TaxTotal.objects.get().recorded_at
    taken("230102,2024-11-19,手机,3,1200", as_of=DAY(2024, 11, 25))

    batch = taken("230102,2024-11-19,手机,2,800.00", as_of=DAY(2024, 11, 22))

    assert told(batch) == [("conflict", "older_data")]
    assert TaxTotal.objects.get().recorded_at == before


def test_a_plan_is_compared_anew_when_it_takes_effect():
    plan = planned("230102,2024-11-19,手机,3,1200.00", "230102,2024-11-18,手机,1,400.00")
    taken("230102,2024-11-19,手机,2,800.00", "230102,2024-11-18,手机,1,400.00", as_of=DAY(2024, 11, 25))

    apply_list(kind=TAX_TOTALS, batch=plan)

    plan.refresh_from_db()
    assert told(plan) == [("conflict", "older_data"), ("unchanged", "")]
    assert (plan.counts, plan.status) == ({"conflict": 1, "unchanged": 1}, BatchStatus.APPLIED)
    assert totals() == [("230102", 18, "手机", 1, 400), ("230102", 19, "手机", 2, 800)]


@pytest.mark.parametrize(
    ("line", "outcome"),
    [
        ("999999,2024-11-19,手机,3,1200.00", ("refused", "area_unknown")),
        ("230183,2024-11-19,手机,3,1200.00", ("refused", "area_unknown")),
        ("230102,2024-11-21,手机,3,1200.00", ("refused", "day_in_future")),
        ("230102,2024-11-19,手机,0,1200.00", ("refused", "amount_without_rows")),
        ("230102,2024-11-19,手机,3.5,1200.00", ("refused", "count_unreadable")),
        ("230102,2024-11-19,手机,-3,1200.00", ("refused", "count_unreadable")),
        ("230102,2024-11-19,手机,3,1200.005", ("refused", "amount_unreadable")),
        ("230102,2024-11-19,手机,3,100000000000000", ("refused", "amount_unreadable")),
        ("230102,2024-02-30,手机,3,1200.00", ("refused", "date_unreadable")),
        (f"230102,2024-11-19,{'手' * 31},3,1200.00", ("refused", "text_too_long")),
        ("230102,,手机,3,1200.00", ("refused", "blank")),
    ],
)
def test_a_line_that_cannot_be_is_refused_in_words_and_stops_no_other(line, outcome):
    batch = taken(line, "230102,2024-11-19,银行,1,400.00", area=daoli())

    assert told(batch) == [outcome, ("new", "")]
    row = InboundRow.objects.get(batch=batch, outcome="refused")
    assert row.message
    assert row.field
    assert totals() == [("230102", 19, "银行", 1, 400)]


def test_a_day_told_twice_in_a_file_counts_once():
    same, other = "230102,2024-11-19,手机,3,1200.00", "230102,2024-11-19,手机,2,800.00"
    batch = taken("230102,2024-11-19,手机,0,5.00", same, same, other, "合计,,,8,3200.00")

    assert [code for _, code in told(batch)] == ["amount_without_rows", "", "repeated", "total_conflict"]
    assert totals() == [("230102", 19, "手机", 3, 1200)]


def test_a_file_of_payments_is_no_file_of_totals():
    with pytest.raises(ListUnreadable, match="征收地区划"):
        read_totals(b"a,b\n1,2\n", "x.csv")


def test_what_corrects_a_closed_month_goes_to_the_next_open_one():
    taken("230102,2024-11-19,手机,0,0")
    paper = reconcile(area=harbin(), month=DAY(2024, 11, 1), today=timezone.localdate())
    close_month(paper=paper, reason="无误", today=timezone.localdate(), user=None)

    batch = taken("230102,2024-11-19,手机,3,1200.00")

    assert told(batch) == [("changed", "month_closed")]
    assert "2024-11 已结账" in InboundRow.objects.get(batch=batch).message
    reconcile(area=harbin(), month=DAY(2024, 12, 1), today=timezone.localdate())
    late = Difference.objects.get(kind="after_close")
    assert (late.reconciliation.month, late.day, late.found) == (DAY(2024, 12, 1), DAY(2024, 11, 19), 1200)


def test_a_total_of_a_city_and_those_of_its_counties_are_one_sum():
    taken(
        "230100,2024-11-19,手机,5,2000.00",
        "230102,2024-11-19,手机,3,1200.00",
        "230183,2024-11-19,手机,2,800.00",
        "230183,2024-11-19,银行,1,400.00",
    )

    reconcile(area=harbin(), month=DAY(2024, 11, 1), today=timezone.localdate())

    said = Reconciliation.objects.get().totals
    assert (said["tax"], said["tax_amount"]) == (6, "2400.00")
    told_of = Difference.objects.filter(kind="tax_total").values_list("area__code", "channel")
    assert sorted(told_of) == [
        ("230100", "手机"),
        ("230102", "手机"),
        ("230183", "手机"),
        ("230183", "银行"),
    ]


def lines_of(count):
    return [f"230102,2024-{1 + n // 28:02d}-{1 + n % 28:02d},手机,{n},{n}.00" for n in range(1, count)]


def test_a_long_list_asks_no_more_than_a_short_one():
    def asked(*lines):
        with CaptureQueriesContext(connection) as queries:
            taken(*lines)
        return len(queries)

    taken(*lines_of(3))  # some of each are known by then

    assert asked(*lines_of(5)) == asked(*lines_of(60))


def test_the_command_plans_and_applies(tmp_path, capsys):
    file = tmp_path / "汇总.csv"
    file.write_text(f"{HEAD}\n230102,2024-11-19,手机,3,1200.00\n")
    said = ("import_tax_totals", str(file), "--area", "230100", "--as-of", "2024-11-20")

    call_command(*said)
    assert not TaxTotal.objects.exists()
    call_command(*said, "--wet-run")

    assert totals() == [("230102", 19, "手机", 3, 1200)]
    assert "尚未生效" in capsys.readouterr().out


def sent(caller, *rows, key="k"):
    answer = caller.post("/api/v1/tax-totals/", {"rows": rows}, headers={"Idempotency-Key": key})
    assert answer.status_code == 200, answer.content
    return [(each["outcome"], each["code"]) for each in answer.json()["outcomes"]]


def row(**other):
    return {"area": "230102", "day": "2024-11-19", "channel": "手机", "count": 3, "amount": "1200.00"} | other


def test_programs_get_the_outcome_of_every_row():
    caller = city.client(city.agency(area=harbin()), "tax_totals:write")

    rows = row(), row(), row(count=2), row(area="130203"), row(count=0), row(day="2199-01-01")

    assert sent(caller, *rows) == [
        ("recorded", ""),
        ("unchanged", "repeated"),
        ("refused", "total_conflict"),
        ("refused", "area_unknown"),
        ("refused", "amount_without_rows"),
        ("refused", "day_in_future"),
    ]
    assert sent(caller, row(count=2, amount="-0.01"), key="k2") == [("corrected", "")]
    assert totals() == [("230102", 19, "手机", 2, Decimal("-0.01"))]
    assert sent(caller, row(count=2, amount="-0.01"), key="k2") == [("corrected", "")]
    assert InboundRow.objects.filter(batch__kind="tax_totals").count() == 7


def test_the_tax_authority_reads_where_its_totals_differ():
    caller = city.client(city.agency(area=daoli()), "tax_totals:write")
    sent(caller, row(), row(channel="银行", count=0, amount="0"))
    for area in (harbin(), daoli()):
        reconcile(area=area, month=DAY(2024, 11, 1), today=timezone.localdate())

    answer = caller.get("/api/v1/tax-totals/differences/", {"month": "2024-11"}).json()

    assert answer["results"] == [
        {
            "area": "230102", "day": "2024-11-19", "channel": "手机", "expected": "1200.00", "found": "0.00",
            "detail": "税务 3 笔，系统 0 笔", "state": "open",
        }
    ]  # fmt: skip
    assert caller.get("/api/v1/tax-totals/differences/", {"month": "2024-12"}).json()["results"] == []
    assert caller.get("/api/v1/tax-totals/differences/", {"month": "11"}).status_code == 400
