"""The house rules that no linter knows."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models

ROOT = Path(settings.BASE_DIR)
OURS = ("policy", "registry", "exchange", "casework", "hardship", "enrollment", "benefits", "oversight")
BUDGETS = {"rules": 150, "": 300}  # lines, by folder inside the app
OVER_BUDGET: dict[str, str] = {}  # file: why it may be longer
TEST_BUDGET = 400
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def our_models() -> list[type[models.Model]]:
    return [model for label in OURS for model in apps.get_app_config(label).get_models()]


def root_name(node: ast.expr) -> str | None:
    """Return `Model` of `Model.objects.filter(…).update`."""
    while isinstance(node, ast.Attribute | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None


def test_files_stay_within_their_budget():
    too_long = []
    for path in sources(*OURS, "config", "tests"):
        parts = path.relative_to(ROOT).parts
        budget = TEST_BUDGET if parts[0] == "tests" else BUDGETS["rules" if "rules" in parts else ""]
        lines = len(path.read_text().splitlines())
        if lines > budget and name(path) not in OVER_BUDGET:
            too_long.append(f"{name(path)}: {lines} lines of {budget}")

    assert too_long == []


def test_no_file_holds_what_a_merge_left_undecided():
    """A style sheet with such a line loads: only the rules after it are dropped, and a bar turns black."""
    marks = re.compile(r"^(<{7} |>{7} |={7}$)", re.MULTILINE)
    kept = [
        path for folder in (*OURS, "config", "docs", "templates") for path in (ROOT / folder).rglob("*.*")
    ]
    texts = [path for path in kept if path.suffix in {".css", ".html", ".js", ".md", ".toml"}]

    assert len(texts) > 50
    assert [name(path) for path in texts if marks.search(path.read_text())] == []


def test_no_file_is_a_drawer():
    drawers = {"utils.py", "helpers.py", "common.py", "misc.py"}

    assert [name(path) for path in sources(*OURS, "config") if path.name in drawers] == []


def test_nothing_listens_to_model_signals():
    listeners = re.compile(r"django\.db\.models\.signals|django\.dispatch|(?<!field\.)(post|pre)_save")

    assert [name(path) for path in sources(*OURS, "config") if listeners.search(path.read_text())] == []


def test_nothing_is_left_for_later():
    later = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|NotImplementedError|for now\b")
    here = Path(__file__)

    left = [
        name(path)
        for path in sources(*OURS, "config", "tests")
        if path != here and later.search(path.read_text())
    ]

    assert left == []


def test_every_rule_has_a_test():
    tests = "\n".join(path.read_text() for path in sources("tests"))
    cases = {path.stem for path in (ROOT / "tests").rglob("cases/*.toml")}
    untested = []
    for path in sources(*OURS):
        if path.parent.name == "rules" and path.name != "__init__.py":
            app = path.relative_to(ROOT).parts[0]
            imported = re.search(
                rf"{app}\.rules\.{path.stem}\b|from {app}\.rules import .*\b{path.stem}\b", tests
            )
            if not imported and path.stem not in cases:
                untested.append(name(path))

    assert untested == []


@pytest.mark.parametrize("app", OURS)
def test_every_app_says_what_it_owns(app: str):
    module = apps.get_app_config(app).module

    assert "Owns:" in (module.__doc__ or "")


def test_staff_read_only_chinese_in_our_models():
    english = []
    for model in our_models():
        options = model._meta
        labels = [("model", options.verbose_name), ("models", options.verbose_name_plural)]
        if not hasattr(model, "history_type"):  # simple-history's own columns come from its catalogue
            labels += [
                (field.name, field.verbose_name)
                for field in options.get_fields()
                if isinstance(field, models.Field) and not field.auto_created and field.name != "pk"
            ]
            labels += [
                (f"{field.name}={code}", label)
                for field in options.get_fields()
                if isinstance(field, models.Field)
                for code, label in field.flatchoices
            ]
        english += [
            f"{options.label}.{what}: {text}" for what, text in labels if not CHINESE.search(str(text))
        ]

    assert english == []
