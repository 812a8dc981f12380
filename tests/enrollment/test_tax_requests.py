"""The request list out and back: every person's sum held against the settlement, what differs kept and asked about."""

import datetime
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from casework.models import Case
from enrollment.rules.tax_requests import Finding, compared
from enrollment.services.lists import TAX_REQUESTS, FileSource, apply_list, plan_list
from enrollment.services.settlements import approve_settlement, draw_up_settlement
from enrollment.services.tax_requests import RequestRefused, request_rows
from exchange.parsers.writer import write_xlsx
from registry.models import AccessLog, Role, StaffScope
from tests.enrollment.factories import InsuredFactory
from tests.enrollment.test_settlements import OCTOBER, at, granted
from tests.registry.factories import ResidentFactory, harbin, identity_number

HEADINGS = ("身份证号码", "代缴金额", "请款批次")
LABEL = "230100-202410"
NUMBERS = [identity_number(serial) for serial in range(100, 108)]


@pytest.fixture
def clerk(db):
    user = User.objects.create_user("maker")
    StaffScope.objects.create(user=user, area=harbin(), role=Role.CLERK)
    return user


def settled(clerk, *numbers):
    people = [ResidentFactory(number=number) for number in numbers]
    for person in people:
        contribution = InsuredFactory(year=2025, resident=person, paid_on=OCTOBER)
        contribution.grant = granted(at(2024, 10, 1), resident=person)
        contribution.save()
    made = draw_up_settlement(area=harbin(), month=OCTOBER, user=clerk)
    return approve_settlement(settlement=made, user=User.objects.create_user("second"))


def planned(*lines, name="请款.xlsx"):
    source = FileSource(
        content=write_xlsx(HEADINGS, lines), file_name=name, area=harbin(), as_of=datetime.date(2024, 12, 1)
    )
    return plan_list(kind=TAX_REQUESTS, source=source)


def outcomes(batch):
    return list(batch.rows.order_by("number").values_list("outcome", "code"))


def test_the_list_names_each_person_once_a_grant_and_writes_down_who_took_it(clerk):
    settlement = settled(clerk, *NUMBERS[:2])

    rows = request_rows(settlement=settlement, reason="税务核对", user=clerk)

    assert [(row.resident.id_number, row.aid, row.personal, row.request) for row in rows] == [
        (NUMBERS[0], Decimal("420.01"), 380, LABEL),
        (NUMBERS[1], Decimal("420.01"), 380, LABEL),
    ]
    assert sum(row.aid for row in rows) == settlement.amount
    assert AccessLog.objects.filter(user=clerk, purpose=f"税务请款明细 {LABEL}：税务核对").count() == 2


def test_nothing_is_given_out_without_reason_right_or_approval(clerk):
    settlement = settled(clerk, NUMBERS[0])
    stranger = User.objects.create_user("stranger")
    draft = draw_up_settlement(area=harbin(), month=datetime.date(2024, 11, 1), user=clerk)

    for asked in (
        {"settlement": settlement, "reason": " ", "user": clerk},
        {"settlement": settlement, "reason": "核对", "user": stranger},
        {"settlement": draft, "reason": "核对", "user": clerk},
    ):
        with pytest.raises(RequestRefused):
            request_rows(**asked)
    assert not AccessLog.objects.exists()


def test_what_comes_back_is_summed_compared_and_becomes_work(clerk):
    settled(clerk, *NUMBERS[:5])
    ResidentFactory(number=NUMBERS[5])
    batch = planned(
        [NUMBERS[0], "390.01", LABEL],
        [NUMBERS[0], "30.00", LABEL],
        [NUMBERS[1], "420.00", LABEL],
        [NUMBERS[2], "420.01", LABEL],
        [NUMBERS[2], "420.01", LABEL],
        [NUMBERS[5], "240.00", LABEL],
        [NUMBERS[6], "240.00", LABEL],
        [NUMBERS[3], "420.01", "230100-202409"],
        [NUMBERS[3], "420.01", LABEL],
    )

    assert outcomes(batch) == [
        ("unchanged", "matched"),
        ("duplicate", "summed"),
        ("held", "amount_differs"),
        ("held", "doubled"),
        ("duplicate", "summed"),
        ("held", "not_owed"),
        ("held", "unknown_person"),
        ("refused", "request_unknown"),
        ("unchanged", "matched"),
        ("held", "missing"),
    ]
    assert not Case.objects.exists()
    apply_list(kind=TAX_REQUESTS, batch=batch, user=clerk)

    asked = Case.objects.filter(kind="tax_request_difference")
    assert asked.count() == 5
    differs = asked.get(reason="清单合计 420.00 元，结算应付 420.01 元")
    assert differs.detail["asked"] == "420.00"
    assert NUMBERS[1] not in str(differs.detail)
    assert outcomes(batch)[2] == ("held", "amount_differs")


def test_who_was_asked_for_before_is_not_asked_for_again_in_silence(clerk):
    settled(clerk, NUMBERS[0])
    apply_list(kind=TAX_REQUESTS, batch=planned([NUMBERS[0], "420.01", LABEL]))

    again = planned([NUMBERS[0], "420.01", LABEL], [NUMBERS[1], "1", "230100-202401"])

    assert outcomes(again)[0] == ("held", "asked_before")


def test_many_people_cost_the_same_queries(clerk):
    settled(clerk, *NUMBERS)

    def cost(*lines, name):
        with CaptureQueriesContext(connection) as seen:
            planned(*lines, name=name)
        return len(seen)

    one = cost([NUMBERS[0], "1", LABEL], name="甲.xlsx")
    assert cost(*([number, "420.01", LABEL] for number in NUMBERS[1:]), name="乙.xlsx") == one


yuan = st.integers(-(10**6), 10**6).map(lambda fen: Decimal(fen) / 100)


@given(amounts=st.lists(yuan, min_size=1, max_size=4), owed=yuan)
def test_only_equal_sums_match(amounts, owed):
    found = compared(amounts, owed=owed)

    assert (found.finding == Finding.MATCHED) == (sum(amounts) == owed)
    assert (found.asked, found.owed) == (sum(amounts), owed)


@pytest.mark.parametrize(
    ("amounts", "owed", "finding"),
    [
        (["240", "240"], "240", Finding.DOUBLED),
        (["240", "0"], "240", Finding.MATCHED),
        (["480"], "240", Finding.AMOUNT_DIFFERS),
        ([], "240", Finding.MISSING),
        (["0"], None, Finding.NOT_OWED),
    ],
)
def test_differences_are_told_apart(amounts, owed, finding):
    found = compared([Decimal(each) for each in amounts], owed=None if owed is None else Decimal(owed))

    assert found.finding == finding
