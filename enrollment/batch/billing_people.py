"""Who of a range of residents is to be billed, who is left out and why, and who is alike: one temporary table.

`key` is a digest of every fact a quote may rest on, as finely as `enrollment/rules/likeness.py` tells people apart or
more finely: two people with one key get one quote. What cannot make a difference does not enter: days of birth between
two ages the policy asks, and the days since when an identity has long been held. Who moved after the day of the bill
is like nobody else: where they were on that day is a matter of their history.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from enrollment.models import (
    BillingScope,
    ContributionPeriod,
    ContributionState,
    Enrollment,
    EnrollmentStatus,
    LeftOut,
)
from enrollment.rules.offers import FRESHMAN, renewed_population
from hardship.models import AssistanceGrant, Recognition, ThirdPartySupport
from registry.models import Area, InsuredSpell, Resident

TABLES = {
    "resident": Resident,
    "area": Area,
    "enrollment": Enrollment,
    "contribution": ContributionPeriod,
    "spell": InsuredSpell,
    "recognition": Recognition,
    "support": ThirdPartySupport,
    "granted": AssistanceGrant,
}
PEOPLE = """
CREATE TEMPORARY TABLE billing_person ON COMMIT DROP AS
WITH place AS (
    SELECT * FROM unnest(%(areas)s::bigint[], %(slots)s::text[], %(exempt)s::boolean[])
         AS place (area_id, slot, exempt)
), years AS (
    SELECT resident_id,
           max(coverage_year) FILTER (WHERE is_paid AND coverage_year < %(year)s) AS last_year,
           max(pooling_area_id) FILTER (WHERE is_paid AND coverage_year = %(year)s - 1) AS pooled_in,
           max(population) FILTER (WHERE is_paid AND coverage_year = %(year)s - 1) AS population,
           array_agg(coverage_year) FILTER (WHERE is_paid) AS paid_years,
           bool_or(coverage_year = %(year)s AND status = %(active)s) AS is_enrolled,
           bool_or(coverage_year = %(year)s AND status = %(withdrawn)s) AS is_withdrawn
    FROM (SELECT registered.*, registered.status = %(active)s AND quoted.state = %(paid)s AS is_paid
          FROM {enrollment} AS registered
          LEFT JOIN {contribution} AS quoted ON quoted.enrollment_id = registered.id
               AND quoted.resident_id BETWEEN %(first)s AND %(last)s
          WHERE registered.resident_id BETWEEN %(first)s AND %(last)s) AS registered
    GROUP BY resident_id
), elsewhere AS (
    SELECT resident_id,
           bool_or(starts_on <= %(cover_day)s AND coalesce(ends_on > %(cover_day)s, true)) AS is_covered,
           max(least(%(year)s - 1, extract(year FROM coalesce(ends_on - 1, greatest(%(day)s, starts_on)))::int))
               FILTER (WHERE starts_on < %(new_year)s) AS last_year,
           array_agg(ROW(scheme, starts_on, ends_on)::text ORDER BY scheme, starts_on) AS spells,
           bool_or(coalesce(ends_on > %(covers_since)s, true)) AS is_recent
    FROM {spell} WHERE resident_id BETWEEN %(first)s AND %(last)s GROUP BY resident_id
), held AS (
    SELECT resident_id,
           array_agg(ROW(category_id, greatest(valid_from, %(held_long)s),
                         CASE WHEN valid_to <= %(later_day)s THEN valid_to END, attributes)::text
                     ORDER BY category_id, valid_from) AS identities
    FROM {recognition}
    WHERE resident_id BETWEEN %(first)s AND %(last)s AND valid_from <= %(later_day)s
      AND coalesce(valid_to > %(earlier_day)s, true)
    GROUP BY resident_id
), supported AS (
    SELECT resident_id, sum(offered) AS offered FROM {support}
    WHERE coverage_year = %(year)s AND resident_id BETWEEN %(first)s AND %(last)s GROUP BY resident_id
), person AS (
    SELECT who.id AS resident_id, who.pooling_area_id, place.slot, who.died_on, who.discharged_on,
           spouse.discharged_on AS spouse_discharged_on, starts_with(hukou.path, pooling.path) AS is_local,
           CASE WHEN who.born_on >= %(births_since)s THEN who.born_on::text
                ELSE width_bucket(who.born_on, %(turning)s::date[])::text END AS birth,
           who.born_on >= %(young_since)s AND extract(year FROM who.born_on)::int = ANY(years.paid_years)
               AS is_paid_from_birth,
           coalesce(years.pooled_in = who.pooling_area_id, false) AS is_renewal,
           years.pooled_in, years.last_year, years.is_enrolled, years.is_withdrawn,
           CASE WHEN years.pooled_in = who.pooling_area_id
                THEN CASE years.population WHEN %(freshman)s THEN %(student)s ELSE years.population END
                ELSE 'resident' END AS population,
           place.exempt,
           CASE WHEN greatest(who.living_since, who.hukou_since) > %(day)s THEN who.id END AS moved_later
    FROM {resident} AS who
    JOIN {area} AS hukou ON hukou.id = who.hukou_area_id
    JOIN {area} AS pooling ON pooling.id = who.pooling_area_id
    LEFT JOIN place ON place.area_id = who.living_area_id
    LEFT JOIN {resident} AS spouse ON spouse.id = who.military_spouse_id
    LEFT JOIN years ON years.resident_id = who.id
    WHERE who.id BETWEEN %(first)s AND %(last)s
      AND (place.slot IS NOT NULL OR years.pooled_in = ANY(%(pools)s::bigint[]))
)
SELECT resident_id, pooling_area_id, population,
       CASE WHEN slot IS NULL THEN %(moved_out)s
            WHEN died_on < %(day)s THEN %(dead)s
            WHEN is_enrolled THEN %(enrolled)s
            WHEN is_withdrawn THEN %(withdrawn_before)s
            WHEN elsewhere.is_covered THEN %(elsewhere)s
            WHEN EXISTS (SELECT FROM {granted} AS kept WHERE kept.resident_id = person.resident_id
                         AND kept.coverage_year = %(year)s AND kept.reversed_at IS NULL AND kept.frozen_at IS NOT NULL)
                THEN %(frozen_grant)s
            WHEN %(everyone)s THEN NULL
            WHEN is_renewal THEN CASE WHEN exempt THEN NULL ELSE %(must_register)s END
            WHEN pooled_in IS NOT NULL THEN %(moved_in)s
            WHEN person.last_year IS NULL THEN %(never_insured)s
            ELSE %(lapsed)s END AS reason,
       md5(ROW(slot, moved_later, is_local, birth, population, discharged_on, spouse_discharged_on, is_paid_from_birth,
               CASE WHEN %(waits)s THEN greatest(person.last_year, elsewhere.last_year) END,
               CASE WHEN elsewhere.is_recent THEN elsewhere.spells END,
               held.identities, supported.offered)::text)::uuid AS key
