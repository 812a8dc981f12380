"""What may go wrong with payments: nothing is lost, nothing doubled, each said with row, column and reason."""

import dataclasses
import datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from casework.models import Case
from enrollment.models import ContributionPeriod, ContributionState, Payment
from enrollment.selectors import entitlement_on
from enrollment.services.enroll import enroll
from enrollment.services.lists import PAYMENTS, import_list
from enrollment.services.payments import record_payments, retry_held_payments
from exchange.models import InboundRow
from policy.loader import read_shipped
from registry.services import Move, PlaceKind, change_name, move
from tests.contract.city import client
from tests.enrollment.factories import row
from tests.enrollment.test_lists import TAX, csv, xlsx
from tests.enrollment.test_years import approve
from tests.exchange.factories import AgencyFactory
from tests.registry.factories import ResidentFactory, harbin, identity_number, shangzhi, tangshan

pytestmark = pytest.mark.usefixtures("law")
DAY = datetime.date
OCTOBER = DAY(2024, 10, 5)
TOLD = DAY(2024, 12, 1)
NUMBER = identity_number(11)


@pytest.fixture
def person(law):
    made = ResidentFactory(number=NUMBER, name="王桂兰")
    enroll(resident_ids=[made.pk], coverage_year=2025, on=OCTOBER)
    return made


def line(serial="T1", *, year=2025, amount="400", paid_on="2024-10-05", kind="缴费", original=""):
    return [serial, "王桂兰", NUMBER, year, amount, paid_on, "微信", kind, original]


def book(*lines, make=csv, as_of=TOLD):
    """Import a file; return of each of its rows number, outcome, column and reason."""
    source = dataclasses.replace(make(TAX, *lines), as_of=as_of)
    batch = import_list(kind=PAYMENTS, source=source, wet_run=True)
    rows = InboundRow.objects.filter(batch=batch).order_by("number")
    return list(rows.values_list("number", "outcome", "field", "message"))


def test_serials_that_a_spreadsheet_rounded_are_refused_and_none_taken_for_another(person):
    serial, lost = 323106241100012345, "末几位已丢失；请将该列设为文本格式后重新填写"
    numbers = [
        line(serial, amount=200),
        line(serial + 1, amount=200),
        line("T9", kind="冲正", original=serial),
    ]

    rounded = book(*numbers, make=xlsx)

    assert [row[:3] for row in rounded] == [
        (2, "refused", "电子税票号码"),
        (3, "refused", "电子税票号码"),
        (4, "refused", "原流水号"),
    ]
    assert all(lost in row[3] for row in rounded)
    assert not Payment.objects.exists()
    whole = book(*[[str(each[0]), *each[1:]] for each in numbers[:2]], make=xlsx)
    assert [row[1] for row in whole] == ["new", "new"]
    assert ContributionPeriod.objects.get().state == ContributionState.PAID


def test_money_under_another_name_waits_and_is_booked_once_somebody_said_whose_it_is(person):
    lines = [line("T1"), line("T2"), line("T3", year=2026)]
    for each, name in zip(lines, ("赵铁柱", "", "王 桂·兰"), strict=True):
        each[1] = name

    found = book(*lines)

    assert found[:2] == [
        (2, "held", "姓名", "清单姓名“赵铁柱”，该证件号码登记的是“王桂兰”"),
        (3, "held", "姓名", "清单未写姓名，该证件号码登记的是“王桂兰”"),
    ]
    assert found[2][2] != "姓名"
    first, unnamed = Payment.objects.filter(hold_reason="name_differs").order_by("serial")
    assert not ContributionPeriod.objects.filter(paid__gt=0).exists()
    assert [each.outcome for each in retry_held_payments(payment_ids=[first.pk])] == ["held"]
    assert [each.outcome for each in retry_held_payments(payment_ids=[unnamed.pk])] == ["booked"]
    taken_back = line("T4", kind="冲正", original="T1")
    taken_back[1] = "赵铁柱"
    assert book(taken_back)[0][1] == "new"
    assert Payment.objects.get(serial="T1").state == "returned"


@pytest.mark.parametrize(
    ("name", "held"),
    [("王?兰", 0), ("？桂兰", 0), ("王桂\ue863", 0), ("李?兰", 1), ("???", 1), ("王?", 1), ("王桂兰?", 1)],
)
def test_a_character_lost_on_the_way_makes_nobody_another(person, name, held):
    told = line()
    told[1] = name

    assert book(told)[0][1] == ("held" if held else "new")

    assert Payment.objects.filter(hold_reason="name_differs").count() == held


