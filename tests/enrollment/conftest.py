"""What services of enrollment need: the law, loaded; and a region of other alternatives, by its files alone."""

from pathlib import Path

import pytest
from django.utils import timezone

from policy.models import PolicyStatus, PolicyVersion
from policy.services.versions import load_shipped_policies
from registry.models import Area
from tests.registry.factories import area

INVENTED = Path(__file__).parent.parent / "policy"


@pytest.fixture
def law(db: None) -> None:
    """Load the shipped policies."""
    load_shipped_policies()


def approve(place: str, year: int, text: str) -> None:
    """Let a policy hold."""
    PolicyVersion.objects.create(
        area=place,
        year=year,
        number=1,
        title=place,
        text=text,
        status=PolicyStatus.APPROVED,
        approved_at=timezone.now(),
    )


@pytest.fixture
def third_region(law: None) -> Area:
    """The invented region of other alternatives, with its waiting periods."""
    approve("990000", 2027, (INVENTED / "third_province.toml").read_text())
    city = (INVENTED / "third_region.toml").read_text()
    approve("990100", 2027, city.replace('inherits = "third_province"', 'inherits = "990000/2027"'))
    return area("990100", parent=area("990000"), pooling=True)
