"""Claims of four lines one by one, and a hospital's settlement file of 100,000: planned, then settled with history.

Everybody is insured, one in twenty holds an identity; the single claims meet people who have had one this year.
"""

import datetime
import statistics
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path

from django.db import connection
from django.db.models import Exists, OuterRef
from django.test.utils import CaptureQueriesContext

from benchmarks.in_a_process import measured
from benchmarks.listed_people import make_listed_city, number_of
from benchmarks.measurement import Measurement, of_a_process, seconds, size
from benchmarks.population import FILLED, insert_select
from benefits.models import Claim, ClaimKind, ClaimLine, Facility
from benefits.services.bills import NewClaim, NewLine
from benefits.services.settle import ClaimResult, settle_claims
from enrollment.models import ContributionPeriod, Enrollment
from exchange.parsers.writer import write_xlsx
from hardship.models import Recognition
from registry.models import Area, Resident

PEOPLE = 100_000
YEAR = 2025
HOSPITAL = "H23010000001"
SINGLES, FOR_WARMING = 400, 20
BAR_OF_ONE = 0.010  # 100 a second
BAR_QUERIES = 15
BAR_SECONDS = 100.0  # 1,000 a second, read and settled each
BAR_MEGABYTES = 1_500.0
HEAD = (
    "结算单号", "机构编码", "姓名", "证件号码", "就医类别", "入院日期", "出院日期", "结算日期", "总费用",
    "政策范围内费用", "乙类先行自付",
)  # fmt: skip
LINES = (
    NewLine(name="床位费", item_class="a", amount=Decimal(600), eligible=Decimal(600)),
    NewLine(name="检查费", item_class="a", amount=Decimal(1400), eligible=Decimal(1400)),
    NewLine(
        name="药品", item_class="b", amount=Decimal(2000), eligible=Decimal(1800), class_b_copay=Decimal(200)
    ),
    NewLine(name="材料", item_class="c", amount=Decimal(500), eligible=Decimal(0)),
)


def measure() -> Iterator[Measurement]:
    """Yield the middle of single claims and their queries, then time and memory of planning and of settling."""
    people = size(PEOPLE)
    insure_everybody(make_listed_city(people))
    first = list(Resident.objects.order_by("pk").values_list("pk", flat=True)[: SINGLES + FOR_WARMING + 1])
    assert _settled([_claim(pk, "A") for pk in first]) == len(first)
    for pk in first[:FOR_WARMING]:
        _settled([_claim(pk, "B")])
    taken = [seconds(partial(_settled, [_claim(pk, "B")])) for pk in first[FOR_WARMING:-1]]
    yield Measurement("claim_of_four_lines", statistics.mean(taken), "s", BAR_OF_ONE)
    with CaptureQueriesContext(connection) as asked:
        _settled([_claim(first[-1], "B")])
    work = [each for each in asked if each["sql"] not in ("BEGIN", "COMMIT")]
    yield Measurement("claim_of_four_lines_queries", len(work), "queries", BAR_QUERIES)
    yield from _file(people, already=Claim.objects.count())


def insure_everybody(city: Area) -> None:
    """Insure everybody in the year, let one in twenty hold an identity, and open the hospital."""
    Facility.objects.create(code=HOSPITAL, name="量测医院", grade="grade_3", area=city)
    given = {model: (values, source) for model, values, source in FILLED}
    chosen = {"area": city.pk, "first": YEAR, "last": YEAR}
    everybody = "registry_resident AS person, generate_series(%(first)s, %(last)s) AS year ORDER BY person.id"
    sources = {Enrollment: everybody, ContributionPeriod: given[ContributionPeriod][1]}
    with connection.cursor() as cursor:
        for model, source in (sources | {Recognition: given[Recognition][1]}).items():
            cursor.execute(insert_select(model, given[model][0], source), chosen)
            cursor.execute(f"ANALYZE {model._meta.db_table}")


def _file(people: int, *, already: int) -> Iterator[Measurement]:
    """Yield what planning and settling the hospital's file cost, each in a process of its own."""
    database = connection.settings_dict["NAME"]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "结算明细.xlsx"
        file.write_bytes(write_xlsx(HEAD, _rows(people), title="医疗费用结算明细"))
        planned = measured(database, "claims", "plan", str(file), f"{YEAR}-12-31")
        assert planned["counts"] == {"new": people}
        yield from of_a_process(
            f"claims_{people}_plan", planned, seconds=BAR_SECONDS, megabytes=BAR_MEGABYTES
        )
        settled = measured(database, "claims", "apply", str(planned["batch"]))
    assert settled["counts"] == planned["counts"]
    told = Claim.history.filter(history_type="+")
    assert Claim.objects.count() == told.count() == people + already
    assert set(Claim.history.exclude(history_type="+").values_list("id", flat=True)) == _followers()
    assert ClaimLine.objects.count() == len(LINES) * already
    yield from of_a_process(f"claims_{people}_settle", settled, seconds=BAR_SECONDS, megabytes=BAR_MEGABYTES)


def _followers() -> set[int]:
    """Return the single claims that follow one of the file's in their year: these are settled anew, once each."""
    earlier = Claim.objects.filter(
        batch__isnull=False, resident=OuterRef("resident"), discharged_on__lt=OuterRef("discharged_on")
    )
    return set(Claim.objects.filter(Exists(earlier), batch=None).values_list("pk", flat=True))


def _rows(people: int) -> Iterator[tuple[object, ...]]:
    for place in range(people):
        admitted = datetime.date(YEAR, 1, 1) + datetime.timedelta(days=place % 300)
        left = admitted + datetime.timedelta(days=place % 12)
        kind = ClaimKind.labels[place % 2]
        eligible = 300 + place % 50_000
        total = f"{eligible + 100 + place % 700}.50"
        who = (f"居民{place}", number_of(place), kind)
        yield f"F{place:09d}", HOSPITAL, *who, f"{admitted}", f"{left}", f"{left}", total, eligible, "100"


def _claim(resident_id: int, series: str) -> NewClaim:
    day = datetime.date(YEAR, 3, 1 if series == "A" else 20)
    return NewClaim(
        number=f"{series}{resident_id}",
        resident_id=resident_id,
        facility_code=HOSPITAL,
        kind="inpatient",
        admitted_on=day,
        discharged_on=day,
        settled_on=day,
        total=Decimal(4500),
        eligible=Decimal(3800),
        class_b_copay=Decimal(200),
        lines=LINES,
    )


def _settled(claims: list[NewClaim]) -> int:
    outcomes = settle_claims(claims=claims, user=None)
    return sum(outcome.result == ClaimResult.SETTLED for outcome in outcomes)