def test_a_file_without_names_is_booked_by_the_numbers(person):
    nameless = [place for place, title in enumerate(TAX) if title != "姓名"]
    told = csv([TAX[place] for place in nameless], [line()[place] for place in nameless])

    batch = import_list(kind=PAYMENTS, source=told, wet_run=True)

    assert batch.counts == {"new": 1}


def test_a_name_put_right_under_the_serial_number_is_booked(person):
    told = line()
    told[1] = "赵铁柱"
    assert book(told)[0][1] == "held"

    assert book(line())[0][1] == "new"

    payment = Payment.objects.get()
    assert (payment.state, payment.payer_name, payment.history.count()) == ("booked", "王桂兰", 2)


def test_who_was_renamed_is_booked_by_trying_again(person):
    told = line()
    told[1] = "王桂芝"
    assert book(told)[0][1] == "held"
    change_name(resident=person, name="王桂芝", reason="户口簿变更")

    (outcome,) = retry_held_payments(payment_ids=[Payment.objects.get().pk])

    assert outcome.outcome == "booked"


def test_money_of_a_day_to_come_is_refused(person):
    assert book(line(paid_on="2024-12-02"), line("T2", paid_on="2024-12-01")) == [
        (2, "refused", "缴费日期", "到账日期 2024-12-02 晚于数据日期 2024-12-01"),
        (3, "new", "", ""),
    ]
    tomorrow = timezone.localdate() + datetime.timedelta(days=1)
    (told,) = report(tomorrow.isoformat()).json()["outcomes"]
    assert (told["outcome"], told["code"], told["field"]) == ("refused", "day_in_future", "paid_on")


class TestFunds:
    """A list brings money of the funds of its area; a year insured in another one waits."""

    def told(self, made, *, area):
        source = dataclasses.replace(csv(TAX, made), area=area)
        batch = import_list(kind=PAYMENTS, source=source, wet_run=True)
        return InboundRow.objects.get(batch=batch)

    def test_money_for_another_fund_is_held_until_the_year_is_moved(self):
        away = tangshan()
        person = ResidentFactory(number=NUMBER, living_area=away, pooling_area=away, hukou_area=away)
        enroll(resident_ids=[person.pk], coverage_year=2025, on=OCTOBER)
        made = line(amount="430")
        made[1] = "赵铁柱"

        found = self.told(made, area=shangzhi())

        assert (found.outcome, found.code, found.field) == ("held", "outside_area", "证件号码")
        assert found.message == "2025 年度参保地为唐山市，不在清单所属的统筹地区"
        held = Payment.objects.get()
        assert Case.objects.get(kind="unmatched_payment").area == shangzhi()
        for meant_for in (None, person.pk):
            (outcome,) = retry_held_payments(payment_ids=[held.pk], meant_for=meant_for)
            assert (outcome.outcome, outcome.code) == ("held", "outside_area")

    def test_the_year_decides_and_not_where_somebody_lives_now(self, person):
        away = tangshan()
        move(resident=person, to=Move(PlaceKind.LIVING, away, DAY(2024, 11, 1)), reason="迁居")

        assert self.told(line(), area=away).code == "outside_area"
        assert self.told(line("T2"), area=shangzhi()).outcome == "new"

    def test_a_list_takes_back_no_money_of_another_fund(self, person):
        book(line())

        assert self.told(line("T9", kind="冲正", original="T1"), area=tangshan()).code == "outside_area"
        assert ContributionPeriod.objects.get().state == ContributionState.PAID


def report(paid_on, *, serial="A1", amount="400.00"):
    """Have the tax authority report a payment of Harbin's; return the answer."""
    agency = AgencyFactory(with_client=True, kind="tax", area=harbin())
    said = {
        "serial": serial,
        "id_number": NUMBER,
        "coverage_year": 2025,
        "amount": amount,
        "paid_on": paid_on,
    }
    caller = client(agency, "payments:write")
    return caller.post(
        "/api/v1/payments/", {"rows": [said]}, headers={"Idempotency-Key": f"{serial}-{paid_on}"}
    )


