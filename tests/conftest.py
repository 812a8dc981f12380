"""Strictness for all tests, the test database, and the clients most tests need."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from hypothesis import settings
from playwright.sync_api import Page, sync_playwright
from pytest_django import DjangoDbBlocker

from tests import database, history_check, strictness

settings.register_profile("shared_machine", deadline=None)  # how long one example takes says nothing here
settings.load_profile("shared_machine")

DATABASE_FIXTURES = {"db", "transactional_db", "django_db_reset_sequences", "live_server"}
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run what is slow last."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is not None)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, django_db_blocker: DjangoDbBlocker
) -> None:
    """Start the test cluster and copy the test database from a migrated template."""
    with django_db_blocker.unblock():
        database.use_template()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Hang up on threads that still hold the test database when it is dropped, like a live server's."""
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture(scope="session", autouse=True)
def _no_strangers() -> Iterator[None]:
    """Refuse connections to anywhere but this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if self.family != socket.AF_UNIX and address[0] not in LOOPBACK:  # type: ignore[index]
            raise AssertionError(f"a test connects to {address}")
        connect(self, address)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield


@pytest.fixture(scope="session", autouse=True)
def _known_variables() -> None:
    """Raise where a template of ours names a variable that is not there."""
    strictness.raise_on_unknown_variables()


@pytest.fixture(autouse=True)
def _history_is_whole(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test after which a row of a model with history differs from its last history row.

    `@pytest.mark.raw_writes("why")` excuses a test that writes past the services on purpose.
    """
    marked = request.node.get_closest_marker
    if (marked("django_db") or DATABASE_FIXTURES & set(request.fixturenames)) and not marked("raw_writes"):
        request.getfixturevalue("_django_db_helper")  # set up before, so that it is torn down after
        yield
        assert history_check.rows_without_history() == []
    else:
        yield


@pytest.fixture
def page() -> Iterator[Page]:
    """Open a page in the system's Chromium; skip where there is none, except in CI.

    A browser of its own for every test: Playwright's loop runs in this thread, and as long as it does Django keeps
    its connections elsewhere, so that other tests would write outside their transaction.
    """
    chromium = Path("/usr/bin/chromium")
    if not chromium.exists():
        assert not os.environ.get("CI"), "CI needs Chromium"
        pytest.skip("no Chromium")
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = playwright.chromium.launch(executable_path=str(chromium), args=["--no-sandbox"])
        yield browser.new_page()
        browser.close()
