"""What the staff of the rig do: make people, begin runs, look at them and write beside them, in one database.

`main` reads one JSON command a line and answers with a JSON line, `{"lost": …}` where the database did not answer.
"""

import json
import sys
from contextlib import redirect_stdout

from django.db import DatabaseError, connection, transaction

from benchmarks.population import LAST_YEAR, carry_policies_to, make_city
from registry.models import Area, AreaLevel, Resident
from tests.faults.desk import FOLLOWS, WRITES, open_hospital
from tests.faults.runs import JOBS, YEAR

FIRST_CODE = 230191


def make(*, areas: int, people: int) -> list[int]:
    """Make as many areas of as many people each, who have two years of insurance; return the areas."""
    city = make_city(areas * people, first=LAST_YEAR - 1, last=LAST_YEAR)
    carry_policies_to(LAST_YEAR + 1)
    Area.objects.filter(pk=city.pk).update(is_pooling_area=False)
    open_hospital(city)
    keys = [_area(city, place).pk for place in range(areas)]
    first = Resident.objects.order_by("pk").values_list("pk", flat=True)[0]
    with connection.cursor() as cursor:
        for table in ("registry_resident", "enrollment_enrollment", "benefits_accumulator"):
            person = "id" if table == "registry_resident" else "resident_id"
            columns = ["pooling_area_id"]
            columns += ["living_area_id", "hukou_area_id"] if table == "registry_resident" else []
            found = f"(%(keys)s::bigint[])[(({person} - %(first)s) / %(people)s)::int + 1]"
            values = ", ".join(f"{column} = {found}" for column in columns)
            statement = f"UPDATE {table} SET {values}"  # noqa: S608 - every part is written here
            cursor.execute(statement, {"keys": keys, "first": first, "people": people})
        cursor.execute("ANALYZE")
    return keys


def begin(*, job: str, area: int) -> int:
    """Start a run as staff do: it is on record, and workers are told of it as well as may be."""
    with transaction.atomic():
        return JOBS[job].begin(Area.objects.get(pk=area))


def rests(*, job: str, run: int) -> bool:
    """Return whether a run is over, after doing what a person has to do in the midst of it."""
    with transaction.atomic():
        return JOBS[job].rests(run)


def do_alone(*, job: str, area: int) -> int:
    """Do a whole run here and now, undisturbed."""
    return JOBS[job].do_alone(Area.objects.get(pk=area))


def insured(*, area: int) -> list[int]:
    """Return who is insured in the year before and holds no identity."""
    people = Resident.objects.filter(pooling_area=area, enrollments__coverage_year=YEAR, recognitions=None)
    return list(people.order_by("pk").values_list("pk", flat=True))


def write(*, job: str, person: int) -> None:
    """Record something about a person that changes what a run comes to for them."""
    WRITES[job](person)


def follow(*, job: str) -> None:
    """Do what the schedule does about what clerks wrote."""
    FOLLOWS[job]()


def _area(city: Area, place: int) -> Area:
    code = str(FIRST_CODE + place)
    return Area.objects.create(
        code=code,
        name=f"第{place + 1}区",
        level=AreaLevel.COUNTY,
        parent=city,
        path=f"{city.path}{code}/",
        is_pooling_area=True,
    )


COMMANDS = {each.__name__: each for each in (make, begin, rests, do_alone, insured, write, follow)}


def main() -> None:
    """Answer until stdin ends."""
    answers = sys.stdout
    for line in sys.stdin:
        command = json.loads(line)
        try:
            with redirect_stdout(sys.stderr):
                answer = {"answer": COMMANDS[command.pop("do")](**command)}
        except DatabaseError as lost:
            answer = {"lost": str(lost)}
            connection.close()
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
