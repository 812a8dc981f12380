"""Deliveries over real HTTP on this machine: signed, in order, again after a failure, never twice at once."""

import datetime
import json
import subprocess
import sys
import threading
from contextlib import contextmanager
from itertools import pairwise

import httpx
import pytest
from django.db import connection
from django.utils import timezone
from standardwebhooks import Webhook

from exchange.management.commands.demo_receiver import Receiver
from exchange.models import Acknowledgement, Delivery, DeliveryAttempt, DeliveryStatus
from exchange.rules.backoff import MAX_ATTEMPTS, retry_delay
from exchange.services.deliver import deliver_due, deliver_outbox, replay_deliveries
from exchange.services.outbox import queue_deliveries
from exchange.services.post_webhook import post_webhook, webhook_client
from exchange.tasks import deliver_outbox as deliver_task
from exchange.tasks import kick_delivery
from tests.exchange.factories import SECRET, OutboundEventFactory, WebhookEndpointFactory


@pytest.fixture
def log(tmp_path):
    return tmp_path / "received.jsonl"


@contextmanager
def running(log, *, port=0, secret=SECRET):
    with Receiver(port=port, secret=secret, log=log) as receiver:
        thread = threading.Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield receiver
        finally:
            receiver.shutdown()
            thread.join()


def received(log):
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


def make_due():
    Delivery.objects.update(next_attempt_at=timezone.now())


@pytest.mark.django_db
def test_an_event_arrives_signed_and_acknowledged(log):
    with running(log) as receiver:
        WebhookEndpointFactory(url=receiver.url)
        event = OutboundEventFactory()

        counts = deliver_outbox()

    assert (counts.queued, counts.delivered, counts.acknowledged, counts.failed) == (1, 1, 1, 0)
    (line,) = received(log)
    assert line["webhook_id"] == line["event"]["id"] == str(event.pk)
    assert line["event"]["data"] == {"name": "王桂兰", "amount": "5001.00"}
    assert (line["event"]["type"], line["event"]["area"]) == ("alert.raised", "230102")
    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.attempts, delivery.last_status_code) == ("delivered", 1, 200)
    assert delivery.acknowledged_at == Acknowledgement.objects.get().at
    assert DeliveryAttempt.objects.get().duration_ms >= 0


@pytest.mark.django_db
def test_running_again_sends_nothing_again(log):
    with running(log) as receiver:
        WebhookEndpointFactory(url=receiver.url)
        OutboundEventFactory()

        first, second = deliver_task(), deliver_task()

    assert (first["delivered"], second["delivered"]) == (1, 0)
    assert len(received(log)) == 1


@pytest.mark.django_db
def test_a_full_run_goes_on_in_another(log):
    with running(log) as receiver:
        WebhookEndpointFactory(url=receiver.url)
        for _ in range(5):
            OutboundEventFactory()

        first = deliver_task(limit=2)

    assert first["delivered"] == 2
    assert len(received(log)) == 5


@pytest.mark.django_db
def test_a_receiver_that_was_down_gets_each_event_once_and_in_order(log):
    with running(log) as receiver:
        port = receiver.server_port
    WebhookEndpointFactory(url=f"http://127.0.0.1:{port}/")
    events = [OutboundEventFactory() for _ in range(3)] + [OutboundEventFactory(subject="resident:2")]

    down = deliver_outbox()

    assert (down.delivered, down.failed, down.released) == (0, 1, 1)
    failed = Delivery.objects.get(status=DeliveryStatus.FAILED)
    assert (failed.event, failed.attempts) == (events[0], 1)
    assert "ConnectError" in failed.last_error
    assert failed.next_attempt_at > timezone.now() + datetime.timedelta(seconds=20)
    with running(log, port=port):
        assert deliver_outbox().delivered == 0  # nothing is due yet
        make_due()
        assert deliver_outbox().delivered == 4
        make_due()
        assert deliver_outbox().delivered == 0
    assert [line["webhook_id"] for line in received(log)[:1]] == [str(events[0].pk)]
    subject_one = [line["webhook_id"] for line in received(log) if line["event"]["subject"] == "resident:1"]
    assert subject_one == [str(event.pk) for event in events[:3]]
    assert len(received(log)) == 4


@pytest.mark.django_db
def test_a_wrong_signature_is_refused_and_tried_again(log):
    with running(log, secret="whsec_" + "A" * 32) as receiver:
        WebhookEndpointFactory(url=receiver.url)
        OutboundEventFactory()

        counts = deliver_outbox()

    assert (counts.delivered, counts.failed) == (0, 1)
    assert received(log) == []
    assert Delivery.objects.get().last_error == "HTTP 401"


@pytest.mark.django_db
def test_the_signature_is_that_of_standard_webhooks(httpx_requests):
    WebhookEndpointFactory(url="http://127.0.0.1:9/hook")
    OutboundEventFactory()

    deliver_outbox()

    (request,) = httpx_requests
    event = Webhook(SECRET).verify(request.content, dict(request.headers))
    assert event["subject"] == "resident:1"
    with pytest.raises(Exception, match="No matching signature"):
        Webhook(SECRET).verify(request.content.replace(b"5001", b"9001"), dict(request.headers))


