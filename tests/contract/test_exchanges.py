"""Frozen exchanges: what each kind of partner sends and gets. Changing one means having told the partners.

`FREEZE=1 pytest tests/contract/test_exchanges.py` writes the answers anew; read the difference before you commit it.
"""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from registry.models import Area, Resident
from tests.contract import city

FOLDER = Path(__file__).parent
EXCHANGES = sorted(FOLDER.glob("*/*.json"))
NOW = "<time>"
VOLATILE = {"acknowledged_at"}
WORDING = {"reading"}  # of policy files, which may be put better any day
GIVEN = {
    "insured_2025": lambda: city.insure(Resident.objects.get(name="王桂兰"), 2025),
    "claim_of_another_hospital": city.settle_elsewhere,
}

pytestmark = pytest.mark.django_db


def named(path: Path) -> str:
    return path.relative_to(FOLDER).with_suffix("").as_posix()


def answer_to(caller: Any, asked: dict[str, Any]) -> dict[str, Any]:
    send = getattr(caller, asked["method"].lower())
    answer = send(asked["path"], asked.get("body"), headers=asked.get("headers", {}))
    told: dict[str, Any] = {"status": answer.status_code, "type": answer.headers["Content-Type"]}
    if answer.headers.get("Idempotency-Replayed"):
        told["replayed"] = True
    return told | {"body": settled(json.loads(answer.content))}


def settled(body: Any) -> Any:
    """Return the body with times of the test itself replaced, without mere wording."""
    if isinstance(body, list):
        return [settled(each) for each in body]
    if not isinstance(body, dict):
        return body
    return {
        name: NOW if name in VOLATILE and value and re.match(r"\d{4}-\d\d-\d\dT", value) else settled(value)
        for name, value in body.items()
        if name not in WORDING
    }


@pytest.mark.parametrize("path", EXCHANGES, ids=named)
def test_partners_get_what_they_were_promised(path: Path):
    exchange = json.loads(path.read_text())
    city.build()
    for given in exchange.get("given", []):
        GIVEN[given]()
    owns = city.HOSPITAL if path.parent.name == "hospital" else ""
    who = city.agency(path.parent.name, area=Area.objects.get(code=exchange["area"]), owns=owns)
    caller = city.client(who, *exchange["scopes"])

    answers = [answer_to(caller, step["request"]) for step in exchange["steps"]]

    if os.environ.get("FREEZE"):
        for step, answer in zip(exchange["steps"], answers, strict=True):
            step["answer"] = answer
        path.write_text(json.dumps(exchange, ensure_ascii=False, indent=2) + "\n")
    assert answers == [step["answer"] for step in exchange["steps"]]


def test_there_are_exchanges_of_five_kinds_of_partner():
    assert {path.parent.name for path in EXCHANGES} == {
        "civil_affairs",
        "hospital",
        "rural_affairs",
        "school",
        "tax_authority",
    }
