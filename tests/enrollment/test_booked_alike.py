"""A file booked in one go is the file booked person by person with nothing remembered, whatever holds it up."""

import datetime
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enrollment.models import HoldReason, Payment, PaymentState
from enrollment.services import payments
from enrollment.services.booking import desk
from enrollment.services.booking.chunk import Run
from enrollment.services.enroll import enroll
from enrollment.services.payments import record_payments, try_payments
from enrollment.services.quote import Memory
from exchange.models import InboundBatch
from hardship.models import Category
from registry.models import Resident
from registry.services.move_residents import Move, PlaceKind, move
from tests.enrollment.billed import lives, settle, years_later
from tests.enrollment.booked import left_by
from tests.enrollment.factories import InsuredFactory, classed, row
from tests.enrollment.test_billing_equals_enrolling import HELD, places_of
from tests.enrollment.test_family_account import payer, rules
from tests.hardship.factories import RecognitionFactory
from tests.registry.factories import (
    InsuredSpellFactory,
    ResidentFactory,
    area,
    harbin,
    identity_number,
    shangzhi,
    tangshan,
)

pytestmark = [pytest.mark.usefixtures("law"), pytest.mark.raw_writes("lives are made inside the database")]
DAY = datetime.date
OCTOBER, NOVEMBER, DECEMBER = DAY(2024, 10, 5), DAY(2024, 11, 20), DAY(2024, 12, 20)
AFTER_THE_WINDOW, TOO_LATE = DAY(2025, 7, 1), DAY(2025, 10, 1)
PEOPLE = 16
NEVER_BY_BOOKING = {HoldReason.TO_REFUND, HoldReason.REFUND_UNDER_WAY}  # somebody decides it, or has decided


class Forgetful(dict):
    """Figures nobody remembers: every quote is asked of the rules."""

    def get(self, key, default=None):
        return default


def file_of(pool):
    return InboundBatch.objects.create(
        kind="payments",
        area=pool,
        file_name="缴费.xlsx",
        sha256=pool.code.rjust(64, "0"),
        as_of=DAY(2027, 12, 31),
    )


@pytest.fixture
def batch():
    return file_of(harbin())


def by_fund(rows):
    """Return the rows of Tangshan's people, and the others."""
    away = set(Resident.objects.filter(pooling_area=tangshan()).values_list("pk", flat=True))
    return [each for each in rows if each.resident_id in away], [
        each for each in rows if each.resident_id not in away
    ]


def compare(rows, batch, monkeypatch):
    """Return what the booking in one go leaves, after holding it against its trial and the booking one by one."""
    together = left_by(lambda: record_payments(rows=rows, batch=batch))
    tried = left_by(lambda: try_payments(rows=rows, batch=batch))
    with monkeypatch.context() as patch:
        patch.setattr(payments, "CHUNK", 1)
        patch.setattr(payments, "Run", lambda **said: Run(**said, memory=Memory(quotes=Forgetful())))
        alone = left_by(lambda: record_payments(rows=rows, batch=batch))
    assert together == alone
    assert tried[0] == together[0]
    return together


def renewing(**facts):
    return InsuredFactory(resident=ResidentFactory(**facts)).resident


def enrolled(**facts):
    person = ResidentFactory(**facts)
    enroll(resident_ids=[person.pk], coverage_year=2025, on=OCTOBER)
    return person


def of_tangshan():
    return enrolled(**{name: tangshan() for name in ("living_area", "pooling_area", "hukou_area")})


