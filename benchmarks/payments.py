"""The tax authority's file of 100,000 payments: matched and planned, then booked with history.

Of the people of a city insured last year three in twenty hold an identity and pay what is left after aid; most renew
by paying; one in a hundred pays a yuan too much and one row in a hundred names nobody, and both are held.
"""

import datetime
import tempfile
from collections.abc import Iterator
from pathlib import Path

from django.db import connection

from benchmarks.in_a_process import measured
from benchmarks.listed_people import make_listed_city, number_of
from benchmarks.measurement import Measurement, of_a_process, size
from benchmarks.population import FILLED, insert_select
from enrollment.models import ContributionPeriod, Enrollment, Payment, SubsidyShare
from enrollment.services.quote import quote
from exchange.parsers.writer import write_xlsx
from hardship.models import Recognition
from registry.models import Area, AreaFiscalClass, Resident

PEOPLE = 100_000
BAR_SECONDS = 20.0
BAR_MEGABYTES = 400.0
YEAR = 2025
PAID_ON = datetime.date(2024, 11, 20)
HEAD = ("电子税票号码", "姓名", "身份证号码", "缴费年度", "缴费金额", "缴费日期", "征收渠道", "类型")
AT_ONCE = 10_000
ONE_IN = 100
TOO_MUCH, NOBODY = range(2)  # of each hundred, the first pays a yuan too much, the second names nobody


def measure() -> Iterator[Measurement]:
    """Yield time and memory of planning and of booking."""
    people = size(PEOPLE)
    insure_last_year(make_listed_city(people))
    database = connection.settings_dict["NAME"]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "税务缴费明细.xlsx"
        held = write_payments(file)
        planned = measured(database, "payments", "plan", str(file), str(PAID_ON))
        assert planned["counts"] == {"new": people - held, "held": held}
        yield from of_a_process(
            f"payments_{people}_plan", planned, seconds=BAR_SECONDS, megabytes=BAR_MEGABYTES
        )
        booked = measured(database, "payments", "apply", str(planned["batch"]))
    assert booked["counts"] == planned["counts"]
    assert Payment.objects.count() == Payment.history.count() == people
    assert SubsidyShare.objects.values("contribution").distinct().count() == people - held
    yield from of_a_process(f"payments_{people}_book", booked, seconds=BAR_SECONDS, megabytes=BAR_MEGABYTES)


def insure_last_year(city: Area) -> None:
    """Insure everybody in the year before, let three in twenty hold an identity, and say who pays the subsidy."""
    AreaFiscalClass.objects.create(area=city, fiscal_year=YEAR - 1, fiscal_class="equalised")
    given = {model: (values, source) for model, values, source in FILLED}
    chosen = {"area": city.pk, "first": YEAR - 1, "last": YEAR - 1}
    sources = {
        Enrollment: "registry_resident AS person, generate_series(%(first)s, %(last)s) AS year ORDER BY person.id",
        ContributionPeriod: given[ContributionPeriod][1],
        Recognition: "registry_resident WHERE id %% 20 < 3",
    }
    with connection.cursor() as cursor:
        for model, source in sources.items():
            cursor.execute(insert_select(model, given[model][0], source), chosen)
            cursor.execute(f"ANALYZE {model._meta.db_table}")


def write_payments(file: Path) -> int:
    """Write what everybody pays for the year; return how many rows cannot be booked."""
    people = list(Resident.objects.order_by("pk").values_list("pk", flat=True))
    held = 0

    def lines() -> Iterator[tuple[object, ...]]:
        nonlocal held
        for first in range(0, len(people), AT_ONCE):
            part = people[first : first + AT_ONCE]
            owed = quote(resident_ids=part, coverage_year=YEAR, paid_on=PAID_ON)
            for place, pk in enumerate(part, start=first):
                turn = place % ONE_IN
                held += turn in (TOO_MUCH, NOBODY)
                amount = owed[pk].dues.payable + (turn == TOO_MUCH)
                number = number_of(place + len(people) if turn == NOBODY else place)
                serial = f"TX{YEAR}{place:010d}"
                yield serial, f"居民{place}", number, YEAR, f"{amount}", f"{PAID_ON}", "手机办税", "缴费"

    file.write_bytes(write_xlsx(HEAD, lines(), title="税务缴费明细"))
    return held
