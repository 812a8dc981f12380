"""The monthly scan: who crossed a threshold, pushed to the agencies by a worker, received, acknowledged."""

import json
import os
import time
from collections import Counter
from pathlib import Path

from django.db.models import Count
from django.utils import timezone

from benefits.models import Alert
from benefits.services.alerts import scan_month
from exchange.models import Acknowledgement, Delivery, DeliveryStatus
from exchange.tasks import deliver_outbox
from oversight.services.demo.story.account import Account
from oversight.services.demo.story.book import Book
from oversight.services.demo.story.house import new_secret, subscribe
from oversight.services.demo.story.processes import ProcessSilent, receiver, worker
from registry.models import Area

MONTHS = (3, 6)
PATIENCE_SECONDS = 120
STEP_SECONDS = 0.2


def push_months(account: Account, book: Book) -> None:
    """Scan two months and wait until every alert is acknowledged by the receiver; once it is, nothing is pushed."""
    if _all_told(book):
        tell_alerts(account)
        return
    log, secret = book.folder / "received.jsonl", new_secret()
    log.unlink(missing_ok=True)
    with (
        receiver(secret=secret, log=log) as url,
        worker(environment=dict(os.environ), log=book.folder / "worker.log"),
    ):
        told = subscribe(url, secret)
        account.line(f"接收程序 {url}，Celery 进程已就绪；订阅部门：{'、'.join(each.name for each in told)}")
        for month in _months(book):
            account.command("push_alerts", "--area", book.city.facts.area, "--month", month, "--wet-run")
        deliver_outbox.delay()
        _await_deliveries()
    tell_alerts(account)
    account.line(f"接收程序核验签名无误的投递 {_received(log)} 次")


def tell_alerts(account: Account) -> None:
    """Tell how many alerts there are by month and rule, and how far they have come."""
    rows = (
        Alert.objects.values_list("month", "rule_label")
        .annotate(people=Count("pk"))
        .order_by("month", "rule_label")
    )
    for month, label, people in rows:
        account.line(f"{month} {label} {people} 人")
    by_status = Counter(Delivery.objects.values_list("status", flat=True))
    labels = dict(DeliveryStatus.choices)
    statuses = "，".join(f"{labels[status]} {count}" for status, count in sorted(by_status.items()))
    account.line(f"推送 {sum(by_status.values())} 件：{statuses}；签收 {Acknowledgement.objects.count()}")


def _await_deliveries() -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if not _is_under_way() and _all_queued():
            return
        time.sleep(STEP_SECONDS)
    raise ProcessSilent("两分钟内没有推送完，请看 worker.log")


def _months(book: Book) -> list[str]:
    return [f"{book.city.facts.coverage_year}-{month:02d}" for month in MONTHS]


def _all_told(book: Book) -> bool:
    """Return whether a run before this one got everything delivered: nothing is under way and nothing is new."""
    if not Delivery.objects.exists() or not _all_queued() or _is_under_way():
        return False
    area, today = Area.objects.get(code=book.city.facts.area), timezone.localdate()
    scans = (scan_month(area=area, month=each, wet_run=False, today=today) for each in _months(book))
    return not any(scan.raised for scan in scans)


def _is_under_way() -> bool:
    return Delivery.objects.exclude(status=DeliveryStatus.DELIVERED).exists()


def _all_queued() -> bool:
    return not Alert.objects.filter(event__queued_at__isnull=True).exists()


def _received(log: Path) -> int:
    lines = log.read_text(encoding="utf-8").splitlines() if log.is_file() else []
    return len([json.loads(line) for line in lines])