def booked_rows():
    """Yield rows that are booked: renewals and registered people, alike and not, at once and in parts."""
    births = [DAY(1964, 9, 1), DAY(1965, 3, 1), DAY(1990, 1, 1), DAY(2024, 3, 1), DAY(2024, 12, 1)]
    for born_on in births:
        person = renewing(born_on=born_on)
        yield row(person, DAY(2024, 12, 24), name=person.name, channel="手机办税")
    for _ in range(3):
        yield row(renewing(living_area=shangzhi()), NOVEMBER)
        yield row(RecognitionFactory(resident=renewing()).resident, NOVEMBER, amount=Decimal(160))
        yield row(renewing(), AFTER_THE_WINDOW, amount=Decimal(1070))
        half = enrolled()
        yield row(half, NOVEMBER, amount=Decimal(150))
        yield row(half, DECEMBER, amount=Decimal(250))
        yield row(of_tangshan(), OCTOBER, amount=Decimal(430), payer=payer())
    moved = renewing(living_since=DAY(2020, 1, 1))
    move(resident=moved, to=Move(PlaceKind.LIVING, shangzhi(), DAY(2024, 12, 1)), reason="搬家")
    yield row(moved, NOVEMBER)
    covered = renewing()
    InsuredSpellFactory(resident=covered, starts_on=DAY(2022, 1, 1), ends_on=DAY(2024, 11, 1))
    yield row(covered, NOVEMBER)
    back = renewing()
    first = row(back, NOVEMBER)
    yield first
    yield row(back, DECEMBER, kind="reversal", reverses_serial=first.serial)
    yield row(back, DECEMBER)


def held_rows():
    """Yield rows of every reason to hold money, most of them twice."""
    for twice in range(2):
        yield row(
            renewing(), NOVEMBER, resident_id=None, id_number=identity_number(490 + twice, female=False)
        )
        yield row(enrolled(died_on=DAY(2024, 10, 6)), NOVEMBER)
        yield row(ResidentFactory(), NOVEMBER)
        yield row(enrolled(), NOVEMBER, coverage_year=2031)
        yield row(enrolled(), DAY(2024, 8, 31))
        yield row(of_tangshan(), DAY(2024, 12, 29), amount=Decimal(430))
        yield row(enrolled(), TOO_LATE, amount=Decimal(1070))
        yield row(renewing(), NOVEMBER, amount=Decimal("400.01"))
        double = renewing()
        yield row(double, NOVEMBER)
        yield row(double, DECEMBER)
        yield from _held_refunds(50 + twice)
        yield from _held_payers(60 + twice * 10)


def _held_refunds(serial):
    yield row(enrolled(), NOVEMBER, kind="refund", reverses_serial="nothing")
    too_much = row(enrolled(), NOVEMBER, amount=Decimal(401))
    yield too_much
    yield row(
        enrolled(),
        DECEMBER,
        kind="reversal",
        amount=Decimal(1),
        reverses_serial=too_much.serial,
        resident_id=too_much.resident_id,
    )
    person = renewing()
    paid = row(person, NOVEMBER)
    yield paid
    yield row(person, DECEMBER, kind="refund", reverses_serial=paid.serial)
    other = renewing()
    again = row(other, NOVEMBER)
    yield again
    yield row(other, DECEMBER, kind="reversal", amount=Decimal(500), reverses_serial=again.serial)
    more = InsuredFactory(paid=Decimal(480))
    kept = Payment.objects.create(
        serial=f"KEPT{serial}", resident=more.resident, contribution=more, coverage_year=2024, amount=480,
        paid_on=DAY(2023, 10, 1), state=PaymentState.BOOKED,
    )  # fmt: skip
    yield row(
        more.resident,
        NOVEMBER,
        kind="refund",
        coverage_year=2024,
        amount=Decimal(100),
        reverses_serial=kept.serial,
    )
    split = Payment.objects.create(
        serial=f"SPLIT{serial}", coverage_year=2025, amount=800, paid_on=OCTOBER, state=PaymentState.SPLIT
    )
    for part in (1, 2):
        Payment.objects.create(
            serial=f"{split.serial}/{part}", part_of=split, coverage_year=2025, amount=400, paid_on=OCTOBER,
            state=PaymentState.HELD, hold_reason=HoldReason.TO_REFUND,
        )  # fmt: skip
    yield row(enrolled(), NOVEMBER, kind="reversal", amount=Decimal(800), reverses_serial=split.serial)


def _held_payers(serial):
    misfits = [{"relation": "other"}, {"area_code": "230100"}, {"number": "13029919530707013"}]
    for said in misfits:
        yield row(of_tangshan(), OCTOBER, amount=Decimal(430), payer=payer(**said))
    holder = identity_number(serial)
    for _ in range(2):
        yield row(of_tangshan(), OCTOBER, amount=Decimal(430), payer=payer(number=holder))


