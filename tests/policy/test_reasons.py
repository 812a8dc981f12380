"""Every reason a service writes into the history has Chinese words."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from policy.admin.reasons import reason_text

ROOT = Path(__file__).parents[2]
APPS = ("policy", "registry", "casework", "exchange", "hardship", "enrollment", "benefits", "oversight")
NAMES = {"reason", "verb", "REASON", "REVERSAL", "_change_reason"}
STARTS_IN_ENGLISH = re.compile(r"[a-z]")


def _text(node: ast.expr) -> str | None:
    """Return what a literal says, with a number for each value that is filled in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in node.values)
    return None


def _written(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        said: list[ast.expr] = []
        if isinstance(node, ast.Call):
            said = [each.value for each in node.keywords if each.arg in NAMES]
            if getattr(node.func, "id", "") == "update_change_reason":
                said.append(node.args[1])
        elif isinstance(node, ast.Assign):
            names = {getattr(to, "id", getattr(to, "attr", "")) for to in node.targets}
            said = [node.value] if names & NAMES else []
        yield from (text for each in said if (text := _text(each)))


def _all_written() -> set[str]:
    files = [
        file for app in APPS for part in ("services", "batch") for file in ROOT.glob(f"{app}/{part}/**/*.py")
    ]
    files += [ROOT / app / "tasks.py" for app in APPS if (ROOT / app / "tasks.py").exists()]
    texts = {text for file in files for text in _written(ast.parse(file.read_text()))}
    return {text for text in texts if STARTS_IN_ENGLISH.match(text)}


def test_every_reason_in_code_has_chinese_words():
    written = _all_written()

    assert len(written) > 15
    assert {text for text in written if STARTS_IN_ENGLISH.search(reason_text(text))} == set()


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("list 1", "清单导入 批次 1"),
        ("enroll 230100/2025", "参保登记 230100/2025"),
        ("enroll 230100/2025：新生儿", "参保登记 230100/2025：新生儿"),
        ("withdraw: 重复参保", "撤销登记：重复参保"),
        ("enroll by payment", "缴费即登记"),
        ("buy back 230100/2025", "缴费修复 230100/2025"),
        ("apply identities.civil_affairs 2025-03-31 批次3", "清单生效 民政部门 2025-03-31 批次3"),
        ("begin employee_scheme", "开始参保：职工医保"),
        ("open case", "提出 工单"),
        ("closed case", "办结 工单"),
        ("冲正：重复上传", "冲正：重复上传"),
        ("误录，paying twice", "误录，paying twice"),
        ("listed by hand", "listed by hand"),
        (None, ""),
    ],
)
def test_a_reason_reads_in_chinese(stored: str | None, shown: str):
    assert reason_text(stored) == shown
