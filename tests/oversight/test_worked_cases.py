"""Every worked case in the house holds, and the runner says clearly what does not."""

import datetime
import re
from pathlib import Path

import pytest
from django.core.management import call_command

from oversight.services.worked_cases.format import CaseInvalid
from oversight.services.worked_cases.inputs import DAY, Input, read_inputs
from oversight.services.worked_cases.journey_report import with_journeys
from oversight.services.worked_cases.report import failure, with_rules
from oversight.services.worked_cases.run import run_entry
from oversight.services.worked_cases.single import ADAPTERS
from tests.cases import case_files, entries

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs/worked-cases.md"
GOOD = """
[[case]]
name = "唐山个人缴费"
rule = "premiums"
policy = "130200/2025"
expect = { total = 430 }
"""


@pytest.mark.parametrize("entry", entries("case"))
def test_case(entry):
    outcome = run_entry(entry)

    assert outcome.passed, failure(outcome)


def checked(capsys, tmp_path: Path, text: str) -> tuple[int, str]:
    file = tmp_path / "mine.toml"
    file.write_text(text, encoding="utf-8")
    return command(capsys, file)


def command(capsys, *files: Path) -> tuple[int, str]:
    code = 0
    try:
        call_command("check_cases", *files)
    except SystemExit as stop:
        code = stop.code
    return code, capsys.readouterr().out


def test_the_command_runs_every_file_and_counts(capsys):
    code, out = command(capsys, *case_files())

    assert code == 0
    assert re.fullmatch(r"\d+ passed, 0 failed\n", out)


def test_a_failure_shows_expected_got_and_the_working(capsys, tmp_path: Path):
    code, out = checked(capsys, tmp_path, GOOD.replace("430", "431"))

    assert code == 1
    assert "唐山个人缴费" in out
    assert "total: expected 431, got 430.00" in out
    assert "[唐医保函〔2024〕45号 一]" in out
    assert out.endswith("0 passed, 1 failed\n")


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('"premiums"', '"premium"', "可写 policy、leaf、premiums"),
        ('rule = "premiums"\n', "", "未写 rule"),
        ("expect = { total = 430 }", "input = { age = 3 }\nexpect = { total = 430 }", "可写 population"),
        ("expect = { total = 430 }", "input = { population = 3 }\nexpect = {}", "应写 文字"),
        ("total = 430", "sum = 430", "可写 premiums、total"),
        ("expect = { total = 430 }", "", "expect 与 refused 中写一个"),
        ("expect = { total = 430 }", 'expect = {}\nrefused = "x"', "expect 与 refused 中写一个"),
        ('policy = "130200/2025"\n', "", "要写 policy"),
        ("expect = { total = 430 }", "expect = 430", "应是一张表"),
        ("expect", "expects", "不认识的键 expects"),
        ("[[case]]", "[[trip]]", "不认识 trip"),
        ("[[case]]", "[case]", "要写成 [[case]]"),
        ("[[case]]", "[[case]", "不是有效的 TOML"),
        (GOOD, "", "没有一个用例"),
        (GOOD, "defaults = 3", "应是一张表"),
    ],
)
def test_a_file_that_makes_no_sense_fails_with_what_would(
    capsys, tmp_path: Path, before: str, after: str, said: str
):
    code, out = checked(capsys, tmp_path, GOOD.replace(before, after))

    assert code == 1
    assert said in out
    assert out.endswith("0 passed, 1 failed\n")


def test_a_missing_file_and_one_in_another_encoding_are_failures(capsys, tmp_path: Path):
    foreign = tmp_path / "gb.toml"
    foreign.write_bytes("# 用例\n".encode("gb18030"))

    code, out = command(capsys, tmp_path / "none.toml", foreign)

    assert code == 1
    assert "读不到文件" in out
    assert "不是 UTF-8" in out
    assert out.endswith("0 passed, 2 failed\n")


def test_no_file_at_all_is_a_failure(capsys):
    assert command(capsys) == (1, "0 passed, 0 failed\n")


@pytest.mark.parametrize(
    ("expectation", "passes"),
    [
        ('expect = { total = "430.00" }', True),
        ("expect = { total = 430.0 }", True),
        ('expect = { total = "none" }', False),
        ("expect = { total = true }", False),
        ("expect = { premiums = { ltc = 30 } }", True),
        ("expect = { premiums = { ltc = 30, dental = 0 } }", False),
        ('expect = { cites = ["唐医保函〔2024〕45号 一"] }', True),
        ('expect = { cites = ["唐医保函〔2024〕45号 二"] }', False),
        ("expect = { doubts = [] }", True),
        ('refused = "rule_not_published"', False),
    ],
)
def test_only_what_is_named_is_compared_and_amounts_as_amounts(
    capsys, tmp_path: Path, expectation: str, passes: bool
):
    code, out = checked(capsys, tmp_path, GOOD.replace("expect = { total = 430 }", expectation))

    assert (code == 0) is passes, out


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('policy = "000000/2025"\nexpect = {}', "policy_not_found"),
        ('policy = "130200/2025"\nrefused = "policy_not_found"', "got {premiums = "),
        ('policy = "000000/2025"\nrefused = "rule_not_published"', "got policy_not_found"),
        ('policy = "000000/2025"\nrefused = "policy_not_found"\nsays = "再想想"', "expected 再想想"),
        ('policy = "./none.toml"\nexpect = {}', "找不到政策文件"),
    ],
)
def test_a_refusal_is_held_against_what_was_expected(capsys, tmp_path: Path, body: str, said: str):
    code, out = checked(capsys, tmp_path, f'[[case]]\nrule = "premiums"\n{body}')

    assert code == 1
    assert said in out


