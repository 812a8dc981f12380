"""Do one piece of work in a process of its own, so that its time and its memory are nobody else's.

`python -m benchmarks.in_a_process DATABASE civil_affairs plan FILE 2025-03-31`, `… civil_affairs apply 1`,
`… civil_affairs undo 1`, and the same of other kinds; `… reconciliation compare 230102 2024-11-01`,
`… alerts scan 230100 2025-12-31`. It prints a JSON object with `seconds`, the processor's
`cpu_seconds`, `peak_mb`, `batch` and its `counts`.
"""

import datetime
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.base")
os.environ.setdefault("DEMO", "1")


def measured(*command: str) -> dict[str, Any]:
    """Run a command of this module in a process of its own; return what it prints."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.in_a_process", *command],
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _main(database: str, kind: str, verb: str, what: str, as_of: str = "") -> None:
    import django
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = database
    django.setup()
    started, at_first = time.perf_counter(), time.process_time()
    batch = _done(kind, verb, what, as_of=as_of)
    print(
        json.dumps(
            {
                "seconds": time.perf_counter() - started,
                "cpu_seconds": time.process_time() - at_first,
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                "batch": batch.pk,
                "counts": batch.counts,
            }
        )
    )


def _done(kind: str, verb: str, what: str, *, as_of: str) -> Any:
    if verb == "compare":
        return _compare(area=what, month=datetime.date.fromisoformat(as_of))
    if verb == "scan":
        return _scan(area=what, until=datetime.date.fromisoformat(as_of))
    return _plan(kind, Path(what), as_of=as_of) if verb == "plan" else _close(kind, verb, batch_id=int(what))


def _compare(*, area: str, month: datetime.date) -> SimpleNamespace:
    """Compare a month; the paper is the batch, what waits by class its counts."""
    from django.utils import timezone

    from oversight.selectors.reconciliations import counts_by_kind
    from oversight.services.reconcile import reconcile
    from registry.models import Area

    paper = reconcile(area=Area.objects.get(code=area), month=month, today=timezone.localdate())
    return SimpleNamespace(pk=paper.pk, counts={each.kind: each.open for each in counts_by_kind(paper)})


def _scan(*, area: str, until: datetime.date) -> SimpleNamespace:
    """Scan for alerts as at a day; there is no batch."""
    from benefits.services.alerts import scan_up_to
    from policy.dates import days_after
    from registry.models import Area

    place = Area.objects.get(code=area)
    scan = scan_up_to(area=place, until=until, wet_run=True, today=days_after(until, 1))
    return SimpleNamespace(pk=0, counts=dict(scan.raised))


def _plan(kind: str, file: Path, *, as_of: str) -> Any:
    from benefits.services.claim_lists import KIND as CLAIMS
    from benefits.services.claim_lists import plan_claims
    from enrollment.services.lists import PAYMENTS, FileSource
    from enrollment.services.lists import plan_list as plan_money
    from hardship.services.lists import plan_list
    from registry.models import Area

    area, day = Area.objects.get(code="230100"), datetime.date.fromisoformat(as_of)
    if kind == CLAIMS:
        return plan_claims(content=file.read_bytes(), file_name=file.name, area=area, as_of=day)
    if kind == PAYMENTS.name:
        source = FileSource(content=file.read_bytes(), file_name=file.name, area=area, as_of=day)
        return plan_money(kind=PAYMENTS, source=source)
    return plan_list(kind=kind, content=file.read_bytes(), file_name=file.name, area=area, as_of=day)


def _close(kind: str, verb: str, *, batch_id: int) -> Any:
    from django.contrib.auth.models import User

    from benefits.services.claim_lists import KIND as CLAIMS
    from benefits.services.claim_lists import apply_claims
    from enrollment.services.lists import PAYMENTS
    from enrollment.services.lists import apply_list as book_money
    from exchange.models import InboundBatch
    from hardship.services.lists import apply_list, undo_list

    batch = InboundBatch.objects.get(pk=batch_id)
    clerk, colleague = (User.objects.get_or_create(username=name)[0] for name in ("clerk", "colleague"))
    if kind == CLAIMS:
        return apply_claims(batch=batch, user=clerk)
    if kind == PAYMENTS.name:
        return book_money(kind=PAYMENTS, batch=batch, user=clerk)
    if verb == "apply":
        return apply_list(batch=batch, user=clerk)
    return undo_list(batch=batch, reason="量测", user=clerk, second_user=colleague)


if __name__ == "__main__":
    _main(*sys.argv[1:])
