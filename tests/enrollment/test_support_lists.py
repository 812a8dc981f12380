"""Lists of third parties' support: planned, confirmed, never above what is left, and the same again (TS-A8)."""

import datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enrollment.models import ContributionPeriod
from enrollment.services.enroll import enroll
from enrollment.services.lists import SUPPORTS, FileSource, apply_list, import_list
from enrollment.services.payments import record_payments
from enrollment.services.supports import withdraw_support
from exchange.models import InboundRow
from exchange.parsers.writer import write_xlsx
from hardship.models import ThirdPartySupport
from tests.enrollment.factories import row
from tests.enrollment.test_late_identities import held
from tests.registry.factories import ResidentFactory, UserFactory, daoli, identity_number, tangshan

pytestmark = pytest.mark.usefixtures("law")
DAY = datetime.date
HEAD = ["出资方", "姓名", "证件号码", "参保年度", "扶持金额", "扶持日期", "文件号"]
PAID = DAY(2024, 10, 20)
VILLAGE = "柳树村村民委员会"


def person(n, *, aided=False, registered=True):
    made = ResidentFactory(
        number=identity_number(n), living_area=tangshan(), pooling_area=tangshan(), hukou_area=tangshan()
    )
    if aided:
        held(made, DAY(2024, 1, 1), of="subsistence_allowance")
    if registered:
        enroll(resident_ids=[made.pk], coverage_year=2025, on=PAID)
    return made


def line(n, offered, *, giver=VILLAGE, year=2025, day="2024-10-20", document="柳村议〔2024〕6号"):
    return [giver, "", identity_number(n), year, offered, day, document]


def source(*lines):
    return FileSource(
        content=write_xlsx(HEAD, lines), file_name="扶持.xlsx", area=tangshan(), as_of=DAY(2024, 12, 1)
    )


def told(batch):
    rows = InboundRow.objects.filter(batch=batch).order_by("number")
    return list(rows.values_list("outcome", "code", "field"))


def figures(someone):
    found = ContributionPeriod.objects.get(resident=someone)
    return found.due, found.assisted, found.supported, found.payable


def test_a_list_is_planned_confirmed_and_quoted():
    aided, plain, waiting = person(1, aided=True), person(2), person(3, registered=False)
    clerk = UserFactory()

    batch = import_list(
        kind=SUPPORTS, source=source(line(1, 30), line(2, "500.00"), line(3, "100.50")), wet_run=False
    )
    assert (batch.counts, ThirdPartySupport.objects.count()) == ({"new": 3}, 0)
    apply_list(kind=SUPPORTS, batch=batch, user=clerk)

    assert figures(aided) == (430, 390, 30, 10)
    assert figures(plain) == (430, 0, 430, 0)
    given = ThirdPartySupport.objects.order_by("pk")
    assert [(each.resident, each.offered, each.amount) for each in given] == [
        (aided, 30, 30),
        (plain, 500, 430),
        (waiting, Decimal("100.50"), Decimal("100.50")),
    ]
    assert {(each.giver, each.document, each.batch, each.recorded_by) for each in given} == {
        (VILLAGE, "柳村议〔2024〕6号", batch, clerk)
    }
    message = InboundRow.objects.get(batch=batch, number=3).message
    assert message == "采用 430.00 元，超出应缴余额的 70.00 元不用"
    enroll(resident_ids=[waiting.pk], coverage_year=2025, on=PAID)
    assert figures(waiting) == (430, 0, Decimal("100.50"), Decimal("329.50"))
    assert InboundRow.objects.filter(payload__icontains=identity_number(1)).count() == 0


def test_two_givers_of_one_list_share_what_is_left_to_a_person():
    aided = person(1, aided=True)

    batch = import_list(
        kind=SUPPORTS,
        source=source(line(1, 30), line(1, 50, giver="王庄镇"), line(1, 5, giver="企业")),
        wet_run=True,
    )

    assert told(batch) == [("new", "", ""), ("new", "", ""), ("refused", "nothing_left", "扶持金额")]
    assert figures(aided) == (430, 390, 40, 0)
    assert list(ThirdPartySupport.objects.order_by("pk").values_list("amount", flat=True)) == [30, 10]


def test_what_cannot_be_taken_is_refused_by_row_and_column_and_the_rest_is_taken():
    paid, dead = person(1), person(2)
    record_payments(rows=[row(paid, PAID, amount=Decimal(430))])
    dead.died_on = DAY(2024, 10, 1)
    dead.save()
    person(3)
    ResidentFactory(number=identity_number(5), living_area=daoli())

    batch = import_list(
        kind=SUPPORTS,
        source=source(
            line(1, 30),
            line(2, 30),
            line(3, 30),
            line(3, 30),
            line(4, 30),
            line(5, 30),
            line(3, "30.001"),
            line(3, 0),
            line(3, 5, year=2031),
            line(3, 5, document=""),
            line(3, 5, day="2025-02-29"),
        ),
        wet_run=True,
    )

    assert told(batch) == [
        ("refused", "already_paying", "参保年度"),
        ("refused", "dead", "扶持日期"),
        ("new", "", ""),
        ("duplicate", "repeated", ""),
        ("refused", "unknown_person", "证件号码"),
        ("refused", "unknown_person", "证件号码"),
        ("refused", "amount_unreadable", "扶持金额"),
        ("refused", "row_invalid", "扶持金额"),
        ("refused", "policy_not_found", "参保年度"),
        ("refused", "blank", "文件号"),
        ("refused", "date_unreadable", "扶持日期"),
    ]
    assert ThirdPartySupport.objects.count() == 1


def test_the_same_list_again_gives_nothing_and_after_taking_back_it_may_come_again():
    someone = person(1)
    import_list(kind=SUPPORTS, source=source(line(1, 30)), wet_run=True)

    again = import_list(kind=SUPPORTS, source=source(line(1, 30), line(2, 1)), wet_run=True)

    assert told(again)[0] == ("unchanged", "", "")
    assert figures(someone) == (430, 0, 30, 400)
    withdraw_support(support=ThirdPartySupport.objects.get(), on=PAID, reason="登记错了", user=UserFactory())
    import_list(kind=SUPPORTS, source=source(line(1, 30), line(3, 1)), wet_run=True)
    assert figures(someone) == (430, 0, 30, 400)


def test_sixty_rows_ask_no_more_than_twenty():
    def queries(first, count):
        for n in range(first, first + count):
            person(n, aided=n % 3 == 0)
        lines = [line(n, 10 + n % 7, giver=f"村{n}") for n in range(first, first + count)]
        with CaptureQueriesContext(connection) as asked:
            batch = import_list(kind=SUPPORTS, source=source(*lines), wet_run=True)
        assert batch.counts == {"new": count}
        return len(asked)

    queries(0, 6)
    assert queries(10, 20) == queries(40, 60)
