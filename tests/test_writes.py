"""No code writes rows of a model with history past the history: what the eye of a test can see without running it.

The other half runs: after every test with a database, `tests/history_check.py` compares rows with their history.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import models

from tests.history_check import tracked_models
from tests.test_architecture import OURS, name, our_models, root_name, sources

BULK = {"bulk_create", "bulk_update", "abulk_create", "abulk_update", "delete", "adelete"}
BY_VALUES = {
    "update",
    "aupdate",
}  # of a queryset when all arguments are named; of a dict or a digest otherwise
COPIES = {"copy_rows", "copy_missing", "rewrite_rows"}
RAW = re.compile(
    r"\b(INSERT\s+INTO|DELETE\s+FROM|TRUNCATE|UPDATE\s+\S+\s+(AS\s+\S+\s+)?SET)\b", re.IGNORECASE
)

# Where the writing is: everything else is judged.
KERNEL = "registry/batch/"
# A variable that holds rows of a model without history: file and variable → the model.
HOLDS = {
    ("exchange/services/deliver.py", "deliveries"): "Delivery",
    ("exchange/services/deliver.py", "dead"): "Delivery",
    ("exchange/services/files.py", "over"): "InboundFile, kept as long as the bureau says",
}
FIGURES = (
    "(_figure(case, position, figure) for case in opened"
    " for position, figure in enumerate(asked[id(case)].figures, start=1))"
)
# What is copied or rewritten past the history without saying its model: file and expression → the model.
COPIED = {
    ("benefits/services/alert_answers.py", "answers"): "AlertAnswer",
    ("benefits/services/adjustments.py", "rows"): "PayoutAdjustment",
    ("benefits/services/person_years.py", "[year.row for year in rows if year.is_new]"): "Accumulator",
    ("benefits/services/person_years.py", "[year.row for year in rows if not year.is_new]"): "Accumulator",
    ("benefits/services/refresh_states.py", "revisions"): "IncentiveRevision",
    ("benefits/services/settle.py", "lines"): "ClaimLine",
    ("casework/services/open_cases.py", FIGURES): "CaseFigure",
    ("exchange/services/batches.py", "kept"): "InboundRow",
    ("enrollment/services/lists/receipts.py", "made"): "FundTransfer",
    ("exchange/services/batches.py", "rows"): "InboundRow",
    ("exchange/services/outbox.py", "rows"): "OutboundEvent",
    ("hardship/services/list_agreements.py", "new"): "ExpectedList",
    ("hardship/services/list_agreements.py", "rows"): "ExpectedList",
    ("hardship/services/lists/held.py", "altered"): "InboundRow",
    ("hardship/services/lists/planning.py", "rows"): "InboundRow",
    ("hardship/services/lists/reopening.py", "chunk"): "InboundRow",
    ("hardship/services/lists/resolving.py", "[row]"): "InboundRow",
    ("hardship/services/lists/starts.py", "[row]"): "InboundRow",
    ("hardship/services/lists/twice_listed.py", "rows"): "InboundRow",
}
# Statements of our own: the tables they write have no history, or the file records it.
STATEMENTS = {
    "benefits/batch/incentives.py": "IncentiveState: append-only, the rows are their own history",
    "enrollment/batch/application_rows.py": "rows and lines are written with their application, which has a history",
    "enrollment/batch/billing.py": "history with each row; groups and people left out are of one run",
    "enrollment/batch/billing_people.py": "a temporary table",
    "enrollment/batch/past_years.py": "records the history of what it inserts",
    "oversight/batch/reconciling/papers.py": "records their history; ReconciliationLine follows from its paper",
    "oversight/batch/reconciling/classes.py": "fills a temporary table",
    "enrollment/batch/settlement_rows.py": "rows are written with their settlement, which has a history",
    "enrollment/batch/subsidy_shares.py": "SubsidyShare: what goes is kept as FormerShare, with the reason",
    "exchange/services/outbox.py": "OutboundEvent and Delivery: each attempt is a row",
}
# Models that name a person or hold money and yet keep no history of changes: why that is enough.
ITS_OWN_HISTORY = {
    "registry.AccessLog": "append-only: one row a look",
    "benefits.PayoutAdjustment": "append-only: one row a difference",
    "enrollment.SubsidyShare": "written with its contribution; what goes is kept as a FormerShare, with the reason",
    "enrollment.FormerShare": "append-only: one row a share that was taken back",
    "enrollment.FundTransfer": "append-only: a receipt is a row, one taken back a row of its own",
    "enrollment.ApplicationLine": "written with its application",
    "enrollment.ApplicationRow": "written with its application; what is taken back is a row of its own",
    "enrollment.BillingGroup": "written once with its run",
    "enrollment.BillingLeftOut": "written with its run",
    "enrollment.SettlementPayment": "append-only: a payment is a row, one taken back a row of its own",
    "enrollment.SettlementRow": "written with its settlement; what is taken back is a row of its own",
    "benefits.ClaimLine": "written once with its claim",
    "benefits.ClaimStage": "append-only: one row a stage",
    "benefits.Accumulator": "the sum of claims, whose history tells every change",
    "benefits.IncentiveState": "append-only by run; a correction is an IncentiveRevision",
    "benefits.IncentiveRevision": "append-only: one row a correction",
    "casework.CaseFigure": "written once with its case",
    "oversight.ReconciliationLine": "computed anew by every run until its paper, which has history, is closed",
}


def written(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line and receiver of every bulk write of a file.

    One row's own deletion leaves its history by itself and is none, if the file says why it goes.
    """
    tree = ast.parse(path.read_text())
    explained = {
        root_name(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr == "_change_reason"
        and isinstance(node.ctx, ast.Store)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        receiver = root_name(node.func.value)
        by_values = node.func.attr in BY_VALUES and not node.args and node.keywords
        one_row = (
            node.func.attr == "delete" and isinstance(node.func.value, ast.Name) and receiver in explained
        )
        if (node.func.attr in BULK and not one_row) or by_values:
            yield node.lineno, receiver or "?"


def judged() -> Iterator[Path]:
    return (path for path in sources(*OURS) if not name(path).startswith(KERNEL))


def without_history() -> set[str]:
    tracked = {model.__name__ for model in tracked_models()}
    return {model.__name__ for model in our_models()} - tracked


def test_bulk_writes_touch_only_models_without_history():
    free = without_history()
    raw = [
        f"{name(path)}:{line} {receiver}"
        for path in judged()
        for line, receiver in written(path)
        if receiver not in free and (name(path), receiver) not in HOLDS
    ]

    assert raw == []


def test_statements_of_our_own_are_known():
    found = {name(path) for path in judged() if any(map(RAW.search, _texts(path)))}

    assert found == set(STATEMENTS)


def test_rows_are_copied_without_history_only_where_the_model_has_none():
    models_of_ours = {model.__name__ for model in our_models()}
    copied = {
        (name(path), ast.unparse(node.args[0])): {
            each.id for each in ast.walk(node) if isinstance(each, ast.Name)
        }
        & models_of_ours
        for path in judged()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in COPIES
    }

    assert {each for each, named in copied.items() if not named} == set(COPIED)
    assert set().union(COPIED.values(), *copied.values()) - without_history() == set()


def test_whatever_names_a_person_or_holds_money_has_history():
    bare = {
        model._meta.label
        for model in our_models()
        if model.__name__ in without_history() and not hasattr(model, "history_type") and _matters(model)
    }

    assert bare - set(ITS_OWN_HISTORY) == set()


@pytest.mark.parametrize(
    ("source", "receivers"),
    [
        ("Resident.objects.filter(pk=1).update(name='王')", ["Resident"]),
        ("rows.exclude(pk=1).update(**values)", ["rows"]),
        ("Claim.objects.bulk_create(rows)", ["Claim"]),
        ("grant.delete()", ["grant"]),
        ("grant._change_reason = why\ngrant.delete()", []),
        ("counts.update(found)", []),
        ("AssistanceGrant.objects.filter(pk=1).values()", []),
    ],
)
def test_the_eye_sees_a_bulk_write(tmp_path, source: str, receivers: list[str]):
    file = tmp_path / "x.py"
    file.write_text(source)

    assert [receiver for _, receiver in written(file)] == receivers


def _texts(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _matters(model: type[models.Model]) -> bool:
    fields = model._meta.concrete_fields
    return any(
        isinstance(field, models.DecimalField)
        or (isinstance(field, models.ForeignKey) and field.related_model.__name__ == "Resident")
        for field in fields
    )