def named_otherwise():
    """Yield a row whose number is of somebody of another name."""
    yield row(
        renewing(number=identity_number(480)),
        NOVEMBER,
        resident_id=None,
        id_number=identity_number(480),
        name="赵铁柱",
    )


def refused_rows(said):
    """Yield rows that repeat or contradict others, or say no amount."""
    yield said
    yield row(enrolled(), NOVEMBER, serial=said.serial)
    yield row(enrolled(), NOVEMBER, amount=Decimal(0))
    yield row(enrolled(), NOVEMBER, serial=" ")


def test_a_file_of_everything_is_booked_as_one_by_one(batch, monkeypatch):
    classed(harbin(), "equalised")
    most = rules(family_account_most_members=1)
    fit = desk.account_misfit
    monkeypatch.setattr(desk, "account_misfit", lambda _, *args, **said: fit(most, *args, **said))
    good, held = list(booked_rows()), list(held_rows())
    rows = [*good, *held, *refused_rows(good[0])]

    away, here = by_fund(rows)
    here += [*named_otherwise(), row(of_tangshan(), NOVEMBER)]
    outcomes, left = compare(here, batch, monkeypatch)
    more, left_there = compare(away, file_of(tangshan()), monkeypatch)
    outcomes += more

    seen = {reason for reason in HoldReason if any(f"'held', '{reason.value}'" in each for each in outcomes)}
    assert set(HoldReason) - seen == NEVER_BY_BOOKING
    assert sum("'booked'" in each for each in outcomes) > len(good)
    assert sum("'refused'" in each for each in outcomes) == 3
    payments_left = len(left["enrollment.Payment"]) + len(left_there["enrollment.Payment"])
    assert payments_left > len(good) + len(held)


@pytest.mark.parametrize("code", ["230100", "130200"])
def test_lives_of_all_kinds_are_booked_as_one_by_one(monkeypatch, code):
    pool, places = places_of(code)
    for each in HELD[code]:
        Category.objects.get_or_create(code=each, defaults={"label": each, "issuer": "民政"})
    holds_for(lives(HELD[code]), places, pool, batch=file_of(pool), monkeypatch=monkeypatch)


def test_lives_under_a_law_of_other_facts_are_booked_as_one_by_one(third_region, monkeypatch):
    near = area("990124", parent=third_region)
    places = [third_region, near, area("990121", parent=third_region), harbin()]
    held = ["extreme_hardship", "subsistence_allowance", "subsistence_margin", "forest_worker"]
    for each in held:
        Category.objects.get_or_create(code=each, defaults={"label": each, "issuer": "民政"})
    later = lives(held).map(lambda life: years_later(life, 2))
    holds_for(later, places, third_region, batch=file_of(third_region), monkeypatch=monkeypatch, year=2027)


def holds_for(found, places, pool, *, batch, monkeypatch, year=2025):
    """Hold a day's file of random people against booking them one by one."""
    paid_on = st.sampled_from(
        [DAY(year - 1, 9, 1), DAY(year - 1, 11, 20), DAY(year - 1, 12, 31), DAY(year, 7, 2)]
    )
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *_: DAY(2027, 12, 31))
    amounts = st.sampled_from([40, 160, 220, 280, 380, 400, 430, 1070])

    @settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        found=st.lists(found, min_size=PEOPLE, max_size=PEOPLE),
        days=st.lists(paid_on, min_size=PEOPLE, max_size=PEOPLE),
        paid=st.lists(amounts, min_size=PEOPLE, max_size=PEOPLE),
    )
    def holds(found, days, paid):
        with transaction.atomic():
            people = settle(found, places, pool, year=year)
            rows = [
                row(person, day, amount=Decimal(amount), coverage_year=year)
                for person, day, amount in zip(people, days, paid, strict=True)
            ]
            compare(rows, batch, monkeypatch)
            transaction.set_rollback(True)

    holds()
