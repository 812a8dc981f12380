"""Receipts by list: a document once, what is on record otherwise untouched, outcomes kept."""

import datetime
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from enrollment.models import FundTransfer
from enrollment.services.lists import RECEIPTS, FileSource, apply_list, plan_list
from enrollment.services.transfers import NewTransfer, record_transfer, reverse_transfer
from exchange.parsers.writer import write_xlsx
from tests.registry.factories import harbin, shangzhi, tangshan

pytestmark = pytest.mark.django_db
DAY = datetime.date
HEADINGS = ("区划代码", "财政年度", "险种", "负担级次", "到账金额", "到账日期", "拨付文号")


@pytest.fixture(autouse=True)
def places():
    return harbin(), shangzhi(), tangshan()


def line(area="230100", level="省级财政", amount="187.60", on="2024-11-20", document="财社1号", component=""):
    return [area, "2024", component, level, amount, on, document]


def planned(*lines, name="到账.xlsx"):
    source = FileSource(
        content=write_xlsx(HEADINGS, lines), file_name=name, area=harbin(), as_of=DAY(2024, 12, 1)
    )
    return plan_list(kind=RECEIPTS, source=source)


def outcomes(batch):
    return list(batch.rows.order_by("number").values_list("outcome", "code"))


def test_each_document_is_recorded_once_with_its_list():
    clerk = User.objects.create_user("clerk")
    batch = planned(
        line(), line(), line(area="230183", level="市县级", component="长护险", document="财社2号")
    )

    assert outcomes(batch) == [("new", ""), ("duplicate", "repeated"), ("new", "")]
    assert not FundTransfer.objects.exists()
    apply_list(kind=RECEIPTS, batch=batch, user=clerk)

    made = FundTransfer.objects.order_by("document").values_list(
        "area__code", "component", "level", "amount", "received_on", "batch", "recorded_by"
    )
    assert list(made) == [
        ("230100", "basic", "province", Decimal("187.60"), DAY(2024, 11, 20), batch.pk, clerk.pk),
        ("230183", "ltc", "local", Decimal("187.60"), DAY(2024, 11, 20), batch.pk, clerk.pk),
    ]


def test_what_cannot_be_is_said_row_by_row_and_nothing_of_it_is_recorded():
    batch = planned(
        line(area="130200"),
        line(amount="-1", document="财社2号"),
        line(on=str(timezone.localdate() + datetime.timedelta(days=1)), document="财社3号"),
        line(level="乡级", document="财社4号"),
        line(amount="1.234", document="财社5号"),
        line(document="财社6号"),
        line(amount="1", document="财社6号"),
    )

    assert outcomes(batch) == [
        ("refused", "area_unknown"),
        ("refused", "amount_not_positive"),
        ("refused", "day_in_future"),
        ("refused", "word_unknown"),
        ("refused", "amount_unreadable"),
        ("new", ""),
        ("conflict", "document_twice"),
    ]


def recorded(amount="187.60"):
    told = NewTransfer(
        fiscal_year=2024,
        level="province",
        amount=Decimal(amount),
        received_on=DAY(2024, 11, 20),
        document="财社1号",
    )
    return record_transfer(area=harbin(), transfer=told)


def test_what_is_on_record_stays_and_what_was_taken_back_may_come_again():
    kept = recorded()
    assert outcomes(planned(line())) == [("unchanged", "")]
    assert outcomes(planned(line(amount="200"))) == [("conflict", "transfer_conflict")]

    reverse_transfer(transfer=kept, on=DAY(2024, 11, 20), reason="金额登记有误")
    apply_list(kind=RECEIPTS, batch=planned(line(amount="201"), name="更正.xlsx"))

    assert FundTransfer.objects.order_by("-pk").values_list("amount", "entry")[0] == (201, 2)


def test_what_was_recorded_between_plan_and_confirmation_is_not_doubled():
    batch = planned(line())
    recorded()

    apply_list(kind=RECEIPTS, batch=batch)

    assert FundTransfer.objects.count() == 1
    assert outcomes(batch) == [("unchanged", "")]


def test_many_rows_cost_the_same_queries():
    def cost(count, name):
        lines = [line(document=f"{name}{nth}") for nth in range(count)]
        with CaptureQueriesContext(connection) as seen:
            apply_list(kind=RECEIPTS, batch=planned(*lines, name=name))
        return len(seen)

    assert cost(1, "甲") == cost(40, "乙")
