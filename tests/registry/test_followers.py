"""A broker that is away keeps nobody from what they do: the schedule comes later."""

import pytest
from celery import current_app

from registry.services.followers import start_once_committed


@pytest.mark.django_db(transaction=True)
def test_a_task_nobody_takes_is_logged_and_nothing_else(monkeypatch, caplog):
    def is_away(*_args, **_options):
        raise ConnectionError("no broker")

    monkeypatch.setattr(current_app, "send_task", is_away)

    start_once_committed("some.task")

    assert "no broker" in caplog.text
