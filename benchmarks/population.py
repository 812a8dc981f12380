"""People in bulk, made inside the database: five coverage years of insurance, identities and yearly totals."""

# ruff: noqa: S608 - every part is written here

import json
from typing import Any

from django.db import connection, models, transaction
from django.utils import timezone

from benefits.models import Accumulator
from enrollment.models import ContributionPeriod, Enrollment
from hardship.models import Category, Recognition
from policy.models import PolicyStatus, PolicyVersion
from policy.services.versions import load_shipped_policies
from registry.models import Area, Resident

FIRST_YEAR, LAST_YEAR = 2021, 2025
# Nine in ten are insured in a year, by a fixed pattern that makes every kind of history appear.
FILLED: tuple[tuple[type[models.Model], dict[str, str], str], ...] = (
    (
        Resident,
        {
            "name": "'居民' || n",
            "sealed_id_number": "'\\x00'::bytea",
            "id_index": "sha256(n::text::bytea)",
            "sex": "'2'",
            "born_on": "DATE '1960-01-01' + n %% 20000",
            "hukou_area_id": "%(area)s",
            "living_area_id": "%(area)s",
            "pooling_area_id": "%(area)s",
            "created_at": "now()",
        },
        "generate_series(1, %(people)s) AS n",
    ),
    (
        Enrollment,
        {
            "resident_id": "person.id",
            "coverage_year": "year",
            "pooling_area_id": "%(area)s",
            "registered_on": "make_date(year - 1, 11, 1)",
        },
        (
            "registry_resident AS person, generate_series(%(first)s, %(last)s) AS year"
            " WHERE (person.id * 7 + year * 13) %% 10 > 0 ORDER BY person.id, year"
        ),
    ),
    (
        ContributionPeriod,
        {
            "enrollment_id": "id",
            "resident_id": "resident_id",
            "coverage_year": "coverage_year",
            "due": "400",
            "payable": "400",
            "paid": "400",
            "benefit_start": "make_date(coverage_year, 1, 1)",
            "benefit_end": "make_date(coverage_year, 12, 31)",
            "state": "'paid'",
            "quoted_on": "registered_on",
            "paid_on": "registered_on",
        },
        "enrollment_enrollment ORDER BY resident_id, coverage_year",
    ),
    (
        Accumulator,
        {
            "resident_id": "resident_id",
            "pooling_area_id": "pooling_area_id",
            "coverage_year": "coverage_year",
            "claims": "1",
            "total": "1000",
            "basic_paid": "500",
            "critical_illness_paid": "CASE WHEN resident_id %% 50 = 0 THEN 400001 ELSE 0 END",
            "increase_used": "resident_id %% 50 = 0",
        },
        "enrollment_enrollment WHERE (resident_id * 3 + coverage_year) %% 3 = 0 ORDER BY resident_id, coverage_year",
    ),
    (
        Recognition,
        {
            "resident_id": "id",
            "category_id": "'subsistence_allowance'",
            "valid_from": "DATE '2024-01-01'",
            "authority": "'民政'",
            "recorded_at": "now()",
        },
        "registry_resident WHERE id %% 20 = 0",
    ),
)


def insert_select(model: type[models.Model], given: dict[str, str], source: str) -> str:
    """Return the statement that fills a table: what is given, the model's defaults elsewhere."""
    columns = dict(given)
    for field in model._meta.concrete_fields:
        if field.column not in columns and not field.primary_key and not field.null:
            default = field.get_default()
            text = json.dumps(default) if isinstance(default, dict | list) else default
            columns[field.column] = str(connection.ops.compose_sql("%s", [text])).replace("%", "%%")
    names = ", ".join(f'"{name}"' for name in columns)
    return f"INSERT INTO {model._meta.db_table} ({names}) SELECT {', '.join(columns.values())} FROM {source}"


def make_city(people: int, *, first: int = FIRST_YEAR, last: int = LAST_YEAR) -> Area:
    """Fill an empty database with `people` residents of Harbin and the law they live under; return Harbin.

    :param first: coverage year from which on they are insured, to `last`
    """
    load_shipped_policies()
    province = Area.objects.create(code="230000", name="黑龙江省", level="province", path="230000/")
    city = Area.objects.create(
        code="230100",
        name="哈尔滨市",
        level="city",
        parent=province,
        path="230000/230100/",
        is_pooling_area=True,
    )
    Category.objects.get_or_create(
        code="subsistence_allowance", defaults={"label": "低保对象", "issuer": "民政"}
    )
    values = {"area": city.pk, "people": people, "first": first, "last": last}
    _fill(values)
    return city


def _fill(values: dict[str, Any]) -> None:
    """Fill the tables; what a foreign key points to is there by construction and not looked up row by row."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for model, given, source in FILLED:
            cursor.execute(insert_select(model, given, source), values)
    how = "ANALYZE" if connection.in_atomic_block else "VACUUM (ANALYZE)"  # as the server itself does in time
    with connection.cursor() as cursor:
        for model, _, _ in FILLED:
            cursor.execute(f"{how} {model._meta.db_table}")


def empty_city() -> None:
    """Take away what `make_city` made and all that hangs on it; the empty database is as it was, keys begin anew."""
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE registry_area, hardship_category, policy_policyversion RESTART IDENTITY CASCADE"
        )
        cursor.execute(
            r"SELECT relname FROM pg_class WHERE relkind = 'r' AND relname LIKE 'incentive\_run\_%'"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f"DROP TABLE {table}")


def carry_policies_to(year: int) -> None:
    """Let the shipped policies of 2025 hold in another year as well."""
    for version in PolicyVersion.objects.filter(year=LAST_YEAR, status=PolicyStatus.APPROVED):
        text = version.text.replace(f"year = {LAST_YEAR}", f"year = {year}", 1)
        PolicyVersion.objects.create(
            area=version.area,
            year=year,
            number=1,
            title=version.title,
            text=text.replace(f'/{LAST_YEAR}"', f'/{year}"'),
            status=PolicyStatus.APPROVED,
            approved_at=timezone.now(),
        )
