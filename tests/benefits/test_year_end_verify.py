"""`--verify`: everybody from all history, nothing carried over, and the same figures."""

import datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from benefits.batch.run_tables import run_table
from benefits.models import IncentiveRun
from benefits.services import year_end
from tests.benefits.factories import closed_year, hospital, insured, law, somebody
from tests.benefits.test_year_end import policy_also_for
from tests.registry.factories import harbin

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(monkeypatch) -> IncentiveRun:
    """Return the second year end in a row of some people, in chunks of two."""
    law()
    hospital()
    policy_also_for(2026)
    monkeypatch.setattr(year_end, "CHUNK", 2)
    insured(somebody(1), 2025, 2026)
    insured(somebody(2), 2025)
    insured(somebody(3), 2024)
    insured(somebody(4), 2026)
    somebody(5)
    for year in (2025, 2026):
        closed = closed_year(area=harbin(), year=year, today=datetime.date(year + 1, 1, 5))
    return closed


def verified(year: int = 2026) -> str:
    out = StringIO()
    call_command("recalculate_incentives", "--verify", area="230100", year=year, stdout=out)
    return out.getvalue()


def test_everybody_agrees(run):
    for year in (2025, 2026):
        assert "一致 5 人（其中逐条规则抽查 5 人）" in verified(year)


def test_whoever_differs_is_listed(run, capsys):
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {run_table(run.pk)} SET next_cap = 1 WHERE resident_id ="  # noqa: S608
            f" (SELECT max(resident_id) FROM {run_table(run.pk)})"
        )
    out = StringIO()

    with pytest.raises(CommandError, match="1 人不一致"):
        call_command("recalculate_incentives", "--verify", area="230100", year=2026, stdout=out)

    assert "一致 4 人" in out.getvalue()
    assert out.getvalue().count("不一致：人员") == 1


def test_one_that_is_not_computed_is_not_verified():
    law()
    year_end.open_year_end(area=harbin(), year=2025, today=datetime.date(2026, 1, 5))

    with pytest.raises(CommandError, match="还没有算完"):
        verified(2025)