@pytest.fixture
def httpx_requests(monkeypatch):
    """Answer 204 to everything and return what was sent."""
    sent = []

    def answer(request):
        sent.append(request)
        return httpx.Response(204)

    monkeypatch.setattr(
        "exchange.services.deliver.webhook_client",
        lambda: httpx.Client(transport=httpx.MockTransport(answer)),
    )
    return sent


@pytest.mark.django_db
def test_a_delivery_without_acknowledgement_is_delivered_only(httpx_requests):
    WebhookEndpointFactory()
    OutboundEventFactory()

    counts = deliver_outbox()

    assert (counts.delivered, counts.acknowledged) == (1, 0)
    assert Delivery.objects.get().acknowledged_at is None


@pytest.mark.django_db
def test_the_last_failure_is_dead_until_somebody_replays_it(log):
    WebhookEndpointFactory(url="http://127.0.0.1:9/")
    first, second = OutboundEventFactory(), OutboundEventFactory()
    deliver_outbox()
    Delivery.objects.filter(event=first).update(attempts=MAX_ATTEMPTS - 1)
    make_due()

    counts = deliver_due(limit=1)

    assert counts.dead == 1
    dead = Delivery.objects.get(event=first)
    assert dead.status == DeliveryStatus.DEAD
    make_due()
    assert deliver_due(limit=5).failed == 1  # the dead one no longer holds up the second
    assert replay_deliveries(delivery_ids=[dead.pk, Delivery.objects.get(event=second).pk]) == 1
    dead.refresh_from_db()
    assert (dead.status, dead.attempts) == (DeliveryStatus.PENDING, 0)


@pytest.mark.parametrize("jitter", [0.8, 1.2])
def test_waits_double_and_span_more_than_a_day(jitter):
    waits = [retry_delay(attempts, jitter=jitter) for attempts in range(1, MAX_ATTEMPTS)]

    assert waits[0] == datetime.timedelta(seconds=30) * jitter
    assert all(later == 2 * earlier for earlier, later in pairwise(waits))
    assert sum(waits, datetime.timedelta()) > datetime.timedelta(hours=24)
    assert retry_delay(MAX_ATTEMPTS, jitter=jitter) is None


@pytest.mark.django_db
def test_an_impossible_address_is_an_error_and_no_crash():
    endpoint = WebhookEndpointFactory(url="http://127.0.0.1:oops/")
    OutboundEventFactory()

    counts = deliver_outbox()

    assert counts.failed == 1
    assert "InvalidURL" in Delivery.objects.get(endpoint=endpoint).last_error


@pytest.mark.django_db
def test_an_oversized_post_is_refused_by_the_receiver(log):
    with running(log) as receiver:
        WebhookEndpointFactory(url=receiver.url)
        OutboundEventFactory(payload={"text": "长" * 400_000})
        deliver_outbox()

    assert Delivery.objects.get().status == DeliveryStatus.FAILED
    assert received(log) == []


@pytest.mark.django_db
def test_posting_alone_changes_nothing(log):
    with running(log) as receiver, webhook_client() as client:
        WebhookEndpointFactory(url=receiver.url)
        OutboundEventFactory()
        queue_deliveries()
        delivery = Delivery.objects.select_related("event__area", "endpoint").get()

        answer = post_webhook(delivery, client=client)

    assert (answer.is_received, answer.acknowledged) == (True, True)
    assert Delivery.objects.get().status == DeliveryStatus.PENDING


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_nothing_twice(log):
    with running(log) as receiver:
        WebhookEndpointFactory(url=receiver.url)
        for number in range(60):
            OutboundEventFactory(subject=f"resident:{number % 20}")
        counts = []

        def worker():
            try:
                counts.append(deliver_outbox())
            finally:
                connection.close()

        threads = [threading.Thread(target=worker) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        counts.append(deliver_outbox())

    ids = [line["webhook_id"] for line in received(log)]
    assert len(ids) == len(set(ids)) == 60
    assert sum(each.delivered for each in counts) == 60
    assert sum(each.queued for each in counts) == 60
    by_subject = {}
    for line in received(log):
        by_subject.setdefault(line["event"]["subject"], []).append(line["webhook_id"])
    assert all(ids == sorted(ids) for ids in by_subject.values())


@pytest.mark.django_db(transaction=True)
def test_kicking_sends_after_the_commit(log):
    with running(log) as receiver:
        WebhookEndpointFactory(url=receiver.url)
        OutboundEventFactory()

        kick_delivery()

    assert len(received(log)) == 1


def test_the_demo_receiver_runs_as_a_command_on_this_machine_only(log):
    command = [sys.executable, "-m", "django", "demo_receiver", "--secret", SECRET, "--log", str(log)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            url = process.stdout.readline().strip()
            answer = httpx.post(url, content=b"{}", trust_env=False)
        finally:
            process.terminate()

    assert url.startswith("http://127.0.0.1:")
    assert (answer.status_code, answer.json()) == (401, {"acknowledged": False})
    assert process.returncode == 0
