"""Staff of each role at their desks, and the pages they open."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from registry.models import Area, Role
from tests.registry import factories


def staff(role: str, area: Area, **fields: object) -> User:
    """Return a member of staff in a role for an area."""
    user: User = factories.UserFactory(is_staff=True, **fields)
    factories.StaffScopeFactory(user=user, area=area, role=role)
    return user


def at_desk(user: User) -> Client:
    """Return a browser in which the user is logged in."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def root(db: None) -> Client:
    return at_desk(factories.UserFactory(is_staff=True, is_superuser=True, username="root"))


@pytest.fixture
def harbin_clerk(db: None) -> Client:
    return at_desk(staff(Role.CLERK, factories.harbin()))


@pytest.fixture
def tangshan_clerk(db: None) -> Client:
    return at_desk(staff(Role.CLERK, factories.tangshan()))
