"""Cases for tests."""

import datetime

import factory

from casework.models import Case
from tests.registry import factories as registry


class CaseFactory(factory.django.DjangoModelFactory[Case]):
    """A question about an identity name nobody knows, due at the end of March 2025."""

    class Meta:
        model = Case

    kind = "unknown_identity"
    title = "名单中的身份名称无法识别"
    area = factory.LazyFunction(registry.daoli)
    due_on = datetime.date(2025, 3, 31)
    opened_at = datetime.datetime(2025, 3, 17, 9, tzinfo=datetime.UTC)
