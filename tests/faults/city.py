"""Areas of people alike in two databases: in one their runs are struck, in the other nothing disturbs them."""

import os
import random
import secrets
import time
from collections import Counter
from collections.abc import Mapping

from tests.faults.rig import CALM, STRUCK, TWO, Rig, until
from tests.faults.rows import lines_of
from tests.faults.staff import Staff

SEED = int(os.environ.get("FAULTS_SEED", secrets.randbelow(10**6)))
TIMES = int(os.environ.get("FAULTS_TIMES", "4"))  # each fault strikes
JOBS = ("billing", "year_end")
PEOPLE = 360
RESTS_WITHIN = 240
# What takes up again what was left lying comes every ten minutes; here every second, and nothing else comes.
HURRIED = """
WITH every AS (INSERT INTO django_celery_beat_intervalschedule (every, period) VALUES (1, 'seconds') RETURNING id)
UPDATE django_celery_beat_periodictask SET enabled = task LIKE '%.resume_%', expire_seconds = NULL,
       crontab_id = CASE WHEN task LIKE '%.resume_%' THEN NULL ELSE crontab_id END,
       interval_id = CASE WHEN task LIKE '%.resume_%' THEN every.id END
FROM every
"""


def fill_the_disk(rig: Rig, chance: random.Random) -> None:
    rig.fill_disk()
    time.sleep(chance.uniform(0.3, 2))
    rig.free_disk()


FAULTS = {
    "the process at work": lambda rig, chance: rig.kill_child(chance.choice(list(TWO)), chance),
    "a worker but not its process": lambda rig, chance: rig.kill(chance.choice(list(TWO))),
    "a worker whole": lambda rig, chance: rig.kill_whole(chance.choice(list(TWO))),
    "the schedule": lambda rig, _: rig.kill_whole("beat"),
    "the broker": lambda rig, _: rig.kill("broker"),
    "PostgreSQL": lambda rig, _: rig.kill("postgres"),
    "one connection": lambda rig, chance: rig.kill_child("postgres", chance),
    "the disk": fill_the_disk,
}


class City:
    """The areas nobody touched yet, and the staff of both databases.

    :ivar lengths: how long a run of each kind takes undisturbed
    """

    def __init__(self, rig: Rig, *, areas: int):
        self.rig, self.chance = rig, random.Random(SEED)  # noqa: S311 - moments, no secrets
        staff = Staff(rig, STRUCK)
        self.areas = staff.ask("make", areas=areas, people=PEOPLE)
        staff.leave()
        rig.sql(HURRIED)
        rig.sql(f"CREATE DATABASE {CALM} TEMPLATE {STRUCK}", database="postgres")
        self.struck, self.calm = Staff(rig, STRUCK), Staff(rig, CALM)
        self.lengths: dict[str, float] = {}

    def leave(self) -> None:
        self.struck.leave()
        self.calm.leave()

    def measure(self, job: str) -> None:
        """Have a run and remember how long it takes."""
        begun = time.monotonic()
        self.check(job, *self.begin(job), told=f"{job}, undisturbed")
        self.lengths[job] = min(time.monotonic() - begun, self.lengths.get(job, RESTS_WITHIN))

    def strike(self, job: str, fault: str) -> None:
        """Have a run struck at a random moment of its length; one that is over by then is not counted."""
        is_over = True
        while is_over:
            moment = self.chance.uniform(0, self.lengths[job])
            area, run = self.begin(job)
            time.sleep(moment)
            is_over = self.rests(job, run)
            if not is_over:
                FAULTS[fault](self.rig, self.chance)
            self.check(
                job, area, run, told=f"{job} of area {area}, {fault} after {moment:.2f} s, seed {SEED}"
            )

    def begin(self, job: str, *, workers: Mapping[str, int] = TWO) -> tuple[int, int]:
        """Begin a run of the next area, once all programs run; return area and run."""
        self.rig.work_with(workers)
        area = self.areas.pop()
        return area, self.struck.ask("begin", job=job, area=area)

    def check(self, job: str, area: int, run: int, *, told: str) -> None:
        """Wait until a run rests, and compare what it wrote with what an undisturbed one writes."""
        self.await_rest(job, run, told=told)
        self.calm.ask("do_alone", job=job, area=area)
        written, calm = self.lines(job, area)
        assert calm.total() > PEOPLE * 0.8
        assert (written - calm, calm - written) == ({}, {}), told

    def await_rest(self, job: str, run: int, *, told: str) -> None:
        try:
            until(lambda: self.rests(job, run), seconds=RESTS_WITHIN)
        except AssertionError as late:
            raise AssertionError(f"{told}: {late}") from late

    def rests(self, job: str, run: int) -> bool:
        return bool(self.struck.ask("rests", job=job, run=run))

    def lines(self, job: str, area: int) -> tuple[Counter[str], Counter[str]]:
        """Return what stands in the struck database and in the calm one."""
        struck, calm = (lines_of(self.rig, job, area=area, database=database) for database in (STRUCK, CALM))
        return struck, calm