FROM person
LEFT JOIN elsewhere USING (resident_id) LEFT JOIN held USING (resident_id) LEFT JOIN supported USING (resident_id)
ORDER BY resident_id
"""
LOCK = """
SELECT count(*) FROM (SELECT id FROM {resident} WHERE id BETWEEN %(first)s AND %(last)s
                      AND living_area_id = ANY(%(areas)s::bigint[]) ORDER BY id FOR NO KEY UPDATE) AS locked
"""
ALIKE = """
SELECT key, min(resident_id), min(population), count(*) FROM billing_person WHERE reason IS NULL
GROUP BY key ORDER BY key
"""
REFUSE = """
UPDATE billing_person SET reason = refused.reason
FROM unnest(%(keys)s::uuid[], %(reasons)s::text[]) AS refused (key, reason)
WHERE billing_person.key = refused.key AND billing_person.reason IS NULL
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What decides who is billed and who is alike.

    :param areas: keys of all areas of the run, beside the `slots` they belong to: one for each policy and county that
        tiers of assistance tell apart; `exempt` = renewals there need no registration
    :param pools: keys of the pooling areas among them
    :param turning: days of birth between which nobody differs; from `births_since` on every day does
    :param held_long: up to then it makes no difference since when an identity is held
    :param covers_since: cover elsewhere that ended by then makes no difference
    :param waits: missed years make a difference somewhere
    """

    day: datetime.date
    coverage_year: int
    scope: str
    areas: Sequence[int]
    slots: Sequence[str]
    exempt: Sequence[bool]
    pools: Sequence[int]
    turning: Sequence[datetime.date]
    births_since: datetime.date
    held_long: datetime.date
    covers_since: datetime.date
    waits: bool

    def parameters(self) -> dict[str, Any]:
        """Return what the statements bind besides the range of keys."""
        new_year = datetime.date(self.coverage_year, 1, 1)
        year_end = datetime.date(self.coverage_year - 1, 12, 31)
        return {
            "day": self.day,
            "year": self.coverage_year,
            "areas": list(self.areas),
            "slots": list(self.slots),
            "exempt": list(self.exempt),
            "pools": list(self.pools),
            "turning": list(self.turning),
            "births_since": min(self.births_since, new_year),
            "young_since": datetime.date(self.coverage_year - 2, 1, 1),
            "new_year": new_year,
            "cover_day": max(self.day, new_year),
            "later_day": max(self.day, year_end),
            "earlier_day": min(self.day, year_end, self.held_long),
            "held_long": self.held_long,
            "covers_since": self.covers_since,
            "waits": self.waits,
            "freshman": FRESHMAN,
            "student": renewed_population(FRESHMAN),
            "everyone": self.scope == BillingScope.EVERYONE,
            "active": EnrollmentStatus.ACTIVE.value,
            "withdrawn": EnrollmentStatus.WITHDRAWN.value,
            "paid": ContributionState.PAID.value,
            "moved_out": LeftOut.MOVED_OUT.value,
            "dead": LeftOut.DEAD.value,
            "enrolled": LeftOut.ENROLLED.value,
            "withdrawn_before": LeftOut.WITHDRAWN.value,
            "elsewhere": LeftOut.ELSEWHERE.value,
            "frozen_grant": LeftOut.FROZEN_GRANT.value,
            "must_register": LeftOut.MUST_REGISTER.value,
            "moved_in": LeftOut.MOVED_IN.value,
            "never_insured": LeftOut.NEVER_INSURED.value,
            "lapsed": LeftOut.LAPSED.value,
        }


@dataclass(frozen=True, slots=True)
class Alike:
    """People with one key: one of them, their class of insured, and how many they are."""

    key: UUID
    example_id: int
    population: str
    people: int


def lock_range(asked: Asked, *, first: int, last: int) -> None:
    """Hold the residents of a range until the transaction ends, as `registry.services.lock_residents` does."""
    _run(LOCK, {"areas": list(asked.areas), "first": first, "last": last})


def find_people(asked: Asked, *, first: int, last: int) -> list[Alike]:
    """Fill the temporary table for a range of residents; return those to be billed by what they have in common."""
    _run("DROP TABLE IF EXISTS billing_person", {})
    _run(PEOPLE, {**asked.parameters(), "first": first, "last": last})
    _run("ANALYZE billing_person", {})
    return [Alike(*row) for row in _run(ALIKE, {})]


def refuse_alike(refusals: dict[UUID, str]) -> None:
    """Leave out whoever has one of the keys, for its reason."""
    if refusals:
        _run(REFUSE, {"keys": list(refusals), "reasons": list(refusals.values())})


def _run(statement: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    tables = {name: model._meta.db_table for name, model in TABLES.items()}
    with connection.cursor() as cursor:
        cursor.execute(statement.format(**tables), params)
        return cursor.fetchall() if cursor.description else []