@pytest.mark.usefixtures("person")
class TestSameFileTwice:
    def test_the_same_rows_in_another_file_book_nothing_and_say_so(self):
        lines = [line("T1", amount="100"), line("T2", amount="300")]
        assert [outcome for _, outcome, *_ in book(*lines)] == ["new", "new"]
        before = list(Payment.history.values_list("pk", "history_id"))

        again = book(*lines, make=xlsx)

        assert [outcome for _, outcome, *_ in again] == ["unchanged", "unchanged"]
        assert list(Payment.history.values_list("pk", "history_id")) == before
        assert ContributionPeriod.objects.get().paid == 400

    def test_a_serial_with_another_amount_is_in_conflict_by_row_and_column(self):
        book(line("T1", amount="100"))

        said = book(line("T2", amount="300"), line("T1", amount="300"))

        assert said[1] == (3, "conflict", "电子税票号码", "同一税务流水号已有不同内容的记录，请核对")
        assert Payment.objects.get(serial="T1").amount == 100
        assert ContributionPeriod.objects.get().paid == 400


class TestYearNotPublished:
    def test_its_money_is_held_by_row_and_column_and_booked_once_the_year_is_law(self, person):
        said = book(line("T1", paid_on="2024-10-06"), line("T2", year=2031))

        assert [each[:3] for each in said] == [(2, "new", ""), (3, "held", "缴费年度")]
        assert "2031 年度政策，请先录入并复核该年度文件" in said[1][3]
        kept = Payment.objects.get(serial="T2")
        assert (kept.amount, kept.state, kept.resident) == (400, "held", person)

        approve_later(2031)
        enroll(resident_ids=[person.pk], coverage_year=2031, on=DAY(2030, 10, 5))
        kept_on = Payment.objects.get(serial="T2").paid_on
        (outcome,) = retry_held_payments(payment_ids=[kept.pk])

        assert kept_on == OCTOBER
        assert (outcome.outcome, outcome.code) == ("held", "before_window")
        assert "2031 年度自 2030-09-01 起缴费" in outcome.message


def approve_later(year):
    """Approve Heilongjiang's and Harbin's rules of 2025 for another year."""
    for place in ("230000", "230100"):
        text = read_shipped(f"{place}/2025").replace("2024", str(year - 1)).replace("2025", str(year))
        approve(place, year, text.replace(f"CN/{year}", "CN/2025"))


@pytest.mark.parametrize(
    ("amount", "reason"),
    [
        ("400.001", "金额“400.001”超过两位小数"),
        ("399.999", "金额“399.999”超过两位小数"),
        ("四百", "金额“四百”不是数字"),
        ("0", "缴费金额须大于零"),
        ("-400", "缴费金额须大于零"),
        ("", "缴费金额为空"),
    ],
)
def test_a_bad_amount_is_refused_by_row_and_column_and_the_rest_is_booked(person, amount, reason):
    said = book(line("T1", amount="100.00"), line("T2", amount=amount), line("T3", amount="300"))

    assert said[1] == (3, "refused", "缴费金额", reason)
    assert [outcome for _, outcome, *_ in said] == ["new", "refused", "new"]
    assert ContributionPeriod.objects.get().paid == Decimal(400)


@pytest.mark.parametrize("amount", ["400.001", 400.001, "NaN", "0.00", "-400.00"])
def test_by_program_a_bad_amount_is_refused_and_nothing_is_kept(person, amount):
    answer = report("2024-10-05", amount=amount)

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["rows.0.amount"]
    assert not Payment.objects.exists()


