"""Lives run through the real services come out as expected, and leave nothing behind."""

import datetime
import tomllib
from decimal import Decimal
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command

from oversight.services.worked_cases.format import read
from oversight.services.worked_cases.journey import EVENTS, planned_events
from oversight.services.worked_cases.journey_law import law_text
from oversight.services.worked_cases.outcome import Outcome
from oversight.services.worked_cases.report import failure
from oversight.services.worked_cases.run import RUNNERS, run_entry, run_files
from policy.models import PolicyVersion
from policy.services.versions import load_shipped_policies
from tests.registry.factories import ResidentFactory, daoli

FOLDER = Path(__file__).parent
FILES = sorted(FOLDER.glob("*.toml"))
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "entry",
    [pytest.param(entry, id=f"{file.stem}: {entry.name}") for file in FILES for entry in read(file, RUNNERS)],
)
def test_journey(entry):
    outcome = run_entry(entry)

    assert outcome.passed, failure(outcome)


GOOD = """
[[journey]]
name = "按时缴费"
policy = "230100/2025"
area = "230102"
people.zhang = {}
[[journey.event]]
on = 2024-10-08
what = "pay"
who = "zhang"
expect = { due = 400, start = 2025-01-01 }
"""


def ran(tmp_path: Path, text: str) -> Outcome:
    file = tmp_path / "mine.toml"
    file.write_text(text, encoding="utf-8")
    (outcome,) = run_files([file])
    return outcome


def rows() -> dict[str, int]:
    """Return how many rows each table of ours holds."""
    return {model._meta.label: model._default_manager.count() for model in apps.get_models()}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("400", "400"),
        ("400", "401"),
        ('what = "pay"', 'what = "died"'),
        ('who = "zhang"\n', 'who = "zhang"\nserial = "A"\namount = 1000\n'),
    ],
)
def test_nothing_is_left_behind_whether_it_passes_or_fails(tmp_path: Path, before: str, after: str):
    there = ResidentFactory()
    load_shipped_policies()
    found = rows()

    ran(tmp_path, GOOD.replace(before, after))

    assert rows() == found
    there.refresh_from_db()
    assert there.living_area.path == "230000/230100/230102/"
    assert PolicyVersion.objects.filter(status="superseded").count() == 0


def test_people_and_law_that_are_there_already_stay_out_of_it(tmp_path: Path):
    ResidentFactory(living_area=daoli())
    load_shipped_policies()
    text = (
        GOOD.replace("expect = {", 'expect = { why = "waiting",')
        + """
    [[journey.event]]
    on = 2024-10-09
    what = "pay"
    who = "zhang"
    year = 2026
    held = "year_not_published"
    [[journey.event]]
    on = 2026-01-05
    what = "year_ended"
    expect = { who = "zhang", year = 2025, incentives = { continuous_years = 1 } }
    """
    )

    outcome = ran(
        tmp_path,
        text.replace('why = "waiting",', 'why = "not_enrolled",').replace(
            "year = 2026\n", "year = 2026\namount = 400\n"
        ),
    )

    assert outcome.passed, failure(outcome)


