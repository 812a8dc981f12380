"""What services of enrollment need: the law, loaded."""

import pytest

from policy.services.versions import load_shipped_policies


@pytest.fixture
def law(db: None) -> None:
    """Load the shipped policies."""
    load_shipped_policies()
