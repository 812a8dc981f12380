"""The shipped worked cases, checked where this checkout has them."""

from pathlib import Path

from django.conf import settings

from oversight.services.demo.story.account import Account
from oversight.services.worked_cases.report import closing, failure
from oversight.services.worked_cases.run import run_files
from policy.errors import DomainError

PLACES = ("*/cases/*.toml", "journeys/*.toml")


class CasesFail(DomainError):
    """A worked case does not hold."""

    code = "cases_fail"


def check(account: Account) -> None:
    """Run every case that expects figures; tell the failures.

    :raises CasesFail: if there is any
    """
    tests = Path(settings.BASE_DIR) / "tests"
    files = sorted(path for place in PLACES for path in tests.glob(place))
    outcomes = list(run_files(files))
    for outcome in outcomes:
        if not outcome.passed:
            account.lines(failure(outcome).splitlines())
    account.line(f"$ manage.py check_cases（{len(files)} 个文件）")
    account.line(f"  {closing(outcomes)}")
    if not all(outcome.passed for outcome in outcomes):
        raise CasesFail("有用例不符，见上。")