def test_a_failure_names_event_day_expected_got_and_working(tmp_path: Path):
    outcome = ran(tmp_path, GOOD.replace("400", "401"))

    said = failure(outcome)
    assert "第1个事件 2024-10-08 pay zhang: zhang 2024-10-08 2025年度 due: expected 401, got 400.00" in said
    assert "个人缴费（基本医保）  400  [黑医保发〔2024〕45号 一(二)]" in said


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('what = "pay"', 'what = "fly"', "不认识 fly；可写 born、move"),
        ('what = "pay"', "", "（未写 what）"),
        ("on = 2024-10-08", 'on = "soon"', "on 应写日期"),
        ('who = "zhang"\n', "", "缺少输入 who"),
        ('who = "zhang"\n', 'who = "li"\n', "没有这个人：li"),
        ('who = "zhang"\n', 'who = "zhang"\nprice = 1\n', "不认识的输入 price；可写 who、year"),
        ("due = 400", "dues = 400", "expect 不认识 dues；可写 who、on、year、claim、due"),
        ("expect = { due = 400, start = 2025-01-01 }", "expect = 400", "expect 应是一张表"),
        ("people.zhang = {}", "people.zhang = { age = 3 }", "不认识的输入 age；可写 name、born_on"),
        ("people.zhang = {}", 'people.zhang = { sex = "x" }', '应写 "male"/"female"'),
        ('policy = "230100/2025"', 'policy = "230100/1999"', "没有“230100/1999”的政策文件"),
        ('policy = "230100/2025"', 'policy = "./none.toml"', "找不到政策文件"),
        ('policy = "230100/2025"\n', "", "要写 policy"),
        ("people.zhang", "weather = 1\npeople.zhang", "不认识的键 weather；可写 name、policy"),
        ('area = "230102"', 'area = "23010"', "不认识地区 23010"),
        ('area = "230102"', 'area = "230000"', "230000 及其上级没有统筹地区"),
        ("people.zhang = {}", 'people.zhang = { spouse_of = "zhang" }', "spouse_of 绕回了本人"),
        ("expect = { due", 'expect = { on = "soon", due', "输入 on 应写 日期"),
        ('what = "pay"', 'what = "move"\nto = "230000"', "没有要办理的对象"),
        ('what = "pay"', 'what = "identity_from"\ncategory = "vip"', "unknown_category"),
        ('area = "230102"', "policy_for_years = [2025]", "policy_for_years 应写 [首年, 末年]"),
        ('area = "230102"', 'years = { soon = "230100/2025" }', "years 应写"),
        ('area = "230102"', "areas = [{ name = 1 }]", "areas 的每个地区要写 code"),
        ('area = "230102"', 'areas = [{ code = "1", size = 1 }]', "areas 不认识 size"),
    ],
)
def test_what_makes_no_sense_is_said_with_what_would(tmp_path: Path, before: str, after: str, said: str):
    outcome = ran(tmp_path, GOOD.replace(before, after, 1))

    assert not outcome.passed
    assert said in failure(outcome)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('refused = "no_benefit_day"', "refused: expected no_benefit_day, got 办成"),
        ('held = "double"', "held: expected double, got 入账"),
        ("amount = 500", "held: expected 入账, got wrong_amount"),
        ("year = 2024", "refused: expected 办成, got policy_not_found"),
        ('year = 2024\nrefused = "policy_not_found"\nsays = "再想想"', "says: expected 再想想"),
    ],
)
def test_an_event_that_goes_otherwise_than_written_is_a_failure(tmp_path: Path, line: str, said: str):
    outcome = ran(tmp_path, GOOD.replace('who = "zhang"\n', f'who = "zhang"\n{line}\n'))

    assert said in failure(outcome)


@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS)
def test_every_example_of_an_event_is_understood(event):
    table = f'event = [{{ on = 2025-03-01, what = "{event.what}", {event.example} }}]'

    (planned,) = planned_events(tomllib.loads(table, parse_float=Decimal))

    assert planned.event is event


def test_a_policy_moves_to_another_year_with_its_days_and_fiscal_years_but_not_its_starts():
    law = law_text("230100/2025", FOLDER, {"financing.fiscal.2024.subsidy.basic": 671}, year=2028)
    moved = tomllib.loads(law.text)

    assert (law.area, law.year, law.fiscal_years) == ("230100", 2028, {2027, 2028})
    assert moved["enrollment"]["window"]["concentrated"]["opens"]["value"] == datetime.date(2027, 9, 1)
    assert moved["enrollment"]["window"]["extension"]["closes"]["value"] == datetime.date(2028, 2, 29)
    assert moved["financing"]["fiscal_year_for_coverage"]["value"] == 2027
    assert moved["financing"]["fiscal"]["2027"]["subsidy"]["basic"]["value"] == 671
    assert moved["incentives"]["start_year"]["value"] == 2025
    assert "inherits" not in moved


def test_the_command_counts_cases_and_journeys_together(capsys, tmp_path: Path):
    case = """
    [[case]]
    rule = "premiums"
    policy = "130200/2025"
    expect = { total = 431 }
    """
    file = tmp_path / "both.toml"
    file.write_text(GOOD + case, encoding="utf-8")

    with pytest.raises(SystemExit) as stop:
        call_command("check_cases", file)

    assert stop.value.code == 1
    assert capsys.readouterr().out.endswith("1 passed, 1 failed\n")
