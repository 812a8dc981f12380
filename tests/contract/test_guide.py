"""The partners' guide: its examples work, its codes are all there, its way to check a signature is right."""

import base64
import datetime
import itertools
import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from standardwebhooks import Webhook

from benefits.rules.claim_reasons import REFUSALS
from tests.contract import city
from tests.contract.test_conventions import KNOWN_CODES
from tests.exchange.factories import SECRET

GUIDE = (Path(__file__).parents[2] / "docs/partner-api.md").read_text()


def examples() -> list[dict[str, Any]]:
    """Return the guide's calls of the API in their order."""
    found = []
    for block in re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL):
        words = shlex.split(block.replace("\\\n", " "))
        path = next(word for word in words if "$YIBAO" in word).removeprefix("$YIBAO")
        if not path.startswith("/api/v1/"):
            continue
        options = [pair for pair in itertools.pairwise(words) if pair[0].startswith("-")]
        found.append(
            {
                "path": path,
                "method": dict(options).get("-X", "GET").lower(),
                "headers": dict(value.split(": ", 1) for name, value in options if name == "-H"),
                "body": json.loads(dict(options).get("-d", "null")),
                "form": dict(value.split("=", 1) for name, value in options if name == "-F"),
            }
        )
    return found


def takes_back(example: dict[str, Any]) -> int:
    """Return 0 for a call that leaves claims alone, 1 for a correction, 2 for a reversal."""
    corrects = any(claim.get("replaces") for claim in (example["body"] or {}).get("claims", ()))
    return 2 if "/void/" in example["path"] else int(corrects)


def uploaded(form: dict[str, str]) -> dict[str, Any]:
    """Return the fields of a form, its file being the one that the guide's example in JSON sends."""
    same = next(each["body"] for each in examples() if each["body"] and "content" in each["body"])
    assert form["content"] == f"@{same['file_name']}"
    return form | {"content": SimpleUploadedFile(same["file_name"], base64.b64decode(same["content"]))}


@pytest.mark.django_db
def test_every_example_of_the_guide_is_answered():
    city.build_with_cover()
    who = city.agency(owns=city.HOSPITAL)
    city.batch(who)
    caller = city.client(who)

    # a corrected or reversed claim may take an alert's ground away: it comes last
    for example in sorted(examples(), key=takes_back):
        send = getattr(caller, example["method"])
        if example["form"]:
            answer = send(
                example["path"], uploaded(example["form"]), format="multipart", headers=example["headers"]
            )
        else:
            answer = send(example["path"], example["body"], headers=example["headers"])
        assert answer.status_code in (200, 202), (example, answer.content.decode())
        if answer.headers["Content-Type"] == "application/pdf":
            continue
        assert all(each["code"] in ("", "double") for each in answer.json().get("outcomes", []))


def test_the_guide_has_an_example_of_every_call():
    called = {(each["method"], re.sub(r"\?.*", "", each["path"])) for each in examples()}

    assert len(called) == 28


def test_the_guide_explains_every_code():
    explained = re.findall(r"^\| `([a-z_]+)` \| \d{3} \|", GUIDE, re.MULTILINE)

    assert sorted(explained) == sorted([*KNOWN_CODES, "internal_error"])


@pytest.mark.parametrize(("tampered", "genuine"), [(b"", True), (b" ", False)])
def test_the_guides_way_to_check_a_signature_is_right(tampered: bytes, genuine: bool):
    code = re.search(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    assert code
    shown: dict[str, Any] = {}
    exec(code[1], shown)  # noqa: S102 - the guide's own text
    at, body = datetime.datetime(2025, 4, 1, tzinfo=datetime.UTC), '{"type": "alert.raised"}'
    headers = {
        "webhook-id": city.EVENT,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": "v1,AAAA " + Webhook(SECRET).sign(city.EVENT, at, body),
    }

    assert shown["is_genuine"](SECRET, headers, body.encode() + tampered) is genuine


def test_the_guide_explains_why_a_claim_is_refused():
    explained = re.findall(r"^\| `([a-z_]+)` \| [^|]+ \| [^|]+ \| [^|]+ \|$", GUIDE, re.MULTILINE)
    by_hand = {"number_entered"}  # papers that staff type

    assert set(explained) >= set(REFUSALS) - by_hand
