"""Changed identities are looked at by the apps above as soon as they are committed."""

import pytest
from celery import current_app
from django.conf import settings
from django.db import transaction

from exchange.models import InboundRow
from hardship.services.deaths import apply_deaths, plan_deaths, undo_deaths
from hardship.services.followers import have_followed
from hardship.services.lists import apply_held, resolve_row, undo_list
from tests.hardship.factories import RecognitionFactory
from tests.hardship.lists import MARCH, apply, civil, number, people, plan
from tests.hardship.test_deaths import dead
from tests.registry.factories import ResidentFactory, UserFactory, harbin

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(monkeypatch):
    """Return the tasks that were started, in order."""
    names = []
    monkeypatch.setattr(current_app, "send_task", lambda name, **_: names.append(name), raising=False)
    return names


def by_taking_a_list_back():
    people(1)
    batch = apply(plan(civil((0, "人0", "低保"))))
    asks, agrees = UserFactory.create_batch(2)
    return lambda: undo_list(batch=batch, reason="报错", user=asks, second_user=agrees)


def by_taking_deaths_back():
    people(1)
    content = dead((0, "人0", "2025-03-08"))
    batch = apply_deaths(
        batch=plan_deaths(content=content, file_name="死亡.xlsx", area=harbin(), as_of=MARCH)
    )
    asks, agrees = UserFactory.create_batch(2)
    return lambda: undo_deaths(batch=batch, reason="报错", user=asks, second_user=agrees)


def by_looking_again():
    people(1)
    batch = apply(plan(civil((0, "人0", "低保"), (5, "人5", "低保"))))
    ResidentFactory(number=number(5), name="人5")
    return lambda: apply_held(batch=batch)


def by_adopting_a_row():
    people(1)
    batch = apply(plan(civil((0, "小0", "低保"))))
    row = InboundRow.objects.select_related("batch").get(batch=batch)
    return lambda: resolve_row(row=row, decision="adopt", reason="同一人", user=UserFactory())


def by_ending_who_is_left_out():
    first, second = people(2)
    for each in (first, second):
        RecognitionFactory(resident=each)
    batch = apply(plan(civil((0, "人0", "低保"), (12, "人1", "低保"))))
    row = InboundRow.objects.select_related("batch").get(batch=batch, code="possibly_listed")
    return lambda: resolve_row(row=row, decision="adopt", reason="不是同一人", user=UserFactory())


@pytest.mark.parametrize(
    "way",
    [
        by_taking_a_list_back,
        by_taking_deaths_back,
        by_looking_again,
        by_adopting_a_row,
        by_ending_who_is_left_out,
    ],
)
def test_whatever_changes_identities_at_once_is_looked_at(way, sent, django_capture_on_commit_callbacks):
    act = way()

    with django_capture_on_commit_callbacks(execute=True):
        act()

    assert settings.IDENTITY_FOLLOWER in sent


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
