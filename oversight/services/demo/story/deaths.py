"""The health commission's list of the dead, planned and applied as a clerk does it."""

from pathlib import Path

from django.contrib.auth.base_user import AbstractBaseUser

from exchange.models import BatchStatus, InboundBatch
from hardship.services.deaths import apply_deaths, plan_deaths
from policy.dates import Date
from registry.models import Area


def take_in_deaths(path: Path, *, area: Area, as_of: Date, user: AbstractBaseUser) -> InboundBatch:
    """Record the deaths of a list and return its batch; the same list again changes nothing."""
    batch = plan_deaths(content=path.read_bytes(), file_name=path.name, area=area, as_of=as_of, user=user)
    return apply_deaths(batch=batch, user=user) if batch.status == BatchStatus.PLANNED else batch
