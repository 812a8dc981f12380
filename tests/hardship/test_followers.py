"""Changed identities are looked at by the apps above as soon as they are committed."""

import pytest
from celery import current_app
from django.conf import settings
from django.db import transaction

from hardship.services.followers import have_followed

pytestmark = pytest.mark.django_db


def test_the_look_starts_when_the_change_is_committed_and_names_a_task_there_is(
    monkeypatch, django_capture_on_commit_callbacks
):
    current_app.loader.import_default_modules()
    sent = []
    monkeypatch.setattr(current_app, "send_task", lambda name, **_: sent.append(name), raising=False)

    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        have_followed()
        assert sent == []

    assert sent == [settings.IDENTITY_FOLLOWER]
    assert settings.IDENTITY_FOLLOWER in current_app.tasks


def test_nothing_starts_when_the_change_is_taken_back(monkeypatch, django_capture_on_commit_callbacks):
    sent = []
    monkeypatch.setattr(current_app, "send_task", lambda name, **_: sent.append(name), raising=False)

    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        have_followed()
        transaction.set_rollback(True)

    assert sent == []