class TestLeapDay:
    def test_of_a_leap_year_it_is_booked_and_benefits_wait_three_months_from_it(self, law):
        approve_later(2024)
        person = ResidentFactory(number=NUMBER, name="王桂兰")
        enroll(resident_ids=[person.pk], coverage_year=2024, on=DAY(2024, 2, 1))

        said = book(line("T1", year=2024, paid_on="2024-02-29"), line("T2", year=2024, paid_on="20240229"))

        assert [each[:3] for each in said] == [(2, "new", ""), (3, "held", "缴费年度")]
        kept = ContributionPeriod.objects.get()
        assert (kept.paid_on, kept.benefit_start) == (DAY(2024, 2, 29), DAY(2024, 5, 29))
        assert entitlement_on(resident_id=person.pk, day=DAY(2024, 5, 29)).covered

    @pytest.mark.parametrize("day", ["2025-02-29", "2025/2/29", "20250229", "2025年2月29日"])
    def test_of_any_other_year_it_is_refused_by_row_and_column(self, person, day):
        said = book(line("T1", amount="100"), line("T2", amount="300", paid_on=day))

        assert said[1] == (3, "refused", "缴费日期", f"日期“{day}”不存在")
        assert ContributionPeriod.objects.get().paid == 100

    @pytest.mark.parametrize("day", ["2025-02-29", "2025-02-29T10:00:00+08:00", "2025-02-29T10:00:00"])
    def test_of_any_other_year_a_program_is_told_the_field(self, person, day):
        answer = report(day)

        assert answer.status_code == 400
        assert list(answer.json()["errors"]) == ["rows.0.paid_on"]
        assert not Payment.objects.exists()


# The last second of the year in Beijing, and the first of the next, however it is told.
OLD_YEAR, NEW_YEAR = DAY(2024, 12, 31), DAY(2025, 1, 1)
MOMENTS = [
    ("2024-12-31", OLD_YEAR),
    ("2024-12-31T23:59:59+08:00", OLD_YEAR),
    ("2024-12-31T23:59:59.999999+08:00", OLD_YEAR),
    ("2024-12-31T15:59:59Z", OLD_YEAR),
    ("2024-12-31T23:59:59", OLD_YEAR),
    ("2024-12-31 23:59:59", OLD_YEAR),
    ("2025-01-01T00:59:59+09:00", OLD_YEAR),
    ("2025-01-01T00:00:00+08:00", NEW_YEAR),
    ("2024-12-31T16:00:00Z", NEW_YEAR),
    ("2024-12-31T23:59:59-05:00", NEW_YEAR),
    ("2025-01-01T00:00:00", NEW_YEAR),
]
TERMS = {OLD_YEAR: ("concentrated", DAY(2025, 1, 1)), NEW_YEAR: ("extension", DAY(2025, 1, 2))}


@pytest.mark.parametrize(("moment", "day"), MOMENTS)
def test_by_program_the_day_of_a_payment_is_the_day_in_beijing(person, moment, day):
    assert report(moment).json()["outcomes"][0]["outcome"] == "booked"

    kept = ContributionPeriod.objects.get()
    assert (Payment.objects.get().paid_on, kept.paid_on) == (day, day)
    assert (kept.window, kept.benefit_start) == TERMS[day]


@pytest.mark.parametrize(("moment", "day"), MOMENTS)
def test_in_a_file_the_day_of_a_payment_is_the_day_in_beijing(person, moment, day):
    assert book(line("T1", paid_on=moment), as_of=DAY(2025, 1, 1))[0][:3] == (2, "new", "")

    kept = ContributionPeriod.objects.get()
    assert (kept.paid_on, kept.window, kept.benefit_start) == (day, *TERMS[day])


@pytest.mark.parametrize(
    "moment", ["2024-12-31T24:00:01+08:00", "2024-12-31T23:59:60Z", "0001-01-01T00:00:00+09:00", "23:59:59"]
)
def test_a_moment_there_is_not_is_refused_with_its_field(person, moment):
    answer = report(moment)

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["rows.0.paid_on"]
    (said,) = book(line("T1", paid_on=moment))
    assert said[:3] == (2, "refused", "缴费日期")
    assert not Payment.objects.exists()


def test_the_same_payment_told_with_a_moment_and_with_its_day_is_booked_once(person):
    report("2024-12-31T15:59:59Z")

    assert report("2024-12-31").json()["outcomes"][0]["outcome"] == "unchanged"
    assert report("2025-01-01").json()["outcomes"][0]["code"] == "serial_conflict"
    assert Payment.objects.get().paid_on == OLD_YEAR


def test_whoever_halves_a_premium_around_midnight_pays_by_the_terms_of_the_second_half(person):
    halves = [row(person, OLD_YEAR, amount=Decimal(200)), row(person, NEW_YEAR, amount=Decimal(200))]

    outcomes = record_payments(rows=halves[::-1])

    kept = ContributionPeriod.objects.get()
    assert [each.outcome for each in outcomes] == ["booked", "booked"]
    assert (kept.state, kept.paid_on, kept.window) == (ContributionState.PAID, NEW_YEAR, "extension")