def test_defaults_lie_under_every_case_key_by_key(capsys, tmp_path: Path):
    text = """
    [defaults]
    policy = "230100/2025"
    rule = "contribution_terms"
    set = { "financing.fiscal.2024.subsidy.basic" = 670 }
    input = { paid_on = 2025-07-01, born_on = 2025-06-20 }
    [[case]]
    expect = { group = "newborn" }
    [[case]]
    input = { paid_on = 2025-12-01 }
    expect = { group = "none", total = 1070 }
    """

    assert checked(capsys, tmp_path, text) == (0, "2 passed, 0 failed\n")


def test_an_identity_nobody_registered_is_a_mistake_of_the_case(capsys, tmp_path: Path):
    text = """
    [[case]]
    rule = "premium_assistance"
    policy = "130200/2025"
    input = { on = 2024-10-12, identities = ["subsistance"] }
    expect = { total = 0 }
    """

    code, out = checked(capsys, tmp_path, text)

    assert code == 1
    assert "没有登记的身份类别：subsistance" in out
    assert "subsistence_allowance" in out


@pytest.mark.parametrize(
    ("rule", "written", "said"),
    [
        ("top_up", "residual = true, offered = 1", "residual 应写 金额"),
        ("top_up", 'residual = "many", offered = 1', "residual 应写 金额"),
        ("top_up", "residual = 1", "缺少输入 offered"),
        ("subsidies", 'fiscal_year = "2024"', "fiscal_year 应写 整数"),
        ("premium_assistance", "on = 3", "on 应写 日期"),
        ("premium_assistance", 'on = "soon"', "on 应写 日期"),
        ("premium_assistance", "on = 2024-10-12T08:00:00", "on 应写 日期"),
        ("premium_assistance", 'on = 2024-10-12, hukou = "here"', "hukou 应写"),
        ("premium_assistance", 'on = 2024-10-12, identities = "orphan"', "identities 应写 身份列表"),
        ("premium_assistance", "on = 2024-10-12, identities = [{ level = 2 }]", "identities 应写 身份列表"),
        ("premium_assistance", "on = 2024-10-12, premium = 400", "premium 应写 名称 = 金额"),
        ("change_effect", "changed_on = 2024-10-12, is_correction = 1", "is_correction 应写 true/false"),
    ],
)
def test_an_input_of_another_kind_is_a_mistake_of_the_case(
    capsys, tmp_path: Path, rule: str, written: str, said: str
):
    text = f'[[case]]\nrule = "{rule}"\npolicy = "130200/2025"\nexpect = {{}}\ninput = {{ {written} }}'

    code, out = checked(capsys, tmp_path, text)

    assert code == 1
    assert said in out


def test_days_may_be_written_as_text(capsys, tmp_path: Path):
    text = """
    [[case]]
    rule = "change_effect"
    policy = "230100/2025"
    input = { changed_on = "2025-03-01", paid_on = "2024-10-12" }
    expect = { effect = "frozen" }
    """

    assert checked(capsys, tmp_path, text) == (0, "1 passed, 0 failed\n")


def test_an_impossible_input_is_refused_by_name(capsys, tmp_path: Path):
    text = """
    [[case]]
    rule = "top_up"
    policy = "130200/2025"
    input = { residual = -1, offered = 1 }
    refused = "impossible_input"
    """

    assert checked(capsys, tmp_path, text) == (0, "1 passed, 0 failed\n")


def test_the_documentation_lists_every_rule_as_it_is(capsys):
    text = GUIDE.read_text(encoding="utf-8")

    assert with_journeys(with_rules(text, ADAPTERS.values())) == text, (
        "python manage.py check_cases --rules docs/worked-cases.md"
    )
    call_command("check_cases", rules=True)
    assert capsys.readouterr().out in text


@pytest.mark.django_db
def test_every_example_of_the_documentation_holds(capsys, tmp_path: Path):
    blocks = re.findall(r"```toml\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)

    for number, block in enumerate(blocks):
        file = tmp_path / f"{number}.toml"
        file.write_text(block, encoding="utf-8")
    code, out = command(capsys, *sorted(tmp_path.glob("*.toml")))

    assert code == 0, out
    assert len(blocks) > len(ADAPTERS)


def test_an_input_may_go_by_its_other_name():
    given = read_inputs(
        (Input("on", DAY, "核定日", required=True, also="paid_on"),), {"paid_on": "2025-01-31"}
    )

    assert given == {"on": datetime.date(2025, 1, 31)}


def test_an_input_is_written_once():
    with pytest.raises(CaseInvalid, match="paid_on 就是 on，只写一个"):
        read_inputs(
            (Input("on", DAY, "核定日", also="paid_on"),), {"paid_on": "2025-01-31", "on": "2025-01-31"}
        )
