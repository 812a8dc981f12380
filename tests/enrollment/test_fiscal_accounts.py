"""Whose account money has to reach: nothing is late below it, nothing is netted between counties."""

import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.models import SubsidyShare
from enrollment.rules.fiscal_accounts import Missing, PlaceSums, account_path, missing_at
from enrollment.services.subsidy_standing import subsidy_standing, total_of
from enrollment.services.transfers import NewTransfer, record_transfer
from tests.enrollment.factories import InsuredFactory
from tests.registry.factories import ResidentFactory, area, daoli, harbin, shangzhi

DAY = datetime.date
CITY, COUNTY, OTHER, TOWN = "23/2301/", "23/2301/230102/", "23/2301/230183/", "23/2301/230183/2301831/"
POOLING = {"2301"}
YUAN = {"central": "402", "province": "187.60", "local": "80.40"}


def place(path, due="0", received="0"):
    return PlaceSums(path, Decimal(due), Decimal(received))


@pytest.mark.parametrize(
    ("path", "level", "found"),
    [
        (TOWN, "central", CITY),
        (CITY, "city", CITY),
        ("23/", "province", None),
        (TOWN, "local", OTHER),
        (OTHER, "county", OTHER),
        (CITY, "district", None),
        ("23/2302/230201/", "central", "23/2302/230201/"),
    ],
)
def test_upper_levels_pay_the_pooling_body_and_lower_ones_the_county(path, level, found):
    assert account_path(path, level=level, pooling=POOLING) == found


def test_money_that_reached_the_city_leaves_no_county_late():
    places = [place(COUNTY, "804"), place(TOWN, "402"), place(CITY, received="1206")]

    assert missing_at(CITY, places, level="central", pooling=POOLING) == Missing(Decimal(0), Decimal(0))
    assert missing_at(COUNTY, places, level="central", pooling=POOLING) is None


def test_what_one_county_sent_too_much_does_not_meet_another():
    places = [place(COUNTY, "100", "130"), place(TOWN, "100", "80")]

    assert missing_at(CITY, places, level="local", pooling=POOLING) == Missing(Decimal(20), Decimal(20))
    assert missing_at(OTHER, places, level="local", pooling=POOLING) == Missing(Decimal(20), Decimal(20))


def test_money_recorded_above_the_counties_meets_any_of_them_and_is_certain_of_none():
    places = [place(COUNTY, "100"), place(OTHER, "100", "40"), place(CITY, received="90")]

    assert missing_at(CITY, places, level="local", pooling=POOLING) == Missing(Decimal(70), Decimal(70))
    below = missing_at(OTHER, places, level="local", pooling=POOLING, above=Decimal(90))
    assert below == Missing(Decimal(60), Decimal(0))
    beside = missing_at(COUNTY, places, level="local", pooling=POOLING, above=Decimal(90))
    assert beside == Missing(Decimal(100), Decimal(10))


def test_what_another_city_received_meets_nothing_here():
    places = [place(COUNTY, "100"), place("23/2302/", received="500")]

    assert missing_at("23/", places, level="local", pooling=POOLING).most == 100


amounts = st.integers(0, 10**6).map(lambda fen: Decimal(fen) / 100)


@given(
    st.lists(
        st.tuples(st.sampled_from([CITY, COUNTY, OTHER, TOWN]), amounts, amounts), unique_by=lambda p: p[0]
    )
)
def test_missing_is_never_less_than_what_is_due_beyond_what_came(rows):
    places = [PlaceSums(*row) for row in rows]
    due, received = sum((row[1] for row in rows), Decimal(0)), sum((row[2] for row in rows), Decimal(0))

    for level in ("central", "local"):
        found = missing_at(CITY, places, level=level, pooling=POOLING)
        assert max(Decimal(0), due - received) <= found.least <= found.most <= due
        assert found.most == max(Decimal(0), due - received) or level == "local"


def paid(where, level_yuan=YUAN):
    contribution = InsuredFactory(year=2025, resident=ResidentFactory(living_area=where))
    for level, amount in level_yuan.items():
        SubsidyShare.objects.create(
            contribution=contribution,
            fiscal_year=2024,
            component="basic",
            level=level,
            amount=Decimal(amount),
        )


def receive(where, level, amount):
    said = NewTransfer(
        fiscal_year=2024,
        level=level,
        amount=Decimal(amount),
        received_on=DAY(2024, 11, 30),
        document=f"财社〔2024〕{where.code}",
    )
    record_transfer(area=where, transfer=said)


def standing(where):
    return {
        (line.area.code, line.key[1]): line
        for line in subsidy_standing(area=where, year=2024, on=DAY(2024, 12, 1))
    }


@pytest.mark.usefixtures("law")
def test_a_county_is_late_with_its_own_money_only():
    paid(daoli())
    paid(shangzhi())
    receive(harbin(), "central", 804)
    receive(daoli(), "local", "80.40")

    lines = standing(harbin())

    assert lines["230100", "central"].status.state == "on_time"
    assert lines["230102", "central"].status is None
    assert lines["230102", "central"].account == harbin()
    assert lines["230102", "local"].status.state == "on_time"
    late = lines["230183", "local"]
    assert (late.status.state, late.missing.least, late.status.days_late) == ("overdue", Decimal("80.40"), 1)
    assert lines["230100", "local"].missing.most == Decimal("80.40")
    assert standing(daoli())["230102", "central"].account == harbin()


@pytest.mark.usefixtures("law")
def test_a_county_is_not_late_while_the_citys_money_may_be_its_own():
    paid(daoli())
    paid(shangzhi())
    receive(harbin(), "local", "100")

    lines = standing(harbin())

    assert lines["230102", "local"].missing == Missing(Decimal("80.40"), Decimal(0))
    assert lines["230102", "local"].status.state == "on_time"
    assert lines["230102", "local"].above == 100
    assert lines["230100", "local"].status.shortfall == Decimal("60.80")
    assert standing(daoli())["230102", "local"].above == 100


@pytest.mark.usefixtures("law")
@pytest.mark.django_db
def test_towns_add_up_to_the_county_counties_to_the_city_and_levels_to_people_times_standard():
    towns = [area(f"230183{nth:03d}", parent=shangzhi()) for nth in (1, 2, 3)]
    for where in (*towns, towns[0], daoli()):
        paid(where)

    county = subsidy_standing(area=shangzhi(), year=2024, on=DAY(2024, 12, 1))
    city = subsidy_standing(area=harbin(), year=2024, on=DAY(2024, 12, 1))

    def whole(lines, where):
        return total_of([line for line in lines if line.area == where])

    def parts(lines, where):
        return total_of([line for line in lines if line.area != where])

    assert parts(county, shangzhi()) == whole(county, shangzhi()) == whole(city, shangzhi())
    assert parts(city, harbin()) == whole(city, harbin())
    assert whole(city, harbin()).due == 5 * Decimal(670)
    assert whole(county, shangzhi()).due == 4 * Decimal(670)
