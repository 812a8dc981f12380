"""`categories_on` for 1,000,000 residents: as the records stand, and as they stood at a moment.

First with identities as they are spread in a city, 15 in 100 people with one, some with two or an earlier spell; then
with everybody holding one.
"""

import datetime
from collections.abc import Iterator
from functools import partial

from django.db import connection
from django.utils import timezone

from benchmarks.measurement import Measurement, seconds, size
from benchmarks.population import FILLED, insert_select
from hardship.models import Category, Recognition
from hardship.selectors import categories_on
from registry.batch.history import record_history
from registry.models import Area, Resident

PEOPLE = 1_000_000
BAR_SECONDS = 5.0
DAY = datetime.date(2025, 5, 1)
CATEGORIES = ("subsistence_allowance", "severe_disability", "exited_poverty")
RECOGNIZED = {
    "resident_id": "id",
    "valid_from": "DATE '2024-01-01'",
    "authority": "'民政'",
    "attributes": '\'{"residence": "rural"}\'::jsonb',
    "recorded_at": "now()",
}
# What is held by whom: 15 % hold an identity, 3 % a second one, 2 % held one before.
SPREAD = (
    ({"category_id": "'subsistence_allowance'"}, "id %% 100 < 15"),
    ({"category_id": "'severe_disability'"}, "id %% 100 < 3"),
    (
        {
            "category_id": "'subsistence_allowance'",
            "valid_from": "DATE '2023-01-01'",
            "valid_to": "DATE '2024-01-01'",
        },
        "id %% 100 < 2",
    ),
)
EVERYBODY = (({"category_id": "'exited_poverty'"}, "id %% 100 >= 15"),)


def measure() -> Iterator[Measurement]:
    """Yield the time for a city as it is, and for one in which everybody holds an identity."""
    people = size(PEOPLE)
    _register(people)
    ids = list(Resident.objects.order_by("pk").values_list("pk", flat=True))
    for spread, name in ((SPREAD, "categories_on"), (EVERYBODY, "categories_on_if_everybody_holds_one")):
        _recognize(spread)
        holders = Recognition.objects.values("resident").distinct().count()
        for moment, known in ((None, ""), (timezone.now(), "_known_at")):
            call = partial(categories_on, resident_ids=ids, day=DAY, known_at=moment)
            held = call()
            assert len(held) == people
            assert sum(map(bool, held.values())) == holders
            del held
            yield Measurement(f"{name}_{people}{known}", seconds(call), "s", BAR_SECONDS)


def _register(people: int) -> None:
    area = Area.objects.create(
        code="230100", name="哈尔滨市", level="city", path="230100/", is_pooling_area=True
    )
    Category.objects.bulk_create(Category(code=code, label=code, issuer="民政") for code in CATEGORIES)
    model, given, source = FILLED[0]
    with connection.cursor() as cursor:
        cursor.execute(insert_select(model, given, source), {"area": area.pk, "people": people})
        cursor.execute("ANALYZE registry_resident")


def _recognize(spread: tuple[tuple[dict[str, str], str], ...]) -> None:
    last = Recognition.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    with connection.cursor() as cursor:
        for given, who in spread:
            source = f"registry_resident WHERE {who} ORDER BY id"
            cursor.execute(insert_select(Recognition, RECOGNIZED | given, source), {})
        ids = list(Recognition.objects.filter(pk__gt=last).values_list("pk", flat=True))
        record_history(Recognition, ids, change="+", reason="import 量测")
        cursor.execute("ANALYZE hardship_recognition")
        cursor.execute("ANALYZE hardship_historicalrecognition")
